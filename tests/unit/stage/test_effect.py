from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import StageInvalidError
from noether_nix.stage.effect import (
    FALLIBLE,
    PURE,
    Effect,
    EffectKind,
    Effects,
    contradiction,
    covers,
    effect_set,
    join_effects,
    make_effect,
)
from noether_nix.stage.effect_forms import (
    effect_from_document,
    effects_to_document,
    parse_effects,
    render_effects,
    widest,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
HOSTS = st.sampled_from(
    ["a.example", "b.example", "*.example", "a.example:80", "[::1]", "[::1]:80", "10.0.0.1"]
)
DETAILED: dict[EffectKind, st.SearchStrategy[Any]] = {
    EffectKind.COST: st.integers(0, 2**53 - 1),
    EffectKind.FS_READ: TEXT.map(lambda text: f"/{text}"),
    EffectKind.FS_WRITE: TEXT.map(lambda text: f"/{text}"),
    EffectKind.LLM: TEXT,
    EffectKind.NETWORK: st.none() | st.lists(HOSTS, min_size=1),
    EffectKind.ENV: st.none() | st.lists(st.from_regex(r"[A-Z_]{1,3}", fullmatch=True), min_size=1),
}
EFFECTS = st.sampled_from(EffectKind).flatmap(
    lambda kind: DETAILED.get(kind, st.none()).map(lambda detail: make_effect(kind, detail))
)


@given(st.lists(EFFECTS))
def test_a_set_reads_back_from_its_json_form(effects: list[Effect]) -> None:
    whole = effect_set(effects)

    assert effect_set(map(effect_from_document, effects_to_document(whole))) == whole


@given(st.lists(EFFECTS, min_size=1))
def test_a_set_reads_back_from_the_form_of_a_docstring(effects: list[Effect]) -> None:
    whole = effect_set(effects)

    found, problems = parse_effects(render_effects(whole))

    assert found == whole
    assert {problem.code for problem in problems} <= {"effects-contradict"}


@given(st.permutations([Effect(EffectKind.COST, 10), Effect(EffectKind.COST, 9), PURE, FALLIBLE]))
def test_a_set_is_sorted_by_kind_and_then_by_amount(effects: list[Effect]) -> None:
    assert effects_to_document(effect_set([*effects, PURE])) == [
        {"effect": "Cost", "cents": 9},
        {"effect": "Cost", "cents": 10},
        {"effect": "Fallible"},
        {"effect": "Pure"},
    ]


@pytest.mark.parametrize(
    ("kind", "flag"),
    [
        (EffectKind.PURE, "pure"),
        (EffectKind.FS_READ, "fs-read"),
        (EffectKind.NON_DETERMINISTIC, "non-deterministic"),
    ],
)
def test_a_kind_has_the_ancestors_name_on_the_command_line(kind: EffectKind, flag: str) -> None:
    assert kind.flag == flag


@pytest.mark.parametrize(
    ("document", "effect"),
    [
        pytest.param("pure", PURE, id="lower case"),
        pytest.param("non-deterministic", Effect(EffectKind.NON_DETERMINISTIC), id="kebab case"),
        pytest.param("nondeterministic", Effect(EffectKind.NON_DETERMINISTIC), id="one word"),
        pytest.param("Llm", Effect(EffectKind.LLM, "unknown"), id="model by default"),
        pytest.param("Cost", Effect(EffectKind.COST, 0), id="cents by default"),
        pytest.param({"effect": "Llm", "model": "m"}, Effect(EffectKind.LLM, "m"), id="object"),
    ],
)
def test_a_simple_spec_may_name_an_effect(document: object, effect: Effect) -> None:
    assert effect_from_document(document) == effect


@pytest.mark.parametrize(
    ("document", "words", "hint"),
    [
        pytest.param("Nework", 'no effect is called "Nework"', "did you mean Network?", id="typo"),
        pytest.param("Clok", 'no effect is called "Clok"', "did you mean Clock?", id="a clock"),
        pytest.param(
            {"effect": "Network", "hosts": []}, "hosts in lower case", "api.example.org", id="none"
        ),
        pytest.param(
            {"effect": "Network", "hosts": "a.example"},
            "are a list",
            "api.example.org",
            id="a text",
        ),
        pytest.param({"effect": "Network", "hosts": ["A b"]}, "hosts in lower", "", id="no host"),
        pytest.param(
            {"effect": "Env", "names": ["A=B"]}, "names of variables", "HOME", id="no name"
        ),
        pytest.param({"effect": "Llm", "model": "\ud800"}, "is a text", "", id="lone surrogate"),
        pytest.param({"effect": "Pure", "\ud800": 1}, "Pure has no", "", id="a surrogate as key"),
        pytest.param({"effect": "pure"}, 'no effect is called "pure"', "Pure", id="object's case"),
        pytest.param({"effect": "Pure", "x": 1}, 'Pure has no "x"', "", id="unknown key"),
        pytest.param({"effect": 1}, "this is no effect", "Pure", id="kind is a number"),
        pytest.param(None, "this is no effect", "Pure", id="null"),
        pytest.param(
            "FsRead",
            "FsRead needs a path",
            '{"effect": "FsRead", "path": "/data"}',
            id="path is missing",
        ),
        pytest.param(
            {"effect": "FsRead", "path": "data"}, "an absolute path", "/data", id="relative path"
        ),
        pytest.param(
            {"effect": "Cost", "cents": -1}, "a whole number", '"cents": 5', id="negative"
        ),
        pytest.param({"effect": "Cost", "cents": True}, "a whole number", "", id="a boolean"),
        pytest.param({"effect": "Cost", "cents": 2**53}, "a whole number", "", id="inexact"),
    ],
)
def test_what_is_no_effect_is_refused(document: object, words: str, hint: str) -> None:
    with pytest.raises(StageInvalidError) as caught:
        effect_from_document(document)

    assert words in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("Pure", ["effects stand in brackets"], id="no brackets"),
        pytest.param("[]", ["no effect is named"], id="empty"),
        pytest.param("[Pure,]", ['"" is no effect'], id="comma at the end"),
        pytest.param("[Pure Fallible]", ['"Pure Fallible" is no effect'], id="comma missing"),
        pytest.param("[pure]", ['no effect is called "pure"'], id="lower case"),
        pytest.param("[Foo, Bar]", ['called "Foo"', 'called "Bar"'], id="every unknown one"),
        pytest.param("[Pure, Network]", ["cannot be Pure and Network"], id="contradiction"),
        pytest.param("[Cost(5), Cost(7)]", ["one Cost, not 2: 5 and 7 cents"], id="two costs"),
        pytest.param("[FsRead]", ["FsRead needs a path"], id="no path"),
        pytest.param('[Llm("a", "b")]', ["one thing besides its name"], id="two models"),
        pytest.param('[Network("a",)]', ["is no effect"], id="comma in the brackets"),
        pytest.param("[Pure(1)]", ["Pure says nothing besides"], id="detail of a plain kind"),
        pytest.param('[Llm("\\ud800")]', ["is no JSON"], id="lone surrogate"),
        pytest.param(f"[Cost({'9' * 5000})]", ["is no JSON"], id="absurd number"),
    ],
)
def test_every_fault_in_a_docstrings_effects_is_told(text: str, words: list[str]) -> None:
    _, problems = parse_effects(text)

    assert len(problems) == len(words)
    assert all(word in problem.message for word, problem in zip(words, problems, strict=True))


