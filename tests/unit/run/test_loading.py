"""Graphs whose stages cannot be found: all is said at once, and soon."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from noether_nix.catalog.answers import Answer, Found, Unknown
from noether_nix.errors import GraphError, GraphInvalidError, GraphSyntaxError, Problem
from noether_nix.run.loading import LoadedGraph, load_graph_file, load_graph_text
from noether_nix.stage.effect import PURE
from noether_nix.stage.model import Stage
from noether_nix.types.model import NUMBER, TEXT


@pytest.mark.parametrize("reference", ["./absent_{}.py", "absent_{}"])
def test_thousands_of_missing_stages_are_told_each_with_its_line(
    tmp_path: Path, reference: str
) -> None:
    number = 5000
    stages = [{"op": "Stage", "id": reference.format(index)} for index in range(number)]
    root = {"op": "Sequential", "stages": stages}
    text = json.dumps({"description": "", "version": "1", "root": root}, indent=1).encode()

    with pytest.raises(GraphInvalidError) as caught:
        load_graph_text(
            text,
            source="graph.json",
            name="graph",
            folder=tmp_path,
            find=lambda name: Unknown(name, ()),
        )

    places = [problem.place for problem in caught.value.problems]
    lines = [n for n, line in enumerate(text.decode().splitlines(), 1) if '"id"' in line]
    assert places == [
        f"graph.json:{line} /root/stages/{index}/id" for index, line in enumerate(lines)
    ]


SHADOW = "root:$6$2XpHsalt$SECRET:19000:0:99999:7:::\n"


def written(root: dict[str, Any]) -> str:
    return json.dumps({"description": "", "version": "1", "root": root}, indent=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a graph that others made; a secret lies beside it."""
    folder = tmp_path / "graph"
    (folder / "parts").mkdir(parents=True)
    (tmp_path / "shadow").write_text(SHADOW)
    (tmp_path / "secret.json").write_text(written({"op": "Const", "value": SHADOW}))
    return folder


def load(folder: Path, root: dict[str, Any]) -> LoadedGraph:
    (folder / "graph.json").write_text(written(root))
    return load_graph_file(folder / "graph.json", lambda name: Unknown(name, ()))


def refused(folder: Path, root: dict[str, Any]) -> Problem:
    with pytest.raises(GraphError) as caught:
        load(folder, root)
    (problem,) = caught.value.problems
    assert "SECRET" not in f"{caught.value} {caught.value.hint} {problem}"
    return problem


@pytest.mark.parametrize(
    ("root", "place"),
    [
        ({"op": "Const", "file": "./../shadow"}, "graph.json:6 /root/file"),
        ({"op": "Const", "file": "./shadow.txt"}, "graph.json:6 /root/file"),
        ({"op": "Import", "path": "../secret.json"}, "graph.json:6 /root/path"),
        ({"op": "Import", "path": "./secret.json"}, "graph.json:6 /root/path"),
    ],
    ids=["a file above", "a link to one", "a graph above", "a link to one of those"],
)
def test_a_graph_takes_nothing_from_outside_its_folder(
    folder: Path, root: dict[str, Any], place: str
) -> None:
    (folder / "shadow.txt").symlink_to("../shadow")
    (folder / "secret.json").symlink_to(folder.parent / "secret.json")

    problem = refused(folder, root)

    assert problem.code == "file-unreadable"
    assert problem.place == f"{folder}/{place}"
    assert "is not in the folder of the graph" in problem.message
    assert "--input @FILE" in problem.hint


def test_what_an_imported_graph_takes_lies_in_the_folder_of_the_one_that_is_run(
    folder: Path,
) -> None:
    (folder / "table.json").write_text("[1]")
    outer = {"op": "Import", "path": "./parts/inner.json"}
    inner = folder / "parts/inner.json"

    inner.write_text(written({"op": "Const", "file": "../table.json"}))
    assert list(load(folder, outer).files) == ["./parts/inner.json", "./parts/../table.json"]

    inner.write_text(written({"op": "Const", "file": "../../shadow"}))
    problem = refused(folder, outer)
    assert problem.code == "file-unreadable"
    assert problem.place == "./parts/inner.json:6 /root/import/root/file"

    problem = refused(folder / "parts", {"op": "Const", "file": "../table.json"})
    assert problem.code == "file-unreadable"


def test_the_graph_itself_may_be_a_link_or_a_pipe(folder: Path) -> None:
    (folder / "table.json").write_text("[1]")
    load(folder, {"op": "Const", "file": "./table.json"})
    (folder / "graph.json").rename(folder.parent / "elsewhere.json")
    (folder / "link.json").symlink_to("../elsewhere.json")
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb"), os.fdopen(writing, "wb") as file:
        file.write(written({"op": "Const", "value": 1}).encode())
        file.close()

        loaded = load_graph_file(folder / "link.json", lambda name: Unknown(name, ()))
        load_graph_file(Path(f"/proc/self/fd/{reading}"), lambda name: Unknown(name, ()))

    assert list(loaded.files) == ["./table.json"]


