"""The fused derivation: what it is given, that it is never found again, and how large it may be."""

import json
from pathlib import Path

import pytest

from noether_nix.formats.derivation import Derivation
from noether_nix.formats.store_path import StorePath
from noether_nix.inside.contract import Json
from noether_nix.plan.program import Program, value_path
from tests.nix.calls import Place, known, make_place, make_stage

pytestmark = pytest.mark.nix

SIZE = "def execute(v): return [len(v), v[:3], v[-3:]]"
SAME = "def execute(v): return v"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Place:
    return make_place(tmp_path_factory.mktemp("regions"), prepared)


def regions_of(place: Place) -> dict[str, Derivation]:
    """All fused derivations that the store has seen, by their file names."""
    return {
        file.name: Derivation.parse(file.read_bytes())
        for file in place.nix.store_folder.glob("*-noether-region.drv")
    }


@pytest.mark.parametrize("again", [False, True], ids=["new in the store", "there already"])
def test_a_large_value_reaches_calls_as_a_file(place: Place, *, again: bool) -> None:
    value = "é" * 400_000 + str(again)
    if again:
        place.add({value_path(known(value).sha256): known(value).data})
    programs = [place.program(make_stage(f"{SIZE}  # {number}")) for number in range(3)]
    before = regions_of(place).keys()

    fused = place.run_fused([(program, value) for program in programs], shared_input=True)

    expected = json.dumps([len(value), value[:3], value[-3:]], ensure_ascii=False)
    assert [fused.value(index).decode() for index in range(3)] == [expected.replace(", ", ",")] * 3
    (made,) = (drv for name, drv in regions_of(place).items() if name not in before)
    assert made.environment["values"] == str(value_path(known(value).sha256))
    plan = place.nix.physical(StorePath.parse(made.environment["plan"]))
    assert plan.stat().st_size < 10_000


def test_a_value_that_is_larger_than_a_log_line_comes_back_whole(place: Place) -> None:
    values: list[Json] = ["x" * 5_000, "é" * 100_000, list(range(50_000)), "small"]
    program = place.program(make_stage(SAME))

    fused = place.run_fused([(program, value) for value in values])

    assert [fused.value(index) for index in range(4)] == [known(value).data for value in values]


def test_a_region_is_never_the_same_and_never_substituted(place: Place) -> None:
    call: tuple[Program, Json] = (place.program(make_stage(SAME)), "once more")
    before = regions_of(place).keys()

    first, second = place.run_fused([call]), place.run_fused([call])

    assert first.value(0) == second.value(0)
    made = [drv for name, drv in regions_of(place).items() if name not in before]
    assert len(made) == 2
    assert len({drv.outputs["out"].path for drv in made}) == 2
    assert len({drv.environment["nonce"] for drv in made}) == 2
    for drv in made:
        assert drv.environment["allowSubstitutes"] == ""
        assert drv.environment["preferLocalBuild"] == "1"
        assert not drv.input_derivations


def test_a_region_with_failed_calls_is_built_all_the_same(place: Place) -> None:
    good = place.program(make_stage(SAME))
    bad = place.program(make_stage("def execute(v): raise ValueError(v)"))

    fused = place.run_fused([(good, 1), (bad, "x"), (good, 2)])

    assert [fused.done[index].outcome for index in range(3)] == [
        "succeeded", "stage-raised", "succeeded"
    ]  # fmt: skip


def test_two_thousand_calls_fit_into_one_region(place: Place) -> None:
    programs = [place.program(make_stage(f"{SAME}  # {number}")) for number in range(7)]
    calls: list[tuple[Program, Json]] = [
        (programs[number % 7], [number, "é"]) for number in range(2_000)
    ]

    fused = place.run_fused(calls)

    assert [fused.value(index) for index in range(2_000)] == [
        known(value).data for _, value in calls
    ]


def test_no_folder_of_a_region_stays_behind(place: Place) -> None:
    place.run_fused([(place.program(make_stage(SAME)), "gone")])

    assert list(Path(place.folder / "scratch").iterdir()) == []