def test_fallible_goes_with_pure_and_nothing_else_does() -> None:
    plain = [kind for kind in EffectKind if kind not in (EffectKind.FS_READ, EffectKind.FS_WRITE)]

    lawful = {kind for kind in plain if not contradiction(effect_set([PURE, make_effect(kind)]))}

    assert lawful == {EffectKind.PURE, EffectKind.FALLIBLE}


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    parse_effects(f"[{text}]")


SETS = st.lists(EFFECTS, max_size=6).map(effect_set)


@given(SETS, SETS, SETS)
def test_joining_is_a_semilattice(one: Effects, two: Effects, three: Effects) -> None:
    assert join_effects(one, two) == join_effects(two, one)
    assert join_effects(join_effects(one, two), three) == join_effects(
        one, join_effects(two, three)
    )
    assert join_effects(one, one) == join_effects(one)
    assert join_effects(join_effects(one)) == join_effects(one)


@given(SETS, SETS)
def test_a_join_is_never_pure_beside_more_and_loses_nothing(one: Effects, two: Effects) -> None:
    whole = join_effects(one, two)

    assert contradiction(tuple(one for one in whole if one.kind is not EffectKind.COST)) is None
    for effect in (*one, *two):
        assert effect == PURE or any(covers(kept, effect) for kept in whole)


