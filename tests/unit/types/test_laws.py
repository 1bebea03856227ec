"""Laws that hold for all types, whatever they are made of."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from noether_nix.errors import NoetherError
from noether_nix.formats import json_pointer
from noether_nix.inside.contract import Json, decode, encode
from noether_nix.types.document import type_from_document, type_to_document
from noether_nix.types.fits import fits
from noether_nix.types.infer import infer_type
from noether_nix.types.meet import meet
from noether_nix.types.model import (
    ANY,
    MAX_TYPE_DEPTH,
    Field,
    MapType,
    RecordType,
    StreamType,
    Type,
    union,
)
from noether_nix.types.text import parse_type, parse_type_prefix, render_type, render_type_short
from noether_nix.types.traversal import nesting, walk
from noether_nix.types.validate import validator
from tests.unit.types.reference import is_of
from tests.unit.types.strategies import (
    chains,
    closed_types,
    json_values,
    pairs,
    strict_types,
    types,
    values_of,
)

_WORDS = ["Any", "Text", "Number", "List", "Map", "Record", "Range", "OneOf", "NonEmpty", "a", "9"]
_WORDS += ["Pattern", "MinLength", "MaxLength", "Integer"]
_MARKS = [*'{}<>()[]=?:,|&" ', "...", ".."]
_KINDS = ["List", "Map", "Record", "RecordWith", "Union", "Var", "Refined", "Range", "OneOf"]
_KINDS += ["Pattern", "MinLength", "MaxLength", "Integer", "NonEmpty"]
_KEYS = [
    "kind",
    "value",
    "key",
    "fields",
    "rest",
    "base",
    "refinement",
    "min",
    "options",
    "optional",
    "length",
    "pattern",
]

near_types = st.lists(st.sampled_from([*_WORDS, *_MARKS]) | st.text(max_size=2), max_size=12).map(
    "".join
)
near_documents: st.SearchStrategy[Json] = st.recursive(
    st.sampled_from(["Text", "Any", "Txt", "a", 0, 1.5, None, True]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*_KEYS, *_KINDS, "a"]), inner | st.sampled_from(_KINDS), max_size=4
        )
    ),
    max_leaves=12,
)


def fields_in(whole: Type) -> Iterator[Field]:
    for inner in walk(whole):
        if isinstance(inner, RecordType):
            yield from inner.fields


@given(types)
def test_the_printed_form_parses_back(whole: Type) -> None:
    assert parse_type(render_type(whole)) == whole


@given(types)
def test_the_printed_form_prints(whole: Type) -> None:
    assert render_type(whole).isprintable()


@given(types, st.sampled_from([")", "\n\nEffects: [Pure]", " -> x", ""]))
def test_a_prefix_ends_where_the_type_does(whole: Type, after: str) -> None:
    text = f"Input: {render_type(whole)}"

    assert parse_type_prefix(text + after, len("Input:")) == (whole, len(text))


@given(types, st.integers(1, 80))
def test_a_shortened_form_keeps_to_its_width(whole: Type, width: int) -> None:
    short = render_type_short(whole, width)

    assert len(short) <= width
    assert short == render_type(whole) or "…" in short


@given(types)
def test_the_json_form_reads_back_through_bytes(whole: Type) -> None:
    assert type_from_document(decode(encode(type_to_document(whole)))) == whole


@given(near_types)
def test_a_text_is_a_type_or_refused_with_our_own_error(text: str) -> None:
    try:
        whole = parse_type(text)
    except NoetherError:
        return
    assert parse_type(render_type(whole)) == whole


@given(near_documents | json_values)
def test_a_document_is_a_type_or_refused_with_our_own_error(document: Json) -> None:
    try:
        whole = type_from_document(document)
    except NoetherError:
        return
    assert type_from_document(type_to_document(whole)) == whole


@given(st.lists(types, min_size=1, max_size=5), st.randoms())
def test_a_union_does_not_depend_on_order_repetition_or_brackets(
    variants: list[Type], random: Random
) -> None:
    whole = union(*variants)
    shuffled = [*variants, *variants]
    random.shuffle(shuffled)

    assert union(*shuffled) == whole
    assert union(whole, variants[0]) == whole
    assert union(union(*variants[:2]), *variants) == whole


@given(types)
def test_every_type_fits_itself_and_any(whole: Type) -> None:
    assert fits(whole, whole) is None
    assert fits(whole, ANY) is None
    assert fits(ANY, whole) is None


@given(types, types)
def test_every_type_fits_a_union_with_it(whole: Type, other: Type) -> None:
    assert fits(whole, union(whole, other)) is None


@settings(max_examples=250)
@given(pairs(closed_types), st.data())
def test_a_value_of_a_type_is_of_every_type_that_it_fits(
    pair: tuple[Type, Type], data: st.DataObject
) -> None:
    produced, expected = pair
    assume(fits(produced, expected) is None)

    value = data.draw(values_of(produced))

    assert validator(produced)(value) is None
    assert validator(expected)(value) is None


@settings(max_examples=250)
@given(chains(strict_types))
def test_what_fits_fits_on(chain: tuple[Type, Type, Type]) -> None:
    first, second, third = chain
    assume(fits(first, second) is None and fits(second, third) is None)

    assert fits(first, third) is None


@settings(max_examples=250)
@given(chains(closed_types))
def test_only_a_field_that_is_not_spoken_of_between_two_keeps_them_apart(
    chain: tuple[Type, Type, Type],
) -> None:
    """A record may have more fields, and one that is not named counts as absent.

    So ``{ a: Number }`` fits ``{}`` and ``{}`` fits ``{ a?: Text }``, but the first does not fit
    the last. What flows is checked by value at every boundary: there the wrong one stops.
    """
    first, second, third = chain
    assume(fits(first, second) is None and fits(second, third) is None)
    misfit = fits(first, third)

    if misfit is not None:
        assert {f.name for f in fields_in(third) if f.may_be_absent} & set(misfit.path)


@given(pairs(strict_types), st.data())
def test_types_that_fit_each_other_have_the_same_values(
    pair: tuple[Type, Type], data: st.DataObject
) -> None:
    first, second = pair
    assume(fits(first, second) is None and fits(second, first) is None)

    value = data.draw(values_of(first) | values_of(second) | json_values)

    assert (validator(first)(value) is None) == (validator(second)(value) is None)


@given(closed_types.flatmap(lambda whole: st.tuples(st.just(whole), values_of(whole))))
def test_a_value_made_for_a_type_is_of_it(pair: tuple[Type, Json]) -> None:
    whole, value = pair

    assert is_of(value, whole)
    assert validator(whole)(value) is None


@settings(max_examples=250)
@given(pairs(closed_types), st.data())
def test_the_validator_says_what_the_reference_says(
    pair: tuple[Type, Type], data: st.DataObject
) -> None:
    made_for, whole = pair
    value = data.draw(values_of(made_for) | json_values)

    assert (validator(whole)(value) is None) == is_of(value, whole)


@given(types, json_values)
def test_the_validator_says_what_the_reference_says_also_with_variables(
    whole: Type, value: Json
) -> None:
    assume(not any(isinstance(inner, StreamType) for inner in walk(whole)))

    assert (validator(whole)(value) is None) == is_of(value, whole)


@given(pairs(closed_types), st.data())
def test_a_fault_is_where_the_pointer_says(pair: tuple[Type, Type], data: st.DataObject) -> None:
    made_for, whole = pair
    value = data.draw(values_of(made_for))
    mismatch = validator(whole)(value)
    if mismatch is None or mismatch.got is None:
        return  # most pairs are made to fit

    inner: Any = value
    for step in json_pointer.parse(mismatch.pointer):
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]

    assert is_of(inner, mismatch.expected) is False or isinstance(whole, MapType)


@settings(max_examples=250)
@given(pairs(closed_types), closed_types)
def test_a_union_is_the_least_that_both_fit(pair: tuple[Type, Type], other: Type) -> None:
    first, second = pair
    for bound in (first, second, union(first, other), other):
        both = fits(first, bound) is None and fits(second, bound) is None
        assert both == (fits(union(first, second), bound) is None)


@settings(max_examples=250)
@given(chains(strict_types))
def test_what_fits_two_fits_their_meet(chain: tuple[Type, Type, Type]) -> None:
    first, second, narrow = chain
    assume(fits(narrow, first) is None and fits(narrow, second) is None)

    found = meet(first, second)

    assert found is not None
    assert fits(narrow, found) is None


@settings(max_examples=250)
@given(pairs(types))
def test_a_meet_fits_both(pair: tuple[Type, Type]) -> None:
    found = meet(*pair)

    if found is not None:
        assert fits(found, pair[0]) is None
        assert fits(found, pair[1]) is None


@settings(max_examples=250)
@given(pairs(closed_types))
def test_what_fits_both_fits_their_meet(pair: tuple[Type, Type]) -> None:
    narrow, wide = pair
    assume(fits(narrow, wide) is None)

    for found in (meet(narrow, wide), meet(wide, narrow)):
        assert found is not None
        assert fits(narrow, found) is None


@given(pairs(types))
def test_a_meet_exists_in_both_orders_or_in_none(pair: tuple[Type, Type]) -> None:
    first, second = pair

    assert (meet(first, second) is None) == (meet(second, first) is None)


@given(json_values, st.none() | types)
def test_a_value_has_the_type_inferred_from_it_whatever_the_hint(
    value: Json, hint: Type | None
) -> None:
    whole = infer_type(value, hint=hint)

    assert validator(whole)(value) is None
    assert nesting(whole) <= MAX_TYPE_DEPTH


@given(closed_types.flatmap(lambda whole: st.tuples(st.just(whole), values_of(whole))))
def test_the_type_inferred_under_a_hint_never_contradicts_the_value(
    pair: tuple[Type, Json],
) -> None:
    hint, value = pair

    assert validator(infer_type(json.loads(json.dumps(value)), hint=hint))(value) is None
