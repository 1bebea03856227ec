"""What anybody may hand to a parser: texts, bytes and values that are anything but well meant."""

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

_DEEP, _NOT_SO_DEEP = 100_000, 20_000
_LONG = 1_000_000

# ------------------------------------------------------------------------------ the fixed ones

_OPENERS = {
    "brackets": b"[",
    "keys": b'{"a":',
    "braces": b"{",
    "parentheses": b"(",
    "lists": b"List<",
    "maps": b"Map<Text, ",
    "angles": b"<",
    "records": b"{ a: ",
    "numbers": b"-",
    "tables": b"a.",
    "pointers": b"/0",
    "schemas": b'{"items":',
    "nodes": b'{"op":"Retry","stage":',
    "derivations": b"Derive([",
}
_CLOSED = {
    "brackets": (b"[", b"]"),
    "keys": (b'{"a":', b"}"),
    "brackets in a list": (b"[[],", b"]"),
    "parentheses": (b"(", b")"),
    "lists": (b"List<", b">"),
}
_ODD = {
    "nothing": b"",
    "a huge integer": b"9" * 100_000,
    "a huge negative integer": b"-" + b"9" * 100_000,
    "an integer at the bound": b"9" * 4_300,
    "a number that no float holds": b"1e999",
    "the smallest of numbers": b"-1e-999",
    "a huge exponent": b"1e" + b"9" * 10_000,
    "no number": b"NaN",
    "endless": b"-Infinity",
    "keys that stand twice": b'{"a":1,"a":{"b":2,"b":3}}',
    "a lone surrogate": b'"\\ud800"',
    "a lone surrogate as a key": b'{"\\udfff":1}',
    "a lone surrogate in bytes": b'"\xed\xa0\x80"',
    "an overlong slash": b'"\xc0\xaf"',
    "no text at all": b"\xff\xfe\xfd" * 100,
    "a zero byte": b'{"a\x00":"\x00"}',
    "an escaped zero byte": b'{"a\\u0000":"\\u0000"}',
    "a mark of byte order": b'\xef\xbb\xbf{"a":1}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-32": '{"a":1}'.encode("utf-32"),
    "emoji": '{"👩‍👩‍👧":"🏳️‍🌈"}'.encode(),
    "from right to left": '"\u202eabc\u2066 שלום"'.encode(),
    "letters that change their length": '"İßŉ\u0345"'.encode(),
    "combining marks": ("a" + "\u0301" * 10_000).encode(),
    "digits of others": "٣१᠙".encode(),
    "ends of lines": "a\r\nb\rc\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029".encode(),
    "a terminal's orders": b"\x1b]0;owned\x07\x1b[2J\x9b",
    "patterns in each other": b'Text & Pattern("' + b"(a*" * 30 + b")" * 30 + b'")',
    "a pattern that doubles": b'Text & Pattern("(a|aa|aaa)*(a|b)*c(a|b){0,100}")',
    "a pattern counted in a count": b'Text & Pattern("((a{100}){100}){100}")',
    "a range of exponents": b"Number & Range(-1e308..=1e308)",
    "a range beyond": b"Number & Range(1e999999999..=1e9999999999)",
    "a range of digits": b"Number & Range(0..=1" + b"0" * 50_000 + b")",
    "a schema that doubles": b'{"pattern":"^(([a-z])+.)+[A-Z]([a-z])+$"}',
    "many amounts": b"1" * 1_000 + b"." + b"1" * 1_000 + b"h",
    "many refinements": b"Text" + b" & NonEmpty" * 20_000,
    "a union of many": b" | ".join(b"{ a%d: Text }" % at for at in range(2_000)),
    "a record of many": b"{ " + b", ".join(b"a%d: Text" % at for at in range(5_000)) + b" }",
    "many effects": b"[" + b", ".join([b'Network("a")'] * 10_000) + b"]",
    "many keys": b"{" + b",".join(b'"%d":%d' % (at, at) for at in range(10_000)) + b"}",
    "many lines": b"a = 1\n" * 10_000,
    "many tables": b"[a]\n" * 10_000,
    "many backslashes": b'"' + b"\\" * 200_000,
    "many quotes": b'"' * 200_000,
    "many sections": b'"""d\n\n' + b"Input: Text\n" * 20_000 + b'"""',
    "many colons": b":" * 200_000,
    "error lines": b"error: \n" * 100_000,
}

NASTY: dict[str, bytes] = {
    **{
        f"{name}, opened for ever": opener * (_DEEP if len(opener) < 6 else _NOT_SO_DEEP)
        for name, opener in _OPENERS.items()
    },
    **{
        f"{name}, closed": one * _NOT_SO_DEEP + other * _NOT_SO_DEEP
        for name, (one, other) in _CLOSED.items()
    },
    **{f"a megabyte of {char!r}": char.encode() * _LONG for char in 'a \n"\\\x00'},
    **_ODD,
}
"""Bytes; for what reads text, the text of them."""


def _nested(wrap: Callable[[Any], Any], levels: int = 250) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = wrap(value)
    return value