@given(EFFECTS, EFFECTS, EFFECTS)
def test_covering_is_an_order(one: Effect, two: Effect, three: Effect) -> None:
    assert covers(one, one)
    assert covers(widest(one.kind), one)
    if covers(one, two) and covers(two, three):
        assert covers(one, three)


@pytest.mark.parametrize(
    ("wide", "narrow", "does"),
    [
        ('FsRead("/data")', 'FsRead("/data/a/b")', True),
        ('FsRead("/data")', 'FsRead("/data")', True),
        ('FsRead("/data/")', 'FsRead("/data/x")', True),
        ('FsRead("/data")', 'FsRead("/database")', False),
        ('FsRead("/data")', 'FsRead("/data/../etc")', False),
        ('FsRead("/data")', 'FsWrite("/data")', False),
        ('FsRead("/")', 'FsRead("/etc")', True),
        ('Network("a.example")', 'Network("a.example:443")', True),
        ('Network("a.example:443")', 'Network("a.example")', False),
        ('Network("*.example")', 'Network("a.b.example")', True),
        ('Network("*.example")', 'Network("example")', False),
        ('Network("*.example")', 'Network("*.a.example")', True),
        ('Network("a.example")', "Network", False),
        ("Network", 'Network("a.example")', True),
        ('Network("a.example", "b.example")', 'Network("b.example")', True),
        ('Network("[::1]")', 'Network("[::1]:80")', True),
        ('Env("HOME", "PATH")', 'Env("PATH")', True),
        ('Env("PATH")', 'Env("HOME")', False),
        ("Cost(5)", "Cost(4)", True),
        ("Cost(5)", "Cost(6)", False),
        ("Llm", 'Llm("m")', True),
        ('Llm("m")', 'Llm("n")', False),
        ('Llm("m")', "Llm", False),
        ("NonDeterministic", "Clock", False),
    ],
)
def test_what_an_effect_covers(wide: str, narrow: str, does: bool) -> None:
    (one,), (two,) = (parse_effects(f"[{text}]")[0] for text in (wide, narrow))

    assert covers(one, two) is does


def test_hosts_and_names_become_one_effect_each() -> None:
    effects, _ = parse_effects(
        '[Network("b.example"), Env("B"), Network("a.example"), Env("A", "B")]'
    )

    assert render_effects(effects) == '[Env("A", "B"), Network("a.example", "b.example")]'
    assert effects_to_document(effects) == [
        {"effect": "Env", "names": ["A", "B"]},
        {"effect": "Network", "hosts": ["a.example", "b.example"]},
    ]


def test_what_the_ancestor_does_not_have_is_left_out_where_nothing_is_said() -> None:
    effects, _ = parse_effects("[Network, Env]")

    assert effects_to_document(effects) == [{"effect": "Env"}, {"effect": "Network"}]


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["Pure", "Network"]),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["effect", "hosts"]), inner)
    ),
    max_leaves=8,
)


@given(DOCUMENTS)
def test_no_document_breaks_the_reader(document: object) -> None:
    try:
        effect = effect_from_document(document)
    except StageInvalidError:
        return

    assert effect_from_document(effects_to_document((effect,))[0]) == effect
