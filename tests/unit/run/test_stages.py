"""Stages by file, name and id, and a single one as a graph; without Nix."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from noether_nix.errors import (
    EffectUndeclaredError,
    GraphInvalidError,
    NameTakenError,
    NoetherError,
    StageInvalidError,
    UnknownNameError,
)
from noether_nix.run.house import House
from noether_nix.run.loading import LoadedGraph, load_graph_text
from noether_nix.run.settings import read_settings
from noether_nix.run.stages import is_stage_path, load_stage, load_stage_as_graph, register
from noether_nix.stage.template import new_stage_text


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = read_settings({"NOETHER_HOME": str(tmp_path / "home"), "NOETHER_NIX": "/absent"})
    with House(settings, say=lambda _words: None) as opened:
        yield opened


def write_stage(folder: Path, name: str, *, change: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.py"
    file.write_text(new_stage_text(name) + change)
    return file


@pytest.mark.parametrize(
    ("reference", "is_path"),
    [
        ("count", False),
        ("count.py", True),
        ("count.json", True),
        ("./count", True),
        ("/a/count.py", True),
        ("0123456789", False),
        ("", False),
    ],
)
def test_a_file_is_told_from_a_name_by_its_words_alone(reference: str, is_path: bool) -> None:
    assert is_stage_path(reference) == is_path


def test_a_file_is_run_as_a_graph_of_one_and_opens_no_catalog(house: House, tmp_path: Path) -> None:
    file = write_stage(tmp_path, "count")

    loaded = load_stage_as_graph(house, str(file))

    assert (loaded.name, list(loaded.checked.stages)) == ("count", ["/root"])
    assert [stage.name for stage in loaded.paths.values()] == ["count"]
    assert not house.exists


def test_a_registered_stage_is_found_by_name_and_by_the_beginning_of_its_id(
    house: House, tmp_path: Path
) -> None:
    (one,) = register(house, [write_stage(tmp_path, "count")])

    found = [load_stage(house, text) for text in ("count", one.stage.id, one.stage.id[:9])]

    assert {stage.id for stage in found} == {one.added.id}
    assert not load_stage_as_graph(house, "count").paths


def test_a_changed_file_moves_its_name(house: House, tmp_path: Path) -> None:
    (first,) = register(house, [write_stage(tmp_path, "count")])
    (second,) = register(house, [write_stage(tmp_path, "count", change="\n# changed\n")])

    assert second.added.previous == first.added.id
    assert load_stage(house, "count").id == second.added.id
    assert load_stage(house, first.added.id).id == first.added.id


def test_two_stages_of_one_name_are_not_registered_together(house: House, tmp_path: Path) -> None:
    write_stage(tmp_path / "a", "count")
    write_stage(tmp_path / "b", "count", change="\n# other\n")

    with pytest.raises(NameTakenError):
        register(house, [tmp_path])


@pytest.mark.parametrize(
    ("reference", "error"),
    [
        pytest.param("nothing_like_it", UnknownNameError, id="unknown"),
        pytest.param("", UnknownNameError, id="no word"),
        pytest.param("a\udcffb", UnknownNameError, id="no text"),
        pytest.param("/absent/count.py", NoetherError, id="no such file"),
    ],
)
def test_what_means_no_stage_is_an_error(
    house: House, reference: str, error: type[NoetherError]
) -> None:
    with pytest.raises(error):
        load_stage(house, reference)


def test_a_folder_without_stages_is_an_error(house: House, tmp_path: Path) -> None:
    with pytest.raises(StageInvalidError, match="there is no stage"):
        register(house, [tmp_path])


# ---------------------------------------------------------------- effects that code shows

_READS_CLOCK = "\n\nimport time\n\nNOW = time.time\n"


def load_graph_of(house: House, file: Path) -> LoadedGraph:
    graph = {
        "description": "d",
        "version": "1.0.0",
        "root": {"op": "Stage", "id": f"./{file.name}"},
    }
    return load_graph_text(
        json.dumps(graph).encode(),
        source="graph.json",
        name="graph",
        folder=file.parent,
        find=house.find_stage,
        admit=house.admit,
    )


def test_a_stage_that_shows_more_than_it_declares_is_not_registered(
    house: House, tmp_path: Path
) -> None:
    file = write_stage(tmp_path, "count", change=_READS_CLOCK)

    with pytest.raises(EffectUndeclaredError, match=r"count\.py:\d+: time\.time shows"):
        register(house, [file])

    assert house.catalog.count() == 0


def test_several_such_stages_are_told_at_once(house: House, tmp_path: Path) -> None:
    files = [write_stage(tmp_path, name, change=_READS_CLOCK) for name in ("one", "two")]

    with pytest.raises(EffectUndeclaredError, match="the code of 2 stages") as caught:
        register(house, files)

    assert len(caught.value.problems) == 2


def test_what_was_accepted_is_recorded_for_that_very_stage(house: House, tmp_path: Path) -> None:
    file = write_stage(tmp_path, "count", change=_READS_CLOCK)

    (one,) = register(house, [file], accept_effects=True)

    (accepted,) = house.catalog.accepted_effects(one.stage.id)
    assert (accepted.effect, accepted.reason) == ("Clock", "time.time")
    assert one.seen.accepted == (accepted,)
    assert accepted.time > 0
    register(house, [file])  # it is known now
    load_stage_as_graph(house, str(file))
    load_graph_of(house, file)
    write_stage(tmp_path, "count", change=_READS_CLOCK + "LATER = time.time\n")
    with pytest.raises(EffectUndeclaredError):
        register(house, [file])


def test_accepting_twice_is_accepting_once(house: House, tmp_path: Path) -> None:
    file = write_stage(tmp_path, "count", change=_READS_CLOCK)
    register(house, [file], accept_effects=True)

    (one,) = register(house, [file], accept_effects=True)

    assert len(house.catalog.accepted_effects(one.stage.id)) == 1


def test_a_graph_does_not_take_such_a_file(house: House, tmp_path: Path) -> None:
    file = write_stage(tmp_path, "count", change=_READS_CLOCK)

    with pytest.raises(EffectUndeclaredError):
        load_stage_as_graph(house, str(file))
    with pytest.raises(GraphInvalidError) as caught:
        load_graph_of(house, file)

    assert [problem.code for problem in caught.value.problems] == ["effect-undeclared"]
    assert not house.exists
