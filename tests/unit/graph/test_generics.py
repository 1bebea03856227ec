"""Stages with type variables: each use is for itself, and the width of records is kept."""

import pytest

from noether_nix.errors import GraphInvalidError
from noether_nix.types.text import parse_type, render_type
from tests.unit.graph.graphs import (
    Document,
    branch,
    call,
    checked,
    const,
    let,
    mapped,
    parallel,
    project,
    reduced,
    sequential,
)


def remote(given: str, made: str) -> Document:
    return {"op": "RemoteStage", "url": "https://example.org/s", "input": given, "output": made}


TYPES = {
    "both": "{ left: <T>, right: <T> } -> List<<T>>",
    "first": "{ items: List<<T>>, otherwise: <T> } -> <T>",
    "head": "List<<T>> -> <T>",
    "last": "{ accumulator: <A>, item: <T> } -> <T>",
    "lists": "Text -> List<List<Number>>",
    "mark": "{ a: Number, ...<R> } -> { z: Text, ...<R> }",
    "rows": "Text -> { a: Number, b: Text }",
    "same": "<T> -> <T>",
    "texts": "Text -> List<Text>",
    "twice": "Number -> Number",
    "use_b": "{ b: Text } -> Text",
}


@pytest.mark.parametrize(
    ("root", "taken", "given"),
    [
        pytest.param(
            sequential(call("lists"), call("head"), call("head"), call("twice")),
            "Text",
            "Number",
            id="head of head",
        ),
        pytest.param(
            sequential(call("head"), call("head"), call("twice")),
            "List<List<Number>>",
            "Number",
            id="what is wanted in the end is found in the input",
        ),
        pytest.param(call("head"), "List<<T>>", "<T>", id="nothing is known"),
        pytest.param(
            sequential(call("lists"), remote("List<<T>>", "<T>"), remote("List<<T>>", "<T>")),
            "Text",
            "Number",
            id="on another server",
        ),
        pytest.param(
            sequential(remote("List<<T>>", "<T>"), call("twice")),
            "List<Number>",
            "Number",
            id="what is wanted of another server",
        ),
        pytest.param(
            sequential(call("rows"), call("same"), call("use_b")),
            "Text",
            "Text",
            id="width is kept",
        ),
        pytest.param(
            sequential(call("rows"), call("mark"), call("use_b")), "Text", "Text", id="the rest"
        ),
        pytest.param(
            sequential(call("mark"), call("use_b")),
            "{ a: Number, b: Text, ...<R> }",
            "Text",
            id="what is wanted of the rest",
        ),
        pytest.param(
            sequential(call("texts"), call("first", otherwise="x")), "Text", "Text", id="config"
        ),
        pytest.param(
            sequential(call("first", otherwise=0), call("twice")),
            "{ items: List<Number> }",
            "Number",
            id="what is wanted beside a config",
        ),
        pytest.param(
            parallel(x=sequential(const(1), call("same")), y=sequential(const("a"), call("same"))),
            "Any",
            "{ x: Number, y: Text }",
            id="two uses side by side",
        ),
        pytest.param(
            sequential(call("lists"), mapped(call("head"))), "Text", "List<Number>", id="in a Map"
        ),
        pytest.param(
            sequential(call("texts"), reduced(call("last"), initial=1)),
            "Text",
            "Number | Text",
            id="in a Reduce",
        ),
        pytest.param(
            let(call("same"), x=call("rows")),
            "Text",
            "{ x: { a: Number, b: Text } }",
            id="in the body of a Let",
        ),
        pytest.param(
            sequential(branch(const(True), const(1), const("a")), call("same")),
            "Any",
            "Number | Text",
            id="either",
        ),
        pytest.param(
            sequential(project(left="a", right="b"), call("both"), call("head"), call("twice")),
            "{ a: Number, b: Number }",
            "Number",
            id="one variable from two fields",
        ),
    ],
)
def test_a_variable_stands_for_what_flows_in(root: Document, taken: str, given: str) -> None:
    graph = checked(root, TYPES)

    assert (render_type(graph.input), render_type(graph.output)) == (
        render_type(parse_type(taken)),
        render_type(parse_type(given)),
    )


@pytest.mark.parametrize(
    ("root", "pointer", "words"),
    [
        pytest.param(
            sequential(call("texts"), call("head"), call("twice")),
            "/root/stages/2",
            "head at /root/stages/1 gives Text, but twice at /root/stages/2 takes Number",
            id="the item is a text",
        ),
        pytest.param(
            sequential(call("texts"), call("head"), call("head")),
            "/root/stages/2",
            "head at /root/stages/1 gives Text, but head at /root/stages/2 takes List<",
            id="the item is no list",
        ),
        pytest.param(
            sequential(call("rows"), call("mark"), project(a="a")),
            "/root/stages/2/fields/a",
            "picks the field",
            id="what is taken is not in the rest",
        ),
    ],
)
def test_what_a_variable_stands_for_is_held_against_what_follows(
    root: Document, pointer: str, words: str
) -> None:
    with pytest.raises(GraphInvalidError) as caught:
        checked(root, TYPES)

    (problem,) = caught.value.problems
    assert problem.place.split(" ", 1)[1] == pointer
    assert words in problem.message
