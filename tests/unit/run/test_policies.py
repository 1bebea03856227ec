"""Where policies come from; without Nix."""

import json
from pathlib import Path

import pytest

from noether_nix.errors import EffectRefusedError, FileUnreadableError, SettingInvalidError
from noether_nix.python import run_in
from noether_nix.run.house import House
from noether_nix.run.policies import read_policies, read_policy_file, that_hold
from noether_nix.run.settings import read_settings
from noether_nix.stage.effect_forms import render_effects

STAGE = '"""Ask.\n\nInput: Any\nOutput: Any\nEffects: [{}]\n"""\ndef execute(value): return value\n'


def house_with(tmp_path: Path, **variables: str) -> House:
    home = {"NOETHER_HOME": str(tmp_path / "home"), "NOETHER_NIX": "/absent"}
    settings = read_settings({**home, "XDG_CONFIG_HOME": str(tmp_path), **variables})
    return House(settings, say=lambda _words: None)


def graph_of(tmp_path: Path, effects: str) -> Path:
    (tmp_path / "ask.py").write_text(STAGE.format(effects))
    root = {"op": "Sequential", "stages": [{"op": "Stage", "id": "./ask.py"}]}
    path = tmp_path / "graph.json"
    path.write_text(json.dumps({"description": "d", "version": "1.0.0", "root": root}))
    return path


def test_no_flag_is_not_an_empty_flag(tmp_path: Path) -> None:
    assert read_policies(None) == ()
    assert [policy.allowed for policy in read_policies([])] == [()]
    assert [render_effects(policy.allowed) for policy in that_hold(())] == ["[Fallible, Pure]"]


@pytest.mark.parametrize(
    "make", [Path.mkdir, lambda path: path.write_bytes(b"\xff"), lambda _: None]
)
def test_a_policy_that_cannot_be_read_is_an_error(tmp_path: Path, make: object) -> None:
    path = tmp_path / "policy.toml"
    assert callable(make)
    make(path)

    with pytest.raises(FileUnreadableError, match=r"policy\.toml cannot be read"):
        read_policy_file(path)


@pytest.mark.parametrize(
    ("effects", "allow", "policy", "words"),
    [
        pytest.param("Network", None, None, "the built-in policy", id="nothing is given"),
        pytest.param("Pure", [], None, "--allow-effects", id="nothing is allowed"),
        pytest.param("Pure, Fallible", ["pure"], None, "effect Fallible", id="exactly that"),
        pytest.param("Pure", ["pure"], "[allow]", "policy.toml does not", id="the file narrows"),
        pytest.param(
            "Network", ["network"], "[allow]\nnetwork = true", "nothing here runs", id="allowed"
        ),
        pytest.param(
            'Network("b.example")',
            ["network"],
            '[allow]\nnetwork = ["a.example"]',
            'Network("b.example"), which',
            id="another host",
        ),
    ],
)
def test_what_is_refused_is_refused_before_nix_is_asked(
    tmp_path: Path, effects: str, allow: list[str] | None, policy: str | None, words: str
) -> None:
    graph = graph_of(tmp_path, effects)
    file = None
    if policy is not None:
        file = tmp_path / "policy.toml"
        file.write_text(policy)

    with house_with(tmp_path) as house, pytest.raises(EffectRefusedError) as caught:
        run_in(house, graph, allow_effects=allow, policy=file)

    assert words in caught.value.message
    assert caught.value.problems[0].place == "/root/stages/0"


def test_no_flag_widens_what_the_settings_allow(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[allow]\nfallible = true\n")
    graph = graph_of(tmp_path, "Pure")

    with (
        house_with(tmp_path, NOETHER_POLICY=str(file)) as house,
        pytest.raises(EffectRefusedError) as caught,
    ):
        run_in(house, graph, allow_effects=["pure", "fallible"])

    assert caught.value.hint == f"write pure = true below [allow] in {file}"


def test_a_policy_of_the_settings_that_is_none_stops_every_run(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[alow]\n")
    graph = graph_of(tmp_path, "Pure")

    with (
        house_with(tmp_path, NOETHER_POLICY=str(file)) as house,
        pytest.raises(SettingInvalidError),
    ):
        run_in(house, graph)
