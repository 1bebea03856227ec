import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.effects.policy import (
    BUILT_IN,
    SEALED,
    Policy,
    Use,
    check_policies,
    check_supported,
    policy_of_flag,
    refusals,
)
from noether_nix.effects.policy_file import parse_policy
from noether_nix.errors import EffectRefusedError, SettingInvalidError
from noether_nix.stage.effect import Effect, EffectKind, Effects, effect_set
from noether_nix.stage.effect_forms import parse_effects, render_effects
from tests.unit.stage.test_effect import EFFECTS, SETS


def use(effects: str, pointer: str = "/root", name: str = "tried") -> Use:
    return Use(pointer, name, parse_effects(effects)[0])


USES = st.lists(SETS.map(lambda effects: Use("/root", "tried", effects)), max_size=3)


@given(SETS, SETS, USES)
def test_a_bigger_policy_never_refuses_more(some: Effects, more: Effects, uses: list[Use]) -> None:
    small, big = Policy(some, "p"), Policy(effect_set((*some, *more)), "p")

    told = {problem.message for problem in refusals([big], uses)}
    dear = {message for message in told if "together" in message}

    if not refusals([small], uses):
        assert told == set()
    assert told - dear <= {problem.message for problem in refusals([small], uses)}


@given(st.lists(SETS.map(lambda effects: Policy(effects, "p")), max_size=3), SETS, USES)
def test_one_more_policy_only_narrows(
    policies: list[Policy], more: Effects, uses: list[Use]
) -> None:
    assert {*refusals(policies, uses)} <= {*refusals([*policies, Policy(more, "p")], uses)}


@given(EFFECTS)
def test_an_empty_policy_allows_nothing(effect: Effect) -> None:
    assert not policy_of_flag([]).allows(effect)
    assert not policy_of_flag([""]).allows(effect)


@given(st.sets(st.sampled_from(EffectKind)), EFFECTS)
def test_a_flag_means_exactly_its_kinds(kinds: set[EffectKind], effect: Effect) -> None:
    policy = policy_of_flag([",".join(kind.flag for kind in kinds)])

    assert policy.allows(effect) == (effect.kind in kinds)


@pytest.mark.parametrize(
    "words", [["pure,fs-read"], ["pure", "fs-read"], [" Pure , FsRead,"], ["fs_read,pure,pure"]]
)
def test_kinds_are_written_as_people_write_them(words: list[str]) -> None:
    assert render_effects(policy_of_flag(words).allowed) == '[FsRead("/"), Pure]'


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("netwrok", "did you mean network?"),
        ("everything", "known: clock, cost"),
        ("pure network", ""),
    ],
)
def test_an_unknown_word_in_the_flag_is_an_error(word: str, hint: str) -> None:
    with pytest.raises(SettingInvalidError, match="--allow-effects: no effect is called") as caught:
        policy_of_flag([f"pure,{word}"])

    assert caught.value.exit_code == 2
    assert caught.value.hint.startswith(hint)


def test_a_refusal_names_stage_node_effect_and_what_would_allow_it() -> None:
    with pytest.raises(EffectRefusedError) as caught:
        check_policies([BUILT_IN], [use("[Network]", "/root/stages/1", "fetch")])

    error = caught.value
    assert error.exit_code == 9
    assert error.message == (
        "/root/stages/1: fetch has the effect Network, which the built-in policy does not allow"
    )
    assert error.hint == "allow it with --allow-effects fallible,network,pure"


def test_each_policy_that_refuses_is_named() -> None:
    file = parse_policy("[allow]\npure = true\n", source="/etc/policy.toml")

    found = refusals([policy_of_flag(["pure"]), file], [use('[Network("a.example")]')])

    assert [problem.hint for problem in found] == [
        "allow it with --allow-effects network,pure",
        'write network = ["a.example"] below [allow] in /etc/policy.toml',
    ]


@pytest.mark.parametrize(
    ("effects", "line"),
    [
        ("[Clock]", "clock = true"),
        ("[Cost(7)]", "cost = 7"),
        ('[Env("HOME")]', 'env = ["HOME"]'),
        ("[Env]", "env = true"),
        ('[FsWrite("/d\\"")]', 'fs-write = ["/d\\""]'),
        ('[Llm("m")]', 'llm = ["m"]'),
        ("[Network]", "network = true"),
    ],
)
def test_the_line_that_a_refusal_suggests_allows_it(effects: str, line: str) -> None:
    policy = parse_policy("[allow]", source="p.toml")

    (problem,) = refusals([policy], [use(effects)])

    assert problem.hint == f"write {line} below [allow] in p.toml"
    assert refusals([parse_policy(f"[allow]\n{line}", source="p.toml")], [use(effects)]) == ()