@pytest.mark.parametrize(
    "root",
    [
        {"op": "Const", "file": "./pipe.py"},
        {"op": "Import", "path": "./pipe.py"},
        {"op": "Stage", "id": "./pipe.py"},
        {"op": "Const", "file": "./zero.json"},
        {"op": "Import", "path": "./zero.json"},
        {"op": "Stage", "id": "./zero.json"},
        {"op": "Stage", "id": "../graph/zero.json"},
    ],
    ids=lambda root: " ".join(root.values()),
)
def test_pipes_and_devices_are_no_parts(folder: Path, root: dict[str, Any]) -> None:
    os.mkfifo(folder / "pipe.py")
    (folder / "zero.json").symlink_to("/dev/zero")

    problem = refused(folder, root)

    assert problem.code == "file-unreadable"
    assert problem.message.endswith("is no regular file")
    assert problem.place.startswith(f"{folder}/graph.json:6 /root/")


@pytest.mark.parametrize("name", ["shadow.py", "shadow.json"])
def test_of_what_is_no_stage_nothing_is_told(folder: Path, name: str) -> None:
    (folder / name).symlink_to("../shadow")
    with pytest.raises(GraphInvalidError) as caught:
        load(folder, {"op": "Stage", "id": f"./{name}"})

    said = " ".join(f"{one} {one.hint}" for one in caught.value.problems)
    assert "cannot be used" in said
    assert not any(word in said for word in ("root:", "SECRET", "19000"))


@pytest.mark.parametrize("links", ["a file", "a folder"])
def test_a_graph_that_imports_itself_by_a_link_comes_to_an_end(folder: Path, links: str) -> None:
    (folder / "loop").symlink_to(".")
    (folder / "link.json").symlink_to("graph.json")
    path = "./link.json" if links == "a file" else "./loop/graph.json"

    problem = refused(folder, {"op": "Import", "path": path})

    assert problem.code == ("import-cycle" if links == "a file" else "file-unreadable")


def test_imports_in_thousands_of_levels_come_to_an_end(folder: Path) -> None:
    for level in range(3000):
        text = written({"op": "Import", "path": f"./{level + 1}.json"})
        (folder / f"parts/{level}.json").write_text(text)

    problem = refused(folder, {"op": "Import", "path": "./parts/0.json"})

    assert problem.code == "too-deep"
    assert problem.place.startswith("./parts/63.json:4 /root/import/")


@pytest.mark.parametrize(
    "text",
    ["", "/etc/passwd", "~", "~/x", "file:///etc/passwd", "%2e%2e/x", "./a\0b", "./" + "x" * 5000],
    ids=lambda text: ascii(text[:20]),
)
def test_what_is_no_path_is_refused_where_it_stands(folder: Path, text: str) -> None:
    for root in ({"op": "Const", "file": text}, {"op": "Import", "path": text}):
        problem = refused(folder, root)

        assert problem.code == "invalid-path"
        assert problem.place.startswith(f"{folder}/graph.json:6 /root/")


def test_half_a_character_is_no_path(folder: Path) -> None:
    with pytest.raises(GraphSyntaxError, match="a lone surrogate is no text"):
        load(folder, {"op": "Const", "file": "./\ud800"})


STAGE = Stage("count", TEXT, NUMBER, (PURE,), b"def execute(x):\n    return len(x)\n")


@pytest.mark.parametrize(
    ("node", "hint"),
    [
        pytest.param({"id": STAGE.signature_id, "pinning": "both"}, STAGE.id, id="a signature"),
        pytest.param({"id": "0" * 12}, "an id follows from the stage", id="an unknown id"),
        pytest.param({"id": "map"}, '{"op": "Map", "body": node}', id="a stage of the ancestor"),
        pytest.param({"id": "unheard"}, "noether stage add", id="an unknown name"),
    ],
)
def test_what_is_said_of_a_stage_that_is_not_found_names_the_way_out(
    tmp_path: Path, node: dict[str, str], hint: str
) -> None:
    def find(reference: str) -> Answer:
        return Found(STAGE) if reference == STAGE.signature_id else Unknown(reference, ())

    text = written({"op": "Stage", **node}).encode()

    with pytest.raises(GraphInvalidError) as caught:
        load_graph_text(text, source="graph.json", name="graph", folder=tmp_path, find=find)

    assert hint in caught.value.hint


def test_a_signature_is_enough_where_no_stage_is_pinned(tmp_path: Path) -> None:
    text = written({"op": "Stage", "id": STAGE.signature_id}).encode()

    loaded = load_graph_text(
        text, source="graph.json", name="graph", folder=tmp_path, find=lambda _name: Found(STAGE)
    )

    assert loaded.checked.stages == {"/root": STAGE}
    assert not loaded.lasting


def test_of_a_file_that_is_not_there_the_nearest_one_beside_it_is_told(folder: Path) -> None:
    (folder / "parts" / "read_rows.py").write_text("")
    (folder / "parts" / "read_rows.txt").write_text("")

    with pytest.raises(GraphInvalidError) as caught:
        load(folder, {"op": "Stage", "id": "./parts/read_row.py"})

    assert caught.value.hint == 'did you mean "./parts/read_rows.py"?'
