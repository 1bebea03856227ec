import pytest

from noether_nix.effects.declared import hints, refuse_undeclared, suggested, undeclared, unseen
from noether_nix.effects.source import see_effects
from noether_nix.errors import EffectUndeclaredError
from noether_nix.stage.effect_forms import render_effects
from tests.unit.effects.stages import stage_of

CLOCK = "import time\n\n\ndef execute(value):\n    return time.time()\n"
READ = "def execute(value):\n    return open('/data/a/b').read()\n"
OPEN = "def execute(value):\n    return open(value).read()\n"
FETCH = "import urllib.request as r\nr.urlopen('https://a.example/')\n"


@pytest.mark.parametrize(
    ("code", "effects"),
    [
        pytest.param(CLOCK, "[Clock]", id="declared"),
        pytest.param(CLOCK, "[NonDeterministic]", id="declared as the ancestor does"),
        pytest.param(CLOCK, "[Unknown]", id="anything is declared"),
        pytest.param(READ, '[FsRead("/data")]', id="a folder above"),
        pytest.param(OPEN, '[FsRead("/data")]', id="a path that the code does not say"),
        pytest.param(FETCH, "[Network]", id="any host"),
        pytest.param(FETCH, '[Network("*.example")]', id="a pattern of hosts"),
        pytest.param("raise ValueError", "[Pure]", id="a raise"),
    ],
)
def test_what_is_declared_is_admitted(code: str, effects: str) -> None:
    stage = stage_of(code, effects)

    refuse_undeclared(stage, see_effects(stage))


@pytest.mark.parametrize(
    ("code", "effects", "whole"),
    [
        pytest.param(CLOCK, "[Pure]", "[Clock]", id="Pure goes"),
        pytest.param(CLOCK, "[Pure, Fallible]", "[Clock, Fallible]", id="Fallible stays"),
        pytest.param(
            READ, '[FsRead("/other")]', '[FsRead("/data/a/b"), FsRead("/other")]', id="more"
        ),
        pytest.param(OPEN, "[Network]", '[FsRead("/"), Network]', id="any path"),
        pytest.param(
            FETCH, '[Network("b.example")]', '[Network("a.example", "b.example")]', id="hosts"
        ),
        pytest.param("import os\nos.getenv('A')", "[Pure]", '[Env("A")]', id="a variable"),
    ],
)
def test_declaring_what_is_suggested_is_enough(code: str, effects: str, whole: str) -> None:
    stage = stage_of(code, effects)
    sights = see_effects(stage)

    found = suggested(stage, undeclared(stage, sights))

    assert render_effects(found) == whole
    mended = stage_of(code, whole)
    refuse_undeclared(mended, see_effects(mended))


def test_a_refusal_names_line_reason_and_both_ways_out() -> None:
    stage = stage_of(CLOCK, name="now")

    with pytest.raises(EffectUndeclaredError) as caught:
        refuse_undeclared(stage, see_effects(stage))

    error = caught.value
    assert error.exit_code == 4
    assert error.message == (
        "stages/now.py:5: time.time(…) shows the effect Clock, which now does not declare"
    )
    assert error.hint == (
        "take the moment as input; declare it: Effects: [Clock]; "
        "or record that it does not hold: noether stage add --accept-effects stages/now.py"
    )


def test_a_helper_s_line_is_in_the_helper() -> None:
    stage = stage_of("import aid\n", helpers={"aid.py": b"import os\nos.system('x')\n"})

    with pytest.raises(EffectUndeclaredError) as caught:
        refuse_undeclared(stage, see_effects(stage))

    assert [problem.place for problem in caught.value.problems] == ["stages/aid.py:2"]


def test_of_very_many_places_the_first_are_told() -> None:
    stage = stage_of("import os\n" + "os.system('x')\n" * 500)

    with pytest.raises(EffectUndeclaredError) as caught:
        refuse_undeclared(stage, see_effects(stage))

    assert len(caught.value.problems) == 20
    assert "and 499 more" in caught.value.message


def test_a_raise_that_is_not_declared_is_a_hint() -> None:
    code = "def execute(value):\n    raise ValueError\n    assert value\n"

    sights = see_effects(stage_of(code))

    assert [one.line for one in hints(stage_of(code), sights)] == [2]
    assert hints(stage_of(code, "[Pure, Fallible]"), sights) == ()


@pytest.mark.parametrize(
    ("code", "effects", "told"),
    [
        ("x = 1", "[Clock, Fallible, Network]", "[Clock, Network]"),
        (CLOCK, "[Clock]", "[]"),
        ("eval(x)", "[Network, Unknown]", "[]"),
        ("x = 1", '[Cost(5), Llm("m"), NonDeterministic, Unknown]', "[]"),
    ],
)
def test_what_is_declared_and_shows_nowhere_is_noted(code: str, effects: str, told: str) -> None:
    stage = stage_of(code, effects)

    assert render_effects(unseen(stage, see_effects(stage))) == told
