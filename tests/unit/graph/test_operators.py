"""The operators beyond Sequential, Parallel and Let: what they take, give and refuse."""

from typing import Any

import pytest

from noether_nix.errors import GraphInvalidError, InputMismatchError
from noether_nix.graph.check import check_input
from noether_nix.graph.dataflow import Guard, Retry, build_dataflow
from noether_nix.types.text import parse_type, render_type
from tests.unit.graph.graphs import (
    Document,
    branch,
    call,
    checked,
    const,
    fanout,
    filtered,
    let,
    mapped,
    merge,
    parallel,
    project,
    reduced,
    retry,
    sequential,
)

TYPES = {
    "add": "{ left: Number, right: Number } -> Number",
    "big": "{ n: Number } -> Bool",
    "find": "{ id: Number, note?: Text } -> Text",
    "length": "Text -> Number",
    "loose": "Any -> Any",
    "name": "{ name: Text } -> Text",
    "rows": "Text -> List<{ n: Number, name: Text }>",
    "sum": "{ accumulator: Number, item: Number } -> Number",
    "table": "Text -> Map<Text, Number>",
    "total": "List<Number> -> Number",
    "totals": "Map<Text, Number> -> Number",
    "words": "Text -> List<Text> & NonEmpty",
    "several": "List<Text> & NonEmpty -> Number",
    "twice": "Number -> Number",
    "both": "Number -> List<Text> | Map<Text, Text>",
}
REMOTE = {"op": "RemoteStage", "url": "https://a.org/x", "input": "Text", "output": "{ n: Number }"}


@pytest.mark.parametrize(
    ("root", "taken", "given"),
    [
        pytest.param(mapped(call("length")), "List<Text>", "List<Number>", id="Map"),
        pytest.param(
            mapped(call("length"), over="lines"),
            "{ lines: List<Text> }",
            "List<Number>",
            id="Map over a field",
        ),
        pytest.param(
            sequential(call("table"), mapped(call("twice"))),
            "Text",
            "Map<Text, Number>",
            id="Map over the values of an object",
        ),
        pytest.param(
            sequential(mapped(call("twice")), call("totals")),
            "Map<Text, Number>",
            "Number",
            id="Map where an object is wanted",
        ),
        pytest.param(
            sequential(call("both"), mapped(call("length"))),
            "Number",
            "List<Number> | Map<Text, Number>",
            id="Map over either",
        ),
        pytest.param(
            mapped(mapped(call("length"))),
            "List<List<Text>>",
            "List<List<Number>>",
            id="Map in Map",
        ),
        pytest.param(
            sequential(parallel(a=call("length"), b=call("length")), mapped(call("twice"))),
            "Text",
            "{ a: Number, b: Number }",
            id="Map over what is put together",
        ),
        pytest.param(
            filtered(call("big")), "List<{ n: Number }>", "List<{ n: Number }>", id="Filter"
        ),
        pytest.param(
            sequential(filtered(call("big")), mapped(call("name"))),
            "List<{ n: Number, name: Text }>",
            "List<Text>",
            id="Filter before what needs more",
        ),
        pytest.param(
            sequential(call("words"), filtered(const(True))),
            "Text",
            "List<Text>",
            id="Filter may leave nothing",
        ),
        pytest.param(reduced(call("sum"), initial=0), "List<Number>", "Number", id="Reduce"),
        pytest.param(
            reduced(call("add"), mode="tree", initial=0), "List<Number>", "Number", id="tree"
        ),
        pytest.param(
            reduced(call("sum"), initial=None, over="all"),
            None,
            "initial",
            id="Reduce whose beginning does not fit",
        ),
        pytest.param(
            branch(call("big"), call("name"), const(0)),
            "{ n: Number, name: Text }",
            "Number | Text",
            id="Branch",
        ),
        pytest.param(
            fanout(call("rows"), mapped(call("name")), filtered(call("big"))),
            "Text",
            "List<List<Text> | List<{ n: Number, name: Text }>>",
            id="Fanout",
        ),
        pytest.param(
            merge(project(left="source_0", right="source_1"), call("length"), call("twice")),
            "{ source_0: Text, source_1: Number }",
            "{ left: Number, right: Number }",
            id="Merge",
        ),
        pytest.param(retry(call("length"), 3), "Text", "Number", id="Retry"),
        pytest.param(REMOTE, "Text", "{ n: Number }", id="RemoteStage"),
        pytest.param(
            sequential(project(name="title"), call("name")), "{ title: Text }", "Text", id="rename"
        ),
        pytest.param(
            sequential(project(name={"from": ["a", "b"]}), call("name")),
            "{ a: { b: Text } }",
            "Text",
            id="pick from within",
        ),
        pytest.param(
            sequential(call("length"), project(n={"from": []}, all={"const": [1]})),
            "Text",
            "{ all: List<Number>, n: Number }",
            id="wrap and add",
        ),
        pytest.param(
            sequential(project(id={"from": "id", "default": 1}), call("find")),
            "{ id?: Number }",
            "Text",
            id="default",
        ),
        pytest.param(
            project(deep={"fields": {"x": "a", "y": {"const": None}}}),
            "{ a: Any }",
            "{ deep: { x: Any, y: Null } }",
            id="nest",
        ),
        pytest.param(
            let(mapped(call("name"), over="found"), found=call("rows")),
            "Text",
            "List<Text>",
            id="Map over what a Let has bound",
        ),
        pytest.param(
            sequential(const([{"a": 1}, {}]), mapped(project(a={"from": "a", "default": 0}))),
            "Any",
            "List<{ a: Number }>",
            id="a literal list, item by item",
        ),
        pytest.param(
            sequential(const([]), mapped(call("length"))), "Any", "List<Any>", id="no item"
        ),
        pytest.param(
            sequential(
                call("rows"), reduced(project(seen="item", before="accumulator"), initial=1)
            ),
            None,
            "accumulator-grows",
            id="what grows with every item",
        ),
    ],
)
def test_an_operator_takes_and_gives(root: Document, taken: str | None, given: str) -> None:
    if taken is None:
        with pytest.raises(GraphInvalidError) as caught:
            checked(root, TYPES)
        assert given in f"{caught.value.problems}"
        return
    graph = checked(root, TYPES)

    assert (render_type(graph.input), render_type(graph.output)) == (
        render_type(parse_type(taken)),
        render_type(parse_type(given)),
    )


