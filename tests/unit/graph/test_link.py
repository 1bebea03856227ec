"""Graphs made of several files: what is put in, where paths start from, and what is refused."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest

from noether_nix.errors import FileUnreadableError, GraphInvalidError, GraphSyntaxError, Problem
from noether_nix.graph.check import check_graph
from noether_nix.graph.dataflow import build_dataflow
from noether_nix.graph.document import render_graph
from noether_nix.graph.identity import composition_id, graph_id
from noether_nix.graph.limits import place_of_limit, stated_limits
from noether_nix.graph.link import MAX_IMPORTS, Linked, link_graph
from noether_nix.graph.model import ConstNode, Graph
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.traversal import find_node, nodes, stage_nodes
from tests.unit.graph.graphs import (
    Document,
    call,
    const,
    imported,
    let,
    mapped,
    parsed,
    retry,
    sequential,
    stage,
    written,
)

INNER = sequential(call("./one.py"), call("two"))


def linked(root: Document, files: Mapping[str, bytes], **more: Any) -> Linked:
    text = written(root, **more)

    def open_file(path: str) -> bytes:
        if path not in files:
            raise FileUnreadableError(f"{path}: No such file or directory")
        return files[path]

    return link_graph(parse_graph(text, source="graph.json"), open_file, text)


def refused(root: Document, files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    with pytest.raises(GraphSyntaxError) as caught:
        linked(root, files)
    return caught.value.problems


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def ids(graph: Graph) -> tuple[str, str]:
    stages = {node.pointer: stage("one") for node in stage_nodes(graph)}
    return composition_id(graph), graph_id(check_graph(graph, stages))


def test_a_graph_of_one_file_is_left_as_it_is() -> None:
    graph = parsed(INNER)

    assert link_graph(graph, lambda path: path.encode()).graph is graph


def test_an_imported_graph_is_read_and_its_paths_start_from_its_folder() -> None:
    inner = written(INNER)
    found = linked(
        sequential(imported("./parts/inner.json"), call("./one.py")), {"./parts/inner.json": inner}
    )

    assert found.files == {"./parts/inner.json": sha256(inner)}
    assert [(node.pointer, str(node.reference)) for node in stage_nodes(found.graph)] == [
        ("/root/stages/0/import/root/stages/0", "./parts/one.py"),
        ("/root/stages/0/import/root/stages/1", "two"),
        ("/root/stages/1", "./one.py"),
    ]


def test_an_imported_graph_may_import() -> None:
    found = linked(
        imported("./a/b.json"),
        {
            "./a/b.json": written(mapped(imported("../c/d.json"))),
            "./a/../c/d.json": written(call("./e.py")),
        },
    )

    (node,) = stage_nodes(found.graph)
    assert node.pointer == "/root/import/root/body/import/root"
    assert str(node.reference) == "./a/../c/e.py"


@pytest.mark.parametrize(
    ("name", "data", "value"),
    [
        pytest.param("./table.json", b'[1, {"a": 1.0}]\n', [1, {"a": 1.0}], id="JSON"),
        pytest.param("./table.csv", "a,b\né,1\n".encode(), "a,b\né,1\n", id="text"),
        pytest.param("./empty", b"", "", id="nothing"),
    ],
)
def test_a_literal_can_come_from_a_file(name: str, data: bytes, value: Any) -> None:
    found = linked({"op": "Const", "file": name}, {name: data})

    assert found.graph.root == ConstNode("/root", value, name, sha256(data))
    assert composition_id(found.graph) == composition_id(parsed(const(value)))


def test_files_are_no_part_of_the_ids() -> None:
    inner = written(sequential(call("a"), retry(imported("./deep.json"))))
    files = {"./inner.json": inner, "./deep.json": written(sequential(call("b"), const(2)))}

    found = linked(sequential(call("z"), imported("./inner.json")), files).graph

    plain = sequential(call("z"), call("a"), retry(sequential(call("b"), const(2))))
    assert ids(found) == ids(parsed(plain))


def test_a_linked_graph_is_written_so_that_it_needs_no_file() -> None:
    files = {
        "./inner.json": written(let(INNER, x={"op": "Const", "file": "./x.json"})),
        "./x.json": b"7",
    }
    found = linked(imported("./inner.json"), files).graph

    again = parse_graph(render_graph(found).encode(), source="graph.json")

    assert link_graph(again, lambda path: path.encode()).graph is again
    assert [node.pointer for node in nodes(again)] == [node.pointer for node in nodes(found)]
    assert ids(again) == ids(found)


def test_limits_of_an_imported_graph_are_within_those_of_the_node() -> None:
    inner = written(call("a"), limits={"wall": "5s"})
    found = linked(
        {**imported("./inner.json"), "limits": {"wall": "9s", "memory": "1GiB"}},
        {"./inner.json": inner},
    ).graph

    assert stated_limits(found) == {"/root/import/root": {"wall": 5, "memory": 1 << 30}}
    assert place_of_limit(found, "/root/import/root", "wall") == "/root/import/limits/wall"
    assert place_of_limit(found, "/root/import/root", "memory") == "/root/limits/memory"


@pytest.mark.parametrize(
    ("root", "files", "code", "place", "words"),
    [
        pytest.param(
            imported("./no.json"), {}, "file-unreadable", "graph.json:6 /root/path", "No such file",
            id="no such graph",
        ),
        pytest.param(
            {"op": "Const", "file": "./no"}, {}, "file-unreadable", "graph.json:6 /root/file",
            "No such file", id="no such value",
        ),
        pytest.param(
            imported("./a.json"), {"./a.json": b"{"}, "graph-syntax", "./a.json:1", "",
            id="no JSON",
        ),
        pytest.param(
            sequential(imported("./a.json")),
            {"./a.json": written({"op": "Stge", "id": "a"})},
            "unknown-operator",
            "./a.json:5 /root/stages/0/import/root/op",
            "no operator is called",
            id="no graph",
        ),
        pytest.param(
            imported("./a.json"), {"./a.json": written(imported("./a.json"))}, "import-cycle",
            "./a.json:6 /root/import/root/path", "a.json imports a.json", id="itself",
        ),
        pytest.param(
            imported("./a/b.json"), {"./a/b.json": written(imported("../graph.json"))},
            "import-cycle", "./a/b.json:6 /root/import/root/path",
            "graph.json imports a/b.json imports graph.json", id="in a circle",
        ),
        pytest.param(
            imported("./a.json", sha256="0" * 64), {"./a.json": written(const(1))}, "hash-differs",
            "graph.json:6 /root/path", f"its SHA-256 is {sha256(written(const(1)))}",
            id="another file",
        ),
        pytest.param(
            {"op": "Const", "file": "./a.json"}, {"./a.json": b'{"a": NaN}'}, "file-invalid",
            "graph.json:6 /root/file", "holds no value", id="no value",
        ),
        pytest.param(
            {"op": "Const", "file": "./a.txt"}, {"./a.txt": b"ab\xff"}, "file-invalid",
            "graph.json:6 /root/file", "byte 2 is not UTF-8", id="no text",
        ),
        pytest.param(
            {"op": "Const", "file": "./a.json"}, {"./a.json": b"[" * 200 + b"]" * 200}, "too-deep",
            "graph.json:6 /root/file", "nested at most", id="too deep",
        ),
        pytest.param(
            sequential(*[{"op": "Const", "file": "./a"}] * 3), {"./a": b"x" * (6 << 20)},
            "too-large", "graph.json:17 /root/stages/2/file", "16 MiB together", id="too large",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_put_in_is_refused_at_its_place(
    root: Document, files: Mapping[str, bytes], code: str, place: str, words: str
) -> None:
    (problem,) = refused(root, files)

    assert (problem.code, problem.place.rstrip()) == (code, place)
    assert words in problem.message


def test_imports_that_double_come_to_an_end() -> None:
    """Each file imports the next one twice: a million times the last one, were it not bounded."""
    files = {
        f"./{at}.json": written(
            sequential(imported(f"./{at + 1}.json"), imported(f"./{at + 1}.json"))
        )
        for at in range(20)
    }
    files["./20.json"] = written(const("x" * 1000))

    problems = refused(imported("./0.json"), files)

    (problem,) = problems
    assert problem.code == "too-large"
    assert problem.message == "a graph may import 4000 graphs in all"


def test_thousands_of_imports_are_no_loop() -> None:
    files = {"./a.json": written(const(1))}

    found = linked(sequential(*[imported("./a.json")] * MAX_IMPORTS), files)

    assert sum(isinstance(node, ConstNode) for node in nodes(found.graph)) == MAX_IMPORTS


def test_imports_are_nested_no_deeper_than_nodes() -> None:
    files = {f"./{at}.json": written(imported(f"./{at + 1}.json")) for at in range(80)}

    (problem,) = refused(imported("./0.json"), files)

    assert (problem.code, problem.place.split(" ")[0]) == ("too-deep", "./63.json:4")


def test_a_misfit_in_an_imported_graph_is_found_in_its_file() -> None:
    found = linked(
        sequential(const("x"), imported("./a.json")), {"./a.json": written(call("number"))}
    ).graph

    with pytest.raises(GraphInvalidError) as caught:
        check_graph(found, {"/root/stages/1/import/root": stage("number", "Number -> Text")}, b"{}")

    (problem,) = caught.value.problems
    assert problem.place == "./a.json:4 /root/stages/1/import/root"
    assert "number at /root/stages/1/import/root takes Number" in problem.message


def test_a_linked_graph_has_the_flow_of_one_file() -> None:
    found = linked(
        sequential(call("a"), imported("./inner.json")), {"./inner.json": written(call("b"))}
    ).graph
    checked = check_graph(found, {node.pointer: stage("x") for node in stage_nodes(found)})

    flow = build_dataflow(checked)

    assert [one.input for one in flow.calls] == [{"input": None}, {"call": 0}]
    assert flow.output == {"call": 1}
    assert find_node(found, "/root/stages/1/import/root") is not None


@pytest.mark.parametrize(
    ("node", "code"),
    [
        pytest.param({"op": "Import", "path": "/etc/passwd"}, "invalid-path", id="absolute"),
        pytest.param({"op": "Import", "path": "other.json"}, "invalid-path", id="no ./"),
        pytest.param({"op": "Import", "path": "./"}, "invalid-path", id="a folder"),
        pytest.param({"op": "Import", "path": "./a\0"}, "invalid-path", id="null character"),
        pytest.param({"op": "Const", "file": "x"}, "invalid-path", id="no path of a value"),
        pytest.param({"op": "Const", "file": "./x", "value": 1}, "two-ways", id="both"),
        pytest.param({"op": "Const"}, "missing-key", id="neither"),
        pytest.param({"op": "Import", "path": "./x", "sha256": "12"}, "wrong-kind", id="no hash"),
    ],
)
def test_what_names_no_file_is_refused(node: Document, code: str) -> None:
    with pytest.raises(GraphSyntaxError) as caught:
        parsed(node)

    assert [problem.code for problem in caught.value.problems] == [code]
    assert json.dumps(node)
