"""The schema of stage specs says of them what their reader does."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from noether_nix.cli.documents.schemas import SCHEMAS
from noether_nix.cli.documents.stage_file import EffectName
from noether_nix.errors import StageInvalidError
from noether_nix.stage.document import stage_to_document
from noether_nix.stage.effect import EffectKind
from noether_nix.stage.spec import parse_spec

CODE = "def execute(value):\n    return len(value['text'])\n"
SIMPLE: dict[str, Any] = {
    "name": "text_size",
    "description": "The size of a text.",
    "input": {"Record": [["text", "Text"]]},
    "output": "Number",
    "effects": ["pure", {"effect": "Fallible"}],
    "implementation": {"code": CODE, "language": "python"},
    "language": "python",
    "examples": [
        {"input": {"text": "ab"}, "output": 2},
        {"input": {"text": ""}, "raises": "ValueError"},
    ],
    "properties": [{"kind": "range", "field": "output", "min": 0}],
    "tags": ["text"],
    "aliases": ["size"],
}
WHOLE = json.loads(json.dumps(stage_to_document(parse_spec(json.dumps(SIMPLE).encode(), place=""))))

# The other codes are of what the schema leaves to the reader, as of code and types.
FORM = {
    "effects-missing", "example-invalid", "key-invalid", "key-missing", "key-unknown",
    "language-unknown", "name-invalid",
}  # fmt: skip


def codes_of(document: Any) -> set[str]:
    """What the reader has against a spec."""
    try:
        parse_spec(json.dumps(document).encode(), place="spec.json")
    except StageInvalidError as error:
        return {problem.code for problem in error.problems}
    return set()


def fits_schema(document: Any) -> bool:
    try:
        SCHEMAS["stage"].read(json.dumps(document))
    except ValidationError:
        return False
    return True


def places(document: Any) -> Iterator[tuple[Any, str]]:
    """Every member of every object within, but for types, code and values, which are their own."""
    if isinstance(document, dict):
        for key, inner in document.items():
            yield document, key
            if key not in ("input", "output"):
                yield from places(inner)
    elif isinstance(document, list):
        for inner in document:
            yield from places(inner)


@pytest.mark.parametrize("document", [SIMPLE, WHOLE], ids=["simple", "whole"])
def test_a_spec_fits_and_so_does_each_with_a_remark(document: Any) -> None:
    assert fits_schema(document)
    assert fits_schema({**document, "_note": 1})
    assert not codes_of({**document, "_note": 1})


def test_the_effects_are_those_of_the_language() -> None:
    assert set(get_args(EffectName)) == {kind.value for kind in EffectKind}


@given(st.sampled_from([SIMPLE, WHOLE]), st.data())
def test_what_is_taken_fits_and_what_fits_is_of_the_right_form(
    document: Any, data: st.DataObject
) -> None:
    spoilt = json.loads(json.dumps(document))
    holder, key = data.draw(st.sampled_from(list(places(spoilt))), label="place")
    match data.draw(st.sampled_from(["missing", "renamed", "other"]), label="how"):
        case "missing":
            del holder[key]
        case "renamed":
            holder[f"{key}s"] = holder.pop(key)
        case _:
            holder[key] = data.draw(st.sampled_from([None, True, 7, 1.5, "Q", [], {}, [1]]))

    codes, fits = codes_of(spoilt), fits_schema(spoilt)
    assert fits or codes
    assert not (fits and codes & FORM)