@pytest.mark.parametrize(
    ("root", "code", "pointer"),
    [
        pytest.param(
            sequential(call("length"), mapped(call("twice"))),
            "no-items",
            "/root/stages/1",
            id="Map over a number",
        ),
        pytest.param(
            sequential(call("find"), mapped(call("twice"), over="items")),
            "no-object",
            "/root/stages/1/over",
            id="over a field of a text",
        ),
        pytest.param(
            sequential(call("rows"), mapped(call("twice"))),
            "type-mismatch",
            "/root/stages/1/body",
            id="items that do not fit",
        ),
        pytest.param(
            filtered(call("length")),
            "predicate-not-boolean",
            "/root/predicate",
            id="Filter by number",
        ),
        pytest.param(
            branch(const("true"), const(1), const(2)),
            "predicate-not-boolean",
            "/root/predicate",
            id="Branch on a text",
        ),
        pytest.param(
            sequential(call("rows"), branch(const(True), const(1), call("length"))),
            "type-mismatch",
            "/root/stages/1/if_false",
            id="an arm that cannot take it",
        ),
        pytest.param(
            sequential(call("words"), filtered(const(True)), call("several")),
            "type-mismatch",
            "/root/stages/2",
            id="Filter may leave nothing",
        ),
        pytest.param(
            fanout(call("rows"), call("total")), "type-mismatch", "/root/targets/0", id="Fanout"
        ),
        pytest.param(
            merge(call("add"), call("length"), call("rows")),
            "type-mismatch",
            "/root/target",
            id="Merge",
        ),
        pytest.param(
            sequential(const({"source_0": "x"}), merge(const(1), call("length"), call("length"))),
            "type-mismatch",
            "/root/stages/1/sources/1",
            id="a source that gets null",
        ),
        pytest.param(
            sequential(call("rows"), reduced(call("sum"), initial=0)),
            "type-mismatch",
            "/root/stages/1/body",
            id="items that cannot be summed",
        ),
        pytest.param(
            reduced(call("sum"), initial="0"), "type-mismatch", "/root/body", id="a wrong beginning"
        ),
        pytest.param(
            sequential(
                const([1]), reduced(branch(const(True), const("x"), call("sum")), initial=0)
            ),
            "type-mismatch",
            "/root/stages/1/body/if_false",
            id="an accumulator that is not taken back",
        ),
        pytest.param(
            sequential(REMOTE, project(m="m")),
            "missing-field",
            "/root/stages/1/fields/m",
            id="no field",
        ),
        pytest.param(
            sequential(call("table"), project(m="m")),
            "optional-field",
            "/root/stages/1/fields/m",
            id="a key that may be absent",
        ),
        pytest.param(
            sequential(call("length"), project(m="m")),
            "no-object",
            "/root/stages/1/fields/m",
            id="a field of a number",
        ),
        pytest.param(
            branch(call("big"), call("length"), const(1)),
            "type-mismatch",
            "/root",
            id="arms that no input serves",
        ),
        pytest.param(
            sequential(project(id="x", note="x"), call("find")),
            "type-mismatch",
            "/root/stages/0",
            id="one field for two types",
        ),
        pytest.param(
            sequential(REMOTE, call("name")), "type-mismatch", "/root/stages/1", id="remote"
        ),
    ],
)
def test_what_does_not_fit_is_refused_where_it_is_taken(
    root: Document, code: str, pointer: str
) -> None:
    with pytest.raises(GraphInvalidError) as caught:
        checked(root, TYPES)

    (problem,) = caught.value.problems
    assert (problem.code, problem.place.split(" ", 1)[1]) == (code, pointer)


