"""The strict reader of graph files, and its writer."""

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import GraphSyntaxError, NoetherError
from noether_nix.graph.bounds import MAX_GRAPH_BYTES
from noether_nix.graph.document import graph_to_document, render_graph
from noether_nix.graph.model import MAX_LEVELS, ConstNode, LetNode, ParallelNode, StageNode
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.references import NameReference
from noether_nix.graph.traversal import find_node, nodes, stage_nodes
from tests.unit.graph.graphs import (
    ROOTS,
    Document,
    call,
    const,
    let,
    parallel,
    parsed,
    sequential,
    written,
)


def problems_of(data: bytes) -> list[tuple[str, str]]:
    with pytest.raises(GraphSyntaxError) as caught:
        parse_graph(data, source="graph.json")
    return [(problem.code, problem.place) for problem in caught.value.problems]


def test_every_node_is_named_by_its_place_in_the_file() -> None:
    root = let(sequential(call("a"), parallel(**{"x/y": call("b")})), k=const(1))

    graph = parsed(root)

    assert [node.pointer for node in nodes(graph)] == [
        "/root",
        "/root/bindings/k",
        "/root/body",
        "/root/body/stages/0",
        "/root/body/stages/1",
        "/root/body/stages/1/branches/x~1y",
    ]


def test_bindings_come_before_the_body_wherever_they_stand_in_the_file() -> None:
    root = {"op": "Let", "body": call("last"), "bindings": {"k": call("first")}}

    assert [str(node.reference) for node in stage_nodes(parsed(root))] == ["first", "last"]


def test_branches_keep_the_order_of_the_file() -> None:
    root = parsed(parallel(b=const(1), a=const(2))).root

    assert isinstance(root, ParallelNode)
    assert list(root.branches) == ["b", "a"]


def test_all_that_a_node_can_say_is_read() -> None:
    root = {
        "op": "Stage",
        "id": "shout",
        "pinning": "both",
        "config": {"times": 3},
        "label": "loud",
        "ui": {"x": 1},
        "_comment": "kept out",
    }

    assert parsed(root).root == StageNode(
        "/root", NameReference("shout"), {"times": 3}, "both", label="loud", ui={"x": 1}
    )


def test_an_empty_config_is_no_config() -> None:
    root = parsed({"op": "Stage", "id": "shout", "config": {}}).root

    assert isinstance(root, StageNode)
    assert root.config is None


def test_the_interface_part_of_a_graph_is_kept() -> None:
    graph = parse_graph(written(const(1), ui={"theme": "dark"}, _note="no"), source="graph.json")

    assert graph.ui == {"theme": "dark"}
    assert graph_to_document(graph)["ui"] == {"theme": "dark"}


def test_a_node_is_found_by_its_name() -> None:
    graph = parsed(let(call("b"), k=const(1)))

    assert isinstance(find_node(graph, "/root"), LetNode)
    assert isinstance(find_node(graph, "/root/bindings/k"), ConstNode)
    assert find_node(graph, "/root/bindings/j") is None


@pytest.mark.parametrize(
    ("root", "code", "pointer"),
    [
        pytest.param(3, "wrong-kind", "/root", id="a number for a node"),
        pytest.param({"id": "a"}, "missing-key", "/root", id="no op"),
        pytest.param({"op": 1}, "wrong-kind", "/root/op", id="op is a number"),
        pytest.param({"op": "Stge", "id": "a"}, "unknown-operator", "/root/op", id="misspelt"),
        pytest.param({"op": "Stage"}, "missing-key", "/root", id="stage without id"),
        pytest.param({"op": "Stage", "id": 7}, "wrong-kind", "/root/id", id="id is a number"),
        pytest.param(
            {"op": "Stage", "id": "Not A Name"}, "invalid-reference", "/root/id", id="no name"
        ),
        pytest.param(
            {"op": "Stage", "id": "a", "cofnig": {}}, "unknown-key", "/root/cofnig", id="unknown"
        ),
        pytest.param(
            {"op": "Stage", "id": "a", "config": [1]}, "wrong-kind", "/root/config", id="config"
        ),
        pytest.param(
            {"op": "Stage", "id": "a", "pinning": "bth"},
            "unknown-pinning",
            "/root/pinning",
            id="pinning",
        ),
        pytest.param(
            {"op": "Const", "value": 1, "label": 2}, "wrong-kind", "/root/label", id="label"
        ),
        pytest.param({"op": "Const"}, "missing-key", "/root", id="const without value"),
        pytest.param(sequential(), "empty-node", "/root/stages", id="empty Sequential"),
        pytest.param(parallel(), "empty-node", "/root/branches", id="empty Parallel"),
        pytest.param(let(const(1)), "empty-node", "/root/bindings", id="empty Let"),
        pytest.param(
            {"op": "Let", "bindings": {"a": const(1)}}, "missing-key", "/root", id="no body"
        ),
        pytest.param(
            {"op": "Parallel", "branches": []}, "wrong-kind", "/root/branches", id="branches"
        ),
        pytest.param({"op": "Sequential", "stages": {}}, "wrong-kind", "/root/stages", id="stages"),
    ],
)
def test_a_wrong_node_is_refused_at_its_place(root: Any, code: str, pointer: str) -> None:
    ((found, place),) = problems_of(written(root))

    assert found == code
    assert place.split(" ", 1)[1] == pointer


