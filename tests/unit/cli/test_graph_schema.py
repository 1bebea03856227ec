"""The schema of graph files says of them what their reader does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from noether_nix.cli.documents.graph_file import NodeForm, NodePart
from noether_nix.cli.documents.schemas import SCHEMAS
from noether_nix.errors import GraphSyntaxError
from noether_nix.graph.operators import ADDITIONS, KEYS
from noether_nix.graph.parse import parse_graph
from tests.unit.graph.graphs import ANY_ROOTS, Document, call, const, parallel, written

# What the schema leaves to the reader.
BEYOND = {"invalid-reference", "invalid-path", "limits-invalid", "too-deep", "duplicate-key"}


def codes_of(data: bytes) -> set[str]:
    """What the reader has against a graph file."""
    try:
        parse_graph(data, source="graph.json")
    except GraphSyntaxError as error:
        return {problem.code for problem in error.problems}
    return set()


def fits_schema(data: bytes) -> bool:
    try:
        SCHEMAS["graph"].read(data)
    except ValidationError:
        return False
    return True


def test_the_schema_has_the_operators_and_keys_of_the_reader() -> None:
    keys: dict[str, tuple[set[str], set[str]]] = {}
    for form in NodeForm.__args__:
        named = {field.alias or name: field for name, field in form.model_fields.items()}
        (operator,) = named.pop("op").annotation.__args__
        required, every = keys.setdefault(operator, (set(named), set()))
        every.update(named)
        required.intersection_update(n for n, field in named.items() if field.is_required())

    assert keys == {
        operator: (set(required), {*required, *optional, *ADDITIONS})
        for operator, (required, optional) in KEYS.items()
    }
    assert NodePart.model_fields.keys() == set(ADDITIONS)


@given(ANY_ROOTS)
def test_what_the_reader_takes_fits_the_schema(root: Document) -> None:
    data = written(root)

    assert not codes_of(data)
    assert fits_schema(data)


@given(ANY_ROOTS, st.data())
def test_what_is_spoilt_fits_neither_or_both(root: Document, data: st.DataObject) -> None:
    spoilt = written(_spoilt(root, data))

    assert fits_schema(spoilt) == (not codes_of(spoilt) - BEYOND)


def _spoilt(node: Any, data: st.DataObject) -> Any:
    """The node with one member somewhere in it missing, renamed, or another value."""
    key = data.draw(st.sampled_from(sorted(node)), label="key")
    inner = node[key]
    if isinstance(inner, dict) and "op" in inner and data.draw(st.booleans(), label="within"):
        return {**node, key: _spoilt(inner, data)}
    rest = {name: value for name, value in node.items() if name != key}
    how = data.draw(st.sampled_from(["missing", "renamed", "comment", "other"]), label="how")
    match how:
        case "missing":
            return rest
        case "renamed":
            return {**rest, f"{key}s": inner}
        case "comment":
            return {**node, f"_{key}": inner}
        case _:
            pass
    others = st.sampled_from([True, 0, 1.5, -1, 5000, "x", "Stage", [], {}, [1], {"a": 1}])
    return {**node, key: data.draw(others, label="value")}


@pytest.mark.parametrize(
    ("root", "fits"),
    [
        pytest.param({**call("a"), "_note": 1, "label": "x", "ui": [1]}, True, id="additions"),
        pytest.param({**call("a"), "limits": {"wall": "3s", "memory": 1 << 30}}, True, id="limits"),
        pytest.param({**call("a"), "limits": 3}, False, id="no limits"),
        pytest.param({"op": "Import", "path": "./a.json"}, True, id="import"),
        pytest.param({"op": "Const", "file": "./a.json"}, True, id="const from a file"),
        pytest.param({"op": "RemoteStage", "url": "ftp://a", "input": "Text", "output": "Text"},
                     False, id="no address"),
        pytest.param(parallel(a=const(1), _comment=const(2)), True, id="a name is no comment"),
    ],
)  # fmt: skip
def test_both_agree_on_what_stands_beside(root: Document, fits: bool) -> None:
    data = written(root)

    assert (fits_schema(data), not codes_of(data)) == (fits, fits)