@pytest.mark.parametrize(
    ("root", "value", "fits"),
    [
        pytest.param(mapped(call("length")), ["a", "b"], True, id="list"),
        pytest.param(mapped(call("length")), {"x": "a"}, True, id="object"),
        pytest.param(mapped(call("length")), ["a", 1], False, id="a wrong item"),
        pytest.param(mapped(call("length")), "a", False, id="no items"),
        pytest.param(mapped(call("length"), over="x"), {"x": []}, True, id="over"),
        pytest.param(
            mapped(call("length"), over="x"), {"y": []}, False, id="over what is not there"
        ),
        pytest.param(project(a={"from": "a", "default": 1}), {}, True, id="default"),
        pytest.param(project(a="a"), {}, False, id="a field that is not there"),
        pytest.param(reduced(call("sum"), initial=0), [1, 2], True, id="sum"),
        pytest.param(reduced(call("sum"), initial=0), [1, "2"], False, id="a sum of texts"),
        pytest.param(reduced(call("add"), mode="tree"), [], False, id="a tree of nothing"),
        pytest.param(reduced(call("add"), mode="tree", initial=0), [], True, id="that begins"),
        pytest.param(merge(const(1), call("length")), {"source_0": "x"}, True, id="a source"),
        pytest.param(merge(const(1), call("length")), "x", True, id="a source of all"),
    ],
)
def test_an_input_is_checked_by_its_value(root: Document, value: Any, fits: bool) -> None:
    graph = checked(root, TYPES)

    if fits:
        assert check_input(graph, value) == value
    else:
        with pytest.raises(InputMismatchError):
            check_input(graph, value)


def test_the_arms_of_a_branch_are_guarded_by_its_predicate() -> None:
    inner = branch(call("inner"), call("a"), const(1))
    flow = build_dataflow(checked(branch(call("outer"), inner, call("b"))))

    outer, found, a, b = flow.calls
    is_outer, is_inner = Guard({"call": 0}, wanted=True), Guard({"call": 1}, wanted=True)
    assert (outer.guards, found.guards) == ((), (is_outer,))
    assert a.guards == (is_outer, is_inner)
    assert b.guards == (Guard({"call": 0}, wanted=False),)
    assert flow.output == {
        "branch": [{"call": 0}, {"branch": [{"call": 1}, {"call": 2}, {"const": 1}]}, {"call": 3}]
    }


def test_the_retries_around_a_call_are_told_from_the_inside_out() -> None:
    root = retry(sequential(call("a"), retry(call("b"), 2)), 3, delay_ms=100, backoff=1.5)

    a, b = build_dataflow(checked(root)).calls

    assert a.retries == (Retry(3, 100, 1.5),)
    assert b.retries == (Retry(2), Retry(3, 100, 1.5))


def test_what_is_done_once_an_item_is_a_flow_of_its_own() -> None:
    root = sequential(call("a"), retry(mapped(sequential(call("b"), mapped(call("c"))), over="x")))
    flow = build_dataflow(checked(root))

    assert [one.pointer for one in flow.calls] == ["/root/stages/0"]
    (each,) = flow.eaches
    assert (each.kind, each.over) == ("map", {"pick": [["x"], {"call": 0}]})
    assert flow.output == {"each": 0}
    (b,) = each.body.calls
    assert (b.index, b.input, b.retries) == (0, {"input": None}, (Retry(2),))
    (inner,) = each.body.eaches
    assert (inner.over, inner.body.output, each.body.output) == (
        {"call": 0},
        {"call": 0},
        {"each": 0},
    )


@pytest.mark.parametrize(
    ("mode", "kind", "initial"),
    [
        pytest.param({"initial": [None]}, "reduce", {"const": [None]}, id="left"),
        pytest.param({"initial": None, "mode": "tree"}, "tree", {"const": None}, id="null is one"),
        pytest.param({"mode": "tree"}, "tree", None, id="none"),
    ],
)
def test_a_reduction_says_what_it_begins_with(
    mode: dict[str, Any], kind: str, initial: dict[str, Any] | None
) -> None:
    (each,) = build_dataflow(checked(reduced(call("loose"), **mode))).eaches

    assert (each.kind, each.initial) == (kind, initial)


def test_only_a_node_in_a_map_is_told_that_it_has_many_outputs() -> None:
    graph = checked(mapped(call("loose")))

    with pytest.raises(Exception, match="is run once an item") as caught:
        build_dataflow(graph, only="/root/body")

    assert getattr(caught.value, "hint", "") == "name /root, which has that of all"


def test_what_another_server_would_run_is_told() -> None:
    flow = build_dataflow(checked(sequential(REMOTE, call("loose"))))

    assert flow.remotes == ("/root/stages/0",)
    assert {str(effect) for effect in checked(REMOTE).effects} == {'Network("a.org")', "Fallible"}