@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param(b"", "graph.json:1", id="nothing"),
        pytest.param(b'{"root":\n nonsense}', "graph.json:2", id="no JSON"),
        pytest.param(b"\xff", "graph.json", id="no UTF-8"),
        pytest.param(b"[" * 100_000, "graph.json", id="very deep"),
        pytest.param(b'{"a":' * 100_000, "graph.json", id="very deep object"),
        pytest.param(b'{"root": NaN}', "graph.json", id="NaN"),
        pytest.param(b"[1]", "graph.json:1", id="a list"),
    ],
)
def test_what_is_no_json_object_is_refused(data: bytes, place: str) -> None:
    assert [found for _, found in problems_of(data)] == [place]


def test_who_gives_a_stage_for_a_graph_is_told_how_stages_run() -> None:
    with pytest.raises(GraphSyntaxError) as caught:
        parse_graph(b"def execute(value): ...", source="./count.py")

    assert caught.value.hint == "a stage is run with noether stage run ./count.py"


def test_a_duplicate_key_is_refused_with_its_line_and_pointer() -> None:
    data = b'{\n"description": "",\n"version": "",\n"version": "",\n"root": {}\n}'

    assert problems_of(data) == [("duplicate-key", "graph.json:4 /version")]


def test_all_problems_come_at_once_with_their_lines() -> None:
    root = sequential({"op": "Stage", "id": "a", "confg": {}}, {"op": "Sequence"}, parallel())
    data = json.dumps({"description": "", "extra": 1, "root": root}, indent=1).encode()

    found = problems_of(data)

    lines = data.decode().splitlines()
    for (_, place), word in zip(
        found, ["extra", "description", "confg", "Sequence", "branches"], strict=True
    ):
        line = place.split(" ")[0].partition(":")[2]
        if word == "description":
            assert line == "1"  # the missing version belongs to the whole document
        else:
            assert word in lines[int(line) - 1]


def test_a_misspelt_key_gets_the_nearest_one_as_hint() -> None:
    with pytest.raises(GraphSyntaxError) as caught:
        parsed({"op": "Stage", "id": "a", "confg": {}})

    assert caught.value.hint == "did you mean config?"
    assert 'Stage has no key "confg"' in caught.value.message


def nested(levels: int) -> Document:
    root = const(1)
    for _ in range(levels - 1):
        root = sequential(root)
    return root


def test_nodes_may_be_nested_to_the_bound_and_no_deeper() -> None:
    assert len(list(nodes(parsed(nested(MAX_LEVELS))))) == MAX_LEVELS
    ((code, _),) = problems_of(written(nested(MAX_LEVELS + 1)))
    assert code == "too-deep"


def test_a_value_that_is_nested_too_deeply_is_refused_at_its_place() -> None:
    value: Any = 1
    for _ in range(150):
        value = [value]

    ((code, place),) = problems_of(written(const(value)))

    assert code == "too-deep"
    assert place.endswith("/root/value")


def test_a_huge_file_is_refused_unread() -> None:
    with pytest.raises(GraphSyntaxError, match="larger than a graph may be"):
        parse_graph(b" " * (MAX_GRAPH_BYTES + 1), source="graph.json")


def test_control_characters_of_a_file_do_not_reach_a_message() -> None:
    with pytest.raises(GraphSyntaxError) as caught:
        parsed({"op": "Stage\x1b[2J\n", "id": "a"})

    assert "\x1b" not in caught.value.message


@given(ROOTS)
def test_a_graph_that_is_written_reads_back_as_itself(root: Document) -> None:
    graph = parsed(root)

    again = parse_graph(render_graph(graph).encode(), source="graph.json")

    assert again == graph
    assert [node.pointer for node in nodes(again)] == [node.pointer for node in nodes(graph)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "op",
                    "id",
                    "stages",
                    "root",
                    "branches",
                    "body",
                    "bindings",
                    "value",
                    "config",
                    "ui",
                ]
            )
            | st.text(max_size=3),
            inner
            | st.sampled_from(["Stage", "Let", "Const", "Sequential", "Parallel", "Merge", "both"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_document_is_a_graph_or_one_of_our_errors(root: Any) -> None:
    data = json.dumps({"description": "", "version": "", "root": root}).encode("utf-8", "replace")

    with contextlib.suppress(NoetherError):
        parse_graph(data, source="graph.json")


@given(st.binary(max_size=200))
def test_any_bytes_are_one_of_our_errors(data: bytes) -> None:
    with pytest.raises(GraphSyntaxError):
        parse_graph(data, source="graph.json")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"[" * 8_000_000, id="nesting"),
        pytest.param(b'{"a":[' + b"0," * 4_000_000 + b"x", id="a slip at the end"),
        pytest.param(b'{"a":[' + b"0," * 4_000_000 + b'0],"a":1}', id="a key twice"),
    ],
)
def test_a_large_file_that_is_no_graph_is_refused_within_seconds(data: bytes) -> None:
    began = time.process_time()

    with pytest.raises(GraphSyntaxError):
        parse_graph(data, source="graph.json")

    assert time.process_time() - began < 12  # 0.2, 0.4 and 2.3 s where nothing else runs
