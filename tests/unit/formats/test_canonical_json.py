import json
import math
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import FormatError
from noether_nix.formats.canonical_json import canonical_bytes

BOUND = 2**53

documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - BOUND, BOUND - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), children, max_size=4)
    ),
)


class Colour(Enum):
    RED = 1


@pytest.mark.parametrize(
    ("document", "text"),
    [
        pytest.param(
            {"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}', id="sorted, no spaces"
        ),
        pytest.param(
            {"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}', id="sorted as UTF-16"
        ),
        pytest.param('€\x0f\n"\\/', '"€\\u000f\\n\\"\\\\/"', id="few escapes, in lower case"),
        pytest.param(1.0, "1", id="no needless point"),
        pytest.param(1e21, "1e+21", id="large"),
        pytest.param(333333333.33333329, "333333333.3333333", id="shortest"),
        pytest.param(1e-7, "1e-7", id="small"),
        pytest.param(0.000001, "0.000001", id="just not small"),
        pytest.param(-0.0, "0", id="minus nothing"),
        pytest.param((), "[]", id="a tuple is a list"),
    ],
)
def test_bytes_are_those_of_rfc_8785(document: object, text: str) -> None:
    assert canonical_bytes(document) == text.encode()


@given(documents)
def test_what_is_written_means_the_same(document: object) -> None:
    # Every number is a double here, as for RFC 8785.
    assert json.loads(canonical_bytes(document), parse_int=float) == document


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 9)))
def test_the_order_of_keys_does_not_matter(document: dict[str, int]) -> None:
    turned = dict(reversed(document.items()))

    assert canonical_bytes(turned) == canonical_bytes(document)


def nested(depth: int) -> object:
    document: object = []
    for _ in range(depth):
        document = [document]
    return document


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(BOUND, id="an integer of 2**53"),
        pytest.param(-BOUND, id="an integer of -2**53"),
        pytest.param(10**5000, id="an integer that Python does not print"),
        pytest.param(math.nan, id="NaN"),
        pytest.param(math.inf, id="infinity"),
        pytest.param("\ud800", id="a lone surrogate"),
        pytest.param({"\ud800": 1}, id="a lone surrogate in a key"),
        pytest.param({1: 1}, id="a key that is no text"),
        pytest.param({None: 1, "a": 1}, id="keys of two kinds"),
        pytest.param({b"a": 1}, id="a key of bytes"),
        pytest.param(b"a", id="bytes"),
        pytest.param({1, 2}, id="a set"),
        pytest.param(Colour.RED, id="an enumeration"),
        pytest.param(nested(100_000), id="nested too deeply"),
    ],
)
def test_what_has_no_canonical_bytes_is_refused(document: object) -> None:
    with pytest.raises(FormatError):
        canonical_bytes(document)
