"""What strangers may write where a type is read: our own errors, and soon."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import NoetherError
from noether_nix.inside.contract import InvalidValueError, decode
from noether_nix.types.display import render_type_short
from noether_nix.types.document import type_from_document, type_to_document
from noether_nix.types.fits import fits
from noether_nix.types.infer import infer_types
from noether_nix.types.json_schema_reader import type_from_schema
from noether_nix.types.meet import meet
from noether_nix.types.model import Type
from noether_nix.types.text import parse_type, parse_type_prefix, render_type
from noether_nix.types.validate import validator
from tests.unit.types.strategies import json_values, types

READERS: dict[str, Callable[[Any], object]] = {
    "document": type_from_document,
    "schema": type_from_schema,
}


def soon(act: Callable[[], object]) -> object:
    """What it came to: our own error counts as nothing, more than a second as a failure."""
    began = time.process_time()
    try:
        found = act()
    except NoetherError:
        found = None
    assert time.process_time() - began < 1
    return found


TEXTS = {
    "deep lists": "List<" * 100_000,
    "deep brackets": "(" * 100_000 + "Text" + ")" * 100_000,
    "deep records": "{a:" * 100_000,
    "deep options": "Any & OneOf" + "[" * 100_000 + "]" * 100_000,
    "many refinements": "Text" + " & NonEmpty" * 20_000,
    "many variants": "|".join(f"{{a{n}: Text}}" for n in range(2_000)),
    "many fields": "{" + ",".join(f"f{n}: Text" for n in range(20_000)) + "}",
    "a field many times": "{" + "a: Text," * 20_000,
    "a huge integer": "Number & Range(" + "9" * 100_000 + "..)",
    "a huge exponent": "Number & Range(1e999999999..)",
    "a huge count": 'Text & Pattern("a{99999999}")',
    "a huge length": "Text & MinLength(" + "9" * 5_000 + ")",
    "counts of counts": 'Text & Pattern("((((a{1000}){1000}){1000}){1000}){1000}")',
    "a pattern of many states": 'Text & Pattern("(a|b)*a(a|b){500}")',
    "a long pattern": 'Text & Pattern("' + "[a-z]?" * 20_000 + '")',
    "lone surrogates": '{ "\ud800": Text } | \udfff',
    "an escaped surrogate": '{ "\\ud800": Text }',
    "spaces": " " * 1_000_000,
    "quotes": '"' * 200_000,
    "backslashes": '{"' + "\\" * 200_000,
    "a long word": "a" * 1_000_000,
    "angles": "<" * 200_000,
    "many options": "Any & OneOf[" + ",".join(map(str, range(20_000))) + "]",
    "nothing printable": "\x00\x1b[2J\u202e",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_hostile_text_is_a_type_or_refused_soon(text: str) -> None:
    found = soon(lambda: parse_type(text))

    if isinstance(found, Type.__args__):
        soon(lambda: parse_type(render_type(found)))
    soon(lambda: parse_type_prefix(text, min(3, len(text))))


def nested(levels: int, inner: Any, wrap: Callable[[Any], Any]) -> Any:
    for _ in range(levels):
        inner = wrap(inner)
    return inner


# Not through bytes, where depth is bounded before: these readers hold by themselves.
DOCUMENTS: dict[str, Any] = {
    "deep lists": nested(5_000, "Text", lambda inner: {"List": inner}),
    "deep unions": nested(5_000, "Text", lambda inner: {"kind": "Union", "value": [inner]}),
    "deep schemas": nested(5_000, {}, lambda inner: {"type": "array", "items": inner}),
    "deep choices": nested(5_000, {}, lambda inner: {"anyOf": [inner, {"type": "null"}]}),
    "deep options": {"Refined": ["Any", {"OneOf": [nested(5_000, 1, lambda inner: [inner])]}]},
    "many refinements": {"Refined": ["Text", *["NonEmpty"] * 20_000]},
    "a huge integer": {"Refined": ["Number", {"Range": [10**4_000, None]}]},
    "huge digits": {"Refined": ["Number", {"Range": [10**400, None]}]},
    "infinity": {"Refined": ["Number", {"Range": [float("inf"), float("nan")]}]},
    "a huge length": {"minLength": 10**4_000, "maxLength": -(10**400)},
    "a surrogate as a field": {"kind": "Record", "value": {"\ud800": "Text"}},
    "a surrogate as a pattern": {"pattern": "\ud800"},
    "no JSON": {"kind": "Record", "value": {1: "Text"}, "optional": [None]},
    "bytes": {"kind": b"Text"},
    "references to references": {
        "$ref": "#/$defs/0",
        "$defs": {str(n): {"anyOf": [{"$ref": f"#/$defs/{n + 1}"}] * 9} for n in range(60)},
    },
    "many properties": {"properties": {str(n): True for n in range(9_000)}},
    "many required": {"required": [str(n) for n in range(9_000)] * 5},
    "many patterns": {"anyOf": [{"pattern": f"(a|b)*a(a|b){{{n % 60}}}x"} for n in range(200)]},
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_hostile_document_is_a_type_or_refused_soon(
    document: Any, read: Callable[[Any], object]
) -> None:
    soon(lambda: read(document))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"kind": "Text", "kind": "Any"}', id="a key twice"),
        pytest.param(b'{"kind": "\\ud800"}', id="a lone surrogate"),
        pytest.param(b'{"List":' * 100_000, id="deep"),
        pytest.param(b'{"Refined": ["Number", {"Range": [1e400, null]}]}', id="beyond floats"),
        pytest.param(b'{"kind": "Text"}\xff', id="no UTF-8"),
        pytest.param(b"9" * 100_000, id="digits"),
    ],
)
def test_hostile_bytes_are_refused_before_they_are_a_document(data: bytes) -> None:
    began = time.process_time()

    with pytest.raises(InvalidValueError):
        decode(data)

    assert time.process_time() - began < 1


@given(st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_types_or_refused(data: bytes) -> None:
    # Bytes that are no UTF-8 come as lone surrogates, which a text can have.
    text = data.decode("utf-8", "surrogateescape")
    soon(lambda: parse_type(text))
    try:
        value = decode(data)
    except InvalidValueError:
        return
    for read in READERS.values():
        soon(lambda read=read: read(value))  # type: ignore[misc]


@given(st.text(st.characters(), max_size=30))
def test_any_text_is_a_type_or_refused(text: str) -> None:
    for written in (text, f"{{ {text}: Text }}", f"Text & {text}", f'Text & Pattern("{text}")'):
        soon(lambda written=written: parse_type(written))  # type: ignore[misc]


@given(types, types)
def test_nothing_takes_long_with_types_that_were_read(first: Type, second: Type) -> None:
    soon(lambda: (fits(first, second), meet(first, second), render_type_short(first)))


def test_types_of_many_variants_are_compared_soon() -> None:
    one = parse_type("|".join(f"{{ a{n}: Text }}" for n in range(150)))
    other = parse_type("|".join(f"{{ a{n}: Text, b: Number }}" for n in range(150)))

    soon(lambda: (fits(one, other), fits(other, one), type_to_document(one)))


def test_a_value_of_many_shapes_is_looked_at_soon() -> None:
    values: list[Any] = [{f"k{n}": [n, str(n), None]} for n in range(1_500)]
    found = soon(lambda: infer_types([values]))

    assert isinstance(found, Type.__args__)
    assert soon(lambda: validator(found)(values)) is None
