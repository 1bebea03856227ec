"""Examples: one call each, and what it must give."""

import json
import re
from collections.abc import Sequence

from noether_nix.errors import Problem, StageInvalidError, TypeUnsupportedError
from noether_nix.inside.contract import InvalidValueError, Json, decode
from noether_nix.stage.model import Example, Raises, Returns
from noether_nix.types.model import Type
from noether_nix.types.validate import validator

_ARROW = re.compile(r"\s*->\s*")
EXCEPTION_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_RAISES = re.compile(rf"raises\s+({EXCEPTION_NAME.pattern})")
_FORM = "write INPUT -> OUTPUT in JSON, or INPUT -> raises ValueError"


def parse_example(text: str) -> Example:
    """Read ``JSON -> JSON`` or ``JSON -> raises Name``.

    Raises:
        StageInvalidError: it is neither.
    """
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        raise _fault(f"the input is no JSON: {error.msg} at column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise _fault(f"the input is no value: {error}") from error
    arrow = _ARROW.match(text, end)
    if arrow is None:
        raise _fault(f"after the input there is no -> but {text[end : end + 20].strip()!r}")
    value, rest = _value(text[:end], "input"), text[arrow.end() :]
    if named := _RAISES.fullmatch(rest):
        return Example(value, Raises(named[1]))
    return Example(value, Returns(_value(rest, "output")))


def _value(text: str, which: str) -> Json:
    try:
        return decode(text.encode(errors="surrogatepass"))
    except InvalidValueError as error:
        raise _fault(f"the {which} is no value: {error}") from error


def _fault(message: str) -> StageInvalidError:
    problem = Problem("example-invalid", message, hint=_FORM)
    return StageInvalidError(message, hint=_FORM, problems=[problem])


def check_examples(
    examples: Sequence[Example], input_type: Type, output_type: Type
) -> dict[int, Problem]:
    """What is wrong with each example, by its place in the list; good ones are left out."""
    if not examples:
        return {}
    try:
        check_input, check_output = validator(input_type), validator(output_type)
    except TypeUnsupportedError as error:
        return {0: Problem(error.code, f"no example can hold: {error.message}", hint=error.hint)}
    found: dict[int, Problem] = {}
    for index, example in enumerate(examples):
        which, mismatch = "input", check_input(example.input)
        if mismatch is None and isinstance(example.expected, Returns):
            which, mismatch = "output", check_output(example.expected.value)
        if mismatch is not None:
            message = f"the example's {which}: {mismatch}"
            found[index] = Problem("example-mismatch", message, hint=f"mend it or {which.title()}")
    return found
