"""What the id of a graph depends on, and what not."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.graph.check import check_graph
from noether_nix.graph.identity import graph_id
from noether_nix.graph.parse import parse_graph
from tests.unit.graph.graphs import (
    ROOTS,
    Document,
    call,
    checked,
    const,
    let,
    parallel,
    parsed,
    sequential,
    shuffled,
    stage,
    written,
)


def id_of(root: Document) -> str:
    return graph_id(checked(root))


def test_the_id_is_the_ancestors_over_full_stage_ids() -> None:
    shout = stage("shout").id
    document = {"op": "Stage", "id": shout, "config": {"times": 3}}
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()

    assert id_of(call("shout", times=3)) == hashlib.sha256(canonical).hexdigest()


def test_the_way_in_which_a_stage_is_named_changes_no_id() -> None:
    shout = stage("shout")
    texts = ["shout", "./shout.py", "REGISTER:shout", shout.id, shout.id[:8]]

    ids = {graph_id(check_graph(parsed(call(text)), {"/root": shout})) for text in texts}

    assert len(ids) == 1


def test_description_version_labels_and_comments_change_no_id() -> None:
    plain = written(call("shout"))
    told = written(
        {**call("shout"), "label": "loud", "ui": {"x": 1}, "_note": 1},
        description="other",
        version="9",
    )
    stages = {"/root": stage("shout")}

    ids = {graph_id(check_graph(parse_graph(data, source="g"), stages)) for data in (plain, told)}

    assert len(ids) == 1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(
            sequential(sequential(call("a"), call("b")), call("c")),
            sequential(call("a"), sequential(call("b"), call("c"))),
            id="grouping",
        ),
        pytest.param(sequential(sequential(call("a"))), call("a"), id="a chain of one"),
        pytest.param(
            parallel(x=call("a"), y=call("b")), parallel(y=call("b"), x=call("a")), id="key order"
        ),
        pytest.param(call("a"), {**call("a"), "config": {}}, id="empty config"),
    ],
)
def test_equal_compositions_have_equal_ids(left: Document, right: Document) -> None:
    assert id_of(left) == id_of(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(call("a"), call("b"), id="another stage"),
        pytest.param(call("a", n=1), call("a", n=2), id="another config"),
        pytest.param(const(1), const(1.0), id="a whole number and a float"),
        pytest.param(const(2**64), const(2**64 + 1), id="large integers"),
        pytest.param(const(1), const("1"), id="a number and its text"),
        pytest.param(
            sequential(call("a"), call("b")),
            sequential(call("b"), call("a")),
            id="order of a chain",
        ),
        pytest.param(
            let(call("a"), x=call("b")), let(call("a"), y=call("b")), id="name of a field"
        ),
    ],
)
def test_different_compositions_have_different_ids(left: Document, right: Document) -> None:
    assert id_of(left) != id_of(right)


def test_the_deepest_graph_has_an_id() -> None:
    value: Any = 1
    for _ in range(127):
        value = {"a": value}
    root = const(value)
    for level in range(63):
        root = let(root, a=const(value)) if level % 2 else parallel(a=root)

    assert len(id_of(root)) == 64


@given(ROOTS, st.data())
def test_the_order_of_keys_changes_no_id(root: Document, data: st.DataObject) -> None:
    assert id_of(root) == id_of(shuffled(data.draw, root))
