"""The one encoding of values: what is kept exactly, and what is refused."""

import collections
import enum
import json
import math
import sys
import tracemalloc
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.inside.contract import MAX_DEPTH, InvalidValueError, Json, decode, encode

texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars: st.SearchStrategy[Json] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values: st.SearchStrategy[Json] = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)


class Pair(NamedTuple):
    left: int
    right: int


class Colour(enum.StrEnum):
    RED = "red"


class Flags(enum.IntFlag):
    LEFT = 1
    RIGHT = 2


class Loud(str):
    __slots__ = ()

    def __str__(self) -> str:
        return self.upper()


def spelt(value: object) -> str:
    """A text that differs for values that differ in any way, the order of keys included."""
    return repr(value)


def nested(depth: int, *, kinds: str) -> Json:
    value: Json = None
    for level in range(depth):
        value = [value] if kinds[level % len(kinds)] == "[" else {"a": value}
    return value


@given(values)
def test_every_value_comes_back_as_it_was(value: Json) -> None:
    assert spelt(decode(encode(value))) == spelt(value)


@given(values)
def test_the_encoding_of_what_was_read_is_what_was_read(value: Json) -> None:
    data = encode(value)

    assert encode(decode(data)) == data


@given(values)
def test_a_value_is_one_line_of_compact_json(value: Json) -> None:
    text = encode(value).decode()

    assert text == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert "\n" not in text


@given(st.binary() | st.text().map(lambda text: text.encode(errors="surrogatepass")))
def test_bytes_are_a_value_or_refused_with_our_own_error(data: bytes) -> None:
    try:
        value = decode(data)
    except InvalidValueError:
        return
    assert spelt(decode(encode(value))) == spelt(value)


@given(st.text(alphabet='[]{}",:0129eE.+-\\ud8nulltrefas '))
def test_a_text_like_json_is_a_value_or_refused_with_our_own_error(text: str) -> None:
    try:
        value = decode(text.encode())
    except InvalidValueError:
        return
    assert spelt(decode(encode(value))) == spelt(value)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        pytest.param({"b": 1, "a": 2}, b'{"b":1,"a":2}', id="order of keys is kept"),
        pytest.param(1, b"1", id="a whole number"),
        pytest.param(1.0, b"1.0", id="the same number as a float"),
        pytest.param(-0.0, b"-0.0", id="negative zero"),
        pytest.param(1e16, b"1e+16", id="a large float"),
        pytest.param(0.1 + 0.2, b"0.30000000000000004", id="a float in its shortest form"),
        pytest.param(sys.float_info.max, b"1.7976931348623157e+308", id="the largest float"),
        pytest.param(2**64, b"18446744073709551616", id="an integer that no machine word holds"),
        pytest.param("é\u2028\U0001f600", '"é\u2028\U0001f600"'.encode(), id="text as UTF-8"),
        pytest.param('"\\\n\0\x7f', b'"\\"\\\\\\n\\u0000\x7f"', id="control characters"),
        pytest.param([], b"[]", id="an empty list"),
        pytest.param({"": {}}, b'{"":{}}', id="an empty key"),
    ],
)
def test_a_value_has_exactly_these_bytes(value: Json, data: bytes) -> None:
    assert encode(value) == data
    assert spelt(decode(data)) == spelt(value)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        pytest.param((1, (2, [3])), b"[1,[2,[3]]]", id="tuples"),
        pytest.param(Pair(1, 2), b"[1,2]", id="a named tuple"),
        pytest.param({"a": (1,), "b": Colour.RED}, b'{"a":[1],"b":"red"}', id="an enumeration"),
        pytest.param(collections.OrderedDict(b=1, a=2), b'{"b":1,"a":2}', id="an ordered dict"),
        pytest.param((Loud("quiet"), {Loud("key"): 1}), b'["quiet",{"key":1}]', id="a text's own"),
        pytest.param((Flags.LEFT | Flags.RIGHT,), b"[3]", id="an integer's own form"),
        pytest.param((True, None), b"[true,null]", id="constants in a tuple"),
    ],
)
def test_what_code_may_return_besides_json_has_its_json_form(value: object, data: bytes) -> None:
    assert encode(value) == data


@pytest.mark.parametrize(
    ("value", "pointer", "words"),
    [
        pytest.param({"a": {1: 2}}, "/a", "int 1", id="an integer as key"),
        pytest.param({"a": {None: 2}}, "/a", "NoneType None", id="None as key"),
        pytest.param({"a": {True: 2}}, "/a", "bool True", id="a boolean as key"),
        pytest.param({1: 1, "1": 1}, "", "int 1", id="a key twice once it is text"),
        pytest.param({(1, 2): 1}, "", "tuple (1, 2)", id="a tuple as key"),
        pytest.param([0, math.nan], "/1", "nan", id="NaN"),
        pytest.param({"a/b": [math.inf]}, "/a~1b/0", "inf", id="an infinity below an odd key"),
        pytest.param({"a~b": -math.inf}, "/a~0b", "-inf", id="the other infinity"),
        pytest.param(["ok", "\ud800"], "/1", "surrogate", id="a lone surrogate"),
        pytest.param([{"\udfff": 1}], "/0", "surrogate", id="a lone surrogate in a key"),
        pytest.param([10**4300], "/0", "4300 digits", id="an integer of 4301 digits"),
        pytest.param({"a": {1, 2}}, "/a", "a set", id="a set"),
        pytest.param([b"x"], "/0", "a bytes", id="bytes"),
        pytest.param([1j], "/0", "a complex", id="a complex number"),
        pytest.param([object()], "/0", "a object", id="an object"),
    ],
)
def test_what_is_no_value_is_refused_with_its_place(
    value: object, pointer: str, words: str
) -> None:
    with pytest.raises(InvalidValueError) as caught:
        encode(value)

    assert caught.value.pointer == pointer
    assert words in caught.value.reason