NASTY_VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "minus nothing": -0.0,
    "a large integer": 10**4_299,
    "a large negative integer": -(10**4_299),
    "the largest float": 1.7976931348623157e308,
    "the smallest float": 5e-324,
    "what floats round": 2**53 + 1,
    "no text": "",
    "a zero byte": "\0",
    "emoji": "👩‍👩‍👧",
    "from right to left": "\u202e" * 100,
    "a long text": "a" * _LONG,
    "a slash and a tilde": "/~1~0~",
    "no items": [],
    "no keys": {},
    "an empty key": {"": {"": ""}},
    "deep lists": _nested(lambda inner: [inner]),
    "deep objects": _nested(lambda inner: {"a": inner}),
    "deep types": _nested(lambda inner: {"kind": "List", "value": inner}),
    "deep records": _nested(lambda inner: {"kind": "Record", "value": {"a": inner}}, 120),
    "deep unions": _nested(lambda inner: {"kind": "Union", "value": [inner, inner]}, 16),
    "deep schemas": _nested(lambda inner: {"items": inner, "not": inner}, 14),
    "schemas in each other": _nested(lambda inner: {"properties": {"a": inner}}, 120),
    "a schema of itself": {"$ref": "#", "$defs": {"a": {"$ref": "#/$defs/a"}}},
    "a schema that doubles": {
        "$defs": {
            f"d{at}": {"allOf": [{"$ref": f"#/$defs/d{at + 1}"}, {"$ref": f"#/$defs/d{at + 1}"}]}
            for at in range(60)
        },
        "$ref": "#/$defs/d0",
    },
    "many items": list(range(100_000)),
    "many keys": {str(at): at for at in range(20_000)},
    "many variants": {
        "kind": "Union",
        "value": [{"kind": "Record", "value": {f"a{at}": {"kind": "Text"}}} for at in range(2_000)],
    },
    "a pattern that doubles": {"pattern": "(a|aa)*(a|b)*c(a|b){0,200}"},
}
"""Values that ``contract.decode`` gives: what reads values is handed no others."""


# ------------------------------------------------------------------------------ the random ones

_PIECES = st.sampled_from(
    [
        *(bytes([byte]) for byte in range(256)),
        b"null", b"true", b"1e999", b"-0", b"NaN", b'"\\ud800"', b"\\u0000", b"\xed\xa0\x80",
        b"\xef\xbb\xbf", b"List<", b"Text", b"Record", b"...<R>", b" | ", b" & ", b"Range(",
        b"Pattern(", b"=1..", b"\n\n", b"\r\n", b"    ", b"Input:", b"Output:", b"Effects: [",
        b'"""', b"->", b"raises", b"[[", b"]]", b"error: ", b"\x1b[31m", b"/nix/store/", b"../",
        b"@", b"9" * 30, b"9" * 5_000, b"{" * 300, b"[" * 300, b"(" * 300, b"a" * 5_000,
        "👩‍👩‍👧".encode(), "\u202e".encode(), "\u2028".encode(),
    ]
)  # fmt: skip

SCALARS = st.one_of(
    st.sampled_from(list(NASTY_VALUES.values())[:16]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8).filter(str.isprintable),
    st.sampled_from(
        ["Text", "List", "Record", "Stage", "Let", "kind", "op", "value", "type", "object", "array",
         "string", "integer", "range", "output", "input", "#", "^a$", "a.b[0]", "Pure", "./a.json"]
    ),
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=4).filter(str.isprintable)
            | st.sampled_from(["kind", "value", "op", "type", "items", "properties", "field"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
RANDOM_BYTES = st.one_of(
    st.binary(max_size=200),
    st.lists(_PIECES, max_size=12).map(b"".join),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@st.composite
def damaged_bytes(draw: st.DrawFn, samples: tuple[bytes, ...]) -> bytes:
    """A sample with up to three pieces of it replaced, left out or written again."""
    data = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(data)))
        end = min(len(data), begin + draw(st.sampled_from([0, 0, 1, 2, 8, 50])))
        piece = draw(st.one_of(_PIECES, st.just(data[begin:end] * 2), st.binary(max_size=6)))
        data = data[:begin] + piece + data[end:]
    return data


@st.composite
def damaged_values(draw: st.DrawFn, samples: tuple[Any, ...]) -> Any:
    """A sample with one or two of its parts replaced by anything."""
    value = draw(st.sampled_from(samples))
    replacements = st.one_of(
        JSON, st.sampled_from(list(NASTY_VALUES.values())), st.sampled_from(samples)
    )
    for _ in range(draw(st.integers(1, 2))):
        places = list(_places(value))
        place = draw(st.sampled_from(places))
        value = _replaced(value, place, draw(replacements))
    return value


def _places(value: Any, most: int = 300) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a value, from the outside in."""
    pending: list[tuple[tuple[Any, ...], Any]] = [((), value)]
    for _ in range(most):
        if not pending:
            return
        place, inner = pending.pop(0)
        yield place
        if isinstance(inner, dict | list):
            items = inner.items() if isinstance(inner, dict) else enumerate(inner)
            pending += [((*place, key), one) for key, one in list(items)[:20]]


def _replaced(value: Any, place: tuple[Any, ...], by: Any) -> Any:
    if not place:
        return by
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = _replaced(value[place[0]], place[1:], by)
    return copy
