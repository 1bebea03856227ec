"""Where Any leaves open whether types fit, and what is said there."""

import pytest

from tests.unit.graph.graphs import Document, call, checked, const, mapped, sequential

OPEN = "takes Record { a: Text, b: List<Number>, c: Text }: whether it fits shows only when it runs"
TYPES = {
    "head": "List<<T>> -> <T>",
    "lists": "Any -> List<Any>",
    "narrow": "{ a: Text, b: List<Number>, c: Text } -> Text",
    "same": "<T> -> <T>",
    "up": "Text -> Text",
    "wild": "Any -> { a: Any, b: List<Any>, c: Text }",
}


@pytest.mark.parametrize(
    ("root", "told"),
    [
        pytest.param(
            sequential(const([]), call("head"), call("up")), ["gives Any, and up"], id="Any"
        ),
        pytest.param(
            sequential(call("wild"), call("narrow")),
            [f"wild at /root/stages/0 gives Any at a, b[], and narrow at /root/stages/1 {OPEN}"],
            id="Any inside",
        ),
        pytest.param(sequential(call("lists"), call("same"), call("lists")), [], id="Any is taken"),
        pytest.param(sequential(const([]), mapped(call("up"))), [], id="a literal is known"),
        pytest.param(sequential(call("same"), call("up")), [], id="the input follows"),
    ],
)
def test_where_any_leaves_an_edge_unchecked_is_told(root: Document, told: list[str]) -> None:
    found = checked(root, TYPES).unchecked

    assert len(found) == len(told)
    for problem, words in zip(found, told, strict=True):
        assert problem.code == "unchecked"
        assert words in problem.message