def test_a_circle_is_refused() -> None:
    circle: list[object] = []
    circle.append(circle)

    with pytest.raises(InvalidValueError, match="in a circle"):
        encode(circle)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "no JSON", id="nothing"),
        pytest.param(b"{'a': 1}", "line 1, column 2", id="Python"),
        pytest.param(b"[1,\n2,]", "line 2", id="a comma too many"),
        pytest.param(b"1 2", "Extra data", id="two values"),
        pytest.param(b'\xef\xbb\xbf"a"', "BOM", id="a byte order mark"),
        pytest.param(b'"\xff"', "byte 1 is not UTF-8", id="Latin 1"),
        pytest.param(b'"\xed\xa0\x80"', "not UTF-8", id="a surrogate as bytes"),
        pytest.param(b'"\\ud800"', "lone surrogate", id="an escaped lone surrogate"),
        pytest.param(b'{"\\uDFFF":1}', "lone surrogate", id="a lone surrogate in a key"),
        pytest.param(b'"\\ude00\\ud83d"', "lone surrogate", id="a pair the wrong way round"),
        pytest.param(b'{"a":1,"b":2,"a":1}', '"a" stands twice', id="a key twice"),
        pytest.param(b'[{"\\u0061":1,"a":1}]', '"a" stands twice', id="a key twice, escaped"),
        pytest.param(b"NaN", "NaN", id="NaN"),
        pytest.param(b"[-Infinity]", "-Infinity", id="an infinity"),
        pytest.param(b"1e400", "larger than any float", id="1e400"),
        pytest.param(b"-1E+0999", "larger than any float", id="a padded exponent"),
        pytest.param(b"1" + b"0" * 220 + b"e99", "larger", id="many digits, small exponent"),
        pytest.param(b"1" + b"0" * 310 + b".5", "larger", id="many digits, no exponent"),
        pytest.param(b"1" * 4301, "4300", id="an integer of 4301 digits"),
        pytest.param(b'"a\nb"', "control character", id="a line break in a text"),
        pytest.param(b"\x00", "no JSON", id="a zero byte"),
    ],
)
def test_bytes_that_are_no_value_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        decode(data)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        pytest.param(b" [ 1 ,\t2\r\n] \n", [1, 2], id="white space"),
        pytest.param(b'"\\ud83d\\ude00"', "\U0001f600", id="an escaped pair of surrogates"),
        pytest.param(b'"\\\\ud800"', "\\ud800", id="an escaped backslash before ud800"),
        pytest.param(b"1e-400", 0.0, id="a float too small"),
        pytest.param(b"1e308", 1e308, id="a float that just fits"),
        pytest.param(b'"1e400"', "1e400", id="1e400 in a text"),
        pytest.param(b"1" * 4300, int("1" * 4300), id="an integer of 4300 digits"),
        pytest.param(b'[{"a":1},{"a":1}]', [{"a": 1}, {"a": 1}], id="a key in two objects"),
    ],
)
def test_bytes_that_look_wrong_and_are_not_are_read(data: bytes, value: Json) -> None:
    assert spelt(decode(data)) == spelt(value)


@pytest.mark.parametrize("kinds", ["[", "{", "[{", "{{[", "{[["])
def test_nesting_is_bounded_at_the_same_depth_for_lists_and_objects(kinds: str) -> None:
    deepest, deeper = nested(MAX_DEPTH, kinds=kinds), nested(MAX_DEPTH + 1, kinds=kinds)

    assert decode(encode(deepest)) == deepest
    for act in (lambda: encode(deeper), lambda: decode(json.dumps(deeper).encode())):
        with pytest.raises(InvalidValueError, match="nested deeper than 256"):
            act()


def test_the_slow_way_has_the_same_bound() -> None:
    encode((nested(MAX_DEPTH - 1, kinds="["),))

    with pytest.raises(InvalidValueError, match="nested deeper than 256"):
        encode((nested(MAX_DEPTH, kinds="["),))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"[" * 100_000, id="open lists"),
        pytest.param(b'{"a":' * 100_000, id="open objects"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="lists"),
        pytest.param(b'\\"' + b"[" * 100_000, id="after a stray escape"),
    ],
)
def test_no_depth_runs_out_of_stack(data: bytes) -> None:
    with pytest.raises(InvalidValueError):
        decode(data)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 300, id="brackets"),
        pytest.param('"[' * 300, id="quotes and brackets"),
        pytest.param("\\[" * 300, id="backslashes and brackets"),
        pytest.param('\\"{' * 300 + "\\", id="all of them"),
    ],
)
def test_brackets_in_texts_are_no_nesting(text: str) -> None:
    value: Json = [text, {text: text}]

    assert decode(encode(value)) == value


def test_many_brackets_side_by_side_are_no_nesting() -> None:
    value: Json = [[], {}, [[]], {"a": []}] * 1000

    assert decode(encode(value)) == value


@pytest.mark.parametrize("piece", ["x", "\\", '"', "\\n"])
def test_a_long_text_beside_many_lists_needs_little_memory_to_check(piece: str) -> None:
    data = json.dumps([piece * 1_000_000, *([],) * 300]).encode()

    tracemalloc.start()
    try:
        decode(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 10 * len(data)
