"""A call of a run is named by its node, or by its stage where that is enough."""

import pytest

from noether_nix.errors import UnknownNodeError
from noether_nix.ledger.model import Call
from noether_nix.run.reading import find_call


def a_call(number: int, pointer: str, name: str) -> Call:
    return Call(
        number=number,
        pointer=pointer,
        stage_id="0" * 64,
        stage_name=name,
        key=None,
        outcome="succeeded",
        cached=False,
        seconds=0.1,
    )


CALLS = [a_call(0, "/root/a", "read"), a_call(1, "/root/b", "count"), a_call(2, "/root/c", "count")]


@pytest.mark.parametrize(
    ("node", "number"),
    [pytest.param("/root/c", 2, id="by node"), pytest.param("read", 0, id="by its only stage")],
)
def test_a_call_is_found_by_a_name_that_means_one(node: str, number: int) -> None:
    assert find_call(CALLS, "r", node).number == number


def test_a_call_of_an_item_is_found_by_what_a_run_calls_it() -> None:
    items = [a_call(at, f"/root/stages/1#{at}/body", "count") for at in range(3)]

    assert find_call([*CALLS, *items], "r", "count #2").pointer == "/root/stages/1#2/body"


@pytest.mark.parametrize(
    ("node", "hint"),
    [
        pytest.param("count", "name one: /root/b, /root/c", id="two calls of a stage"),
        pytest.param("/root", "its calls are /root/a (read)", id="no call"),
        pytest.param("", "its calls are", id="nothing"),
    ],
)
def test_a_name_that_means_none_or_several_is_refused(node: str, hint: str) -> None:
    with pytest.raises(UnknownNodeError) as caught:
        find_call(CALLS, "r", node)

    assert hint in caught.value.hint