def test_costs_are_allowed_together() -> None:
    policy = parse_policy("[allow]\ncost = 10", source="p.toml")
    cheap = [use("[Cost(6)]", "/root/a"), use("[Cost(4)]", "/root/b")]

    assert refusals([policy], cheap) == ()
    (problem,) = refusals([policy], [*cheap, use("[Cost(5)]", "/root/c")])
    assert problem.message == "all nodes together cost 15 cents, and p.toml allows 10"
    assert problem.hint == "write cost = 15 below [allow] in p.toml"


def test_what_nothing_can_run_is_refused_whatever_is_allowed() -> None:
    check_supported([use("[Pure, Fallible]")], SEALED)

    with pytest.raises(EffectRefusedError, match="nothing here runs such a stage yet"):
        check_supported([use("[Network]")], SEALED)


# ---------------------------------------------------------------- files


def test_a_policy_file_says_kinds_and_their_data() -> None:
    policy = parse_policy(
        """
        # what this machine may do
        [allow]
        pure = true
        fallible = true
        clock = false
        network = ["api.example.org", "*.example.net"]
        fs-read = ["/data", "/etc/hosts"]
        fs_write = []
        llm = ["small"]
        env = []
        Cost = 500
        """,
        source="p.toml",
    )

    assert render_effects(policy.allowed) == (
        '[Cost(500), Fallible, FsRead("/data"), FsRead("/etc/hosts"), Llm("small"), '
        'Network("*.example.net", "api.example.org"), Pure]'
    )


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        pytest.param("", "there is no table [allow]", "allows nothing", id="empty"),
        pytest.param("allow = 1", "there is no table [allow]", "", id="no table"),
        pytest.param("[alow]", "'alow' means nothing", "[allow]", id="another table"),
        pytest.param("[allow]\n[x]", "'x' means nothing", "", id="a table more"),
        pytest.param("[allow]\nnetwrok = true", "no effect is called", "mean network?", id="typo"),
        pytest.param("[allow]\npure = 1", "pure: Pure says nothing", "pure = true", id="a number"),
        pytest.param('[allow]\npure = "yes"', "pure: Pure says", "pure = true", id="a text"),
        pytest.param("[allow]\ncost = -1", "cost: the cents", "cost = 500", id="less than nothing"),
        pytest.param('[allow]\ncost = "5"', "cost: the cents", "cost = 500", id="a cost as text"),
        pytest.param('[allow]\nfs-read = ["data"]', "an absolute path", '["/data"]', id="relative"),
        pytest.param('[allow]\nnetwork = ["A B"]', "hosts in lower", "api.example", id="no host"),
        pytest.param('[allow]\nnetwork = "a.b"', "hosts in lower", "api.example", id="one host"),
        pytest.param("[allow]\nnetwork = [1]", "hosts in lower", "", id="a number as host"),
        pytest.param("[allow]\nllm = [[]]", "the model of Llm", "some-model", id="a list in it"),
        pytest.param(
            "[allow]\nfs-read = true\nfs_read = true", "fs-read stands twice", "", id="twice"
        ),
        pytest.param("[allow", "is no TOML", "", id="no TOML"),
        pytest.param("[allow]\nx = " + "[" * 2000, "p.toml", "", id="deep"),
    ],
)
def test_what_is_no_policy_is_refused(text: str, words: str, hint: str) -> None:
    with pytest.raises(SettingInvalidError) as caught:
        parse_policy(text, source="p.toml")

    assert words in caught.value.message
    assert hint in caught.value.hint


VALUES = st.sampled_from(["true", "false", "1", "-1", '"a"', "[]", '["a"]', "[1]", "{}", "1.5"])
LINES = st.builds("{} = {}".format, st.sampled_from([kind.flag for kind in EffectKind]), VALUES)


@given(st.text() | st.lists(LINES).map(lambda lines: "[allow]\n" + "\n".join(lines)))
def test_no_text_breaks_the_reader_of_policies(text: str) -> None:
    try:
        policy = parse_policy(text, source="p.toml")
    except SettingInvalidError:
        return

    assert policy.allowed == effect_set(policy.allowed)
