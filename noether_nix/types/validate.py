"""Whether a value has a type, and if not, where it stops having it.

The checking itself is ``inside.contract``'s, the same code that runs in the sandbox; here its
answer is put into words.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from noether_nix.errors import TypeUnsupportedError
from noether_nix.frozen import dataclass
from noether_nix.inside.contract import Fault, Json, compile_type
from noether_nix.types.display import render_type_short
from noether_nix.types.document import type_from_document, type_to_document
from noether_nix.types.model import StreamType, Type
from noether_nix.types.traversal import walk


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why a value is not of a type.

    ``pointer`` is the JSON Pointer into the value, ``expected`` the type at that place, ``got``
    what stands there in a few words, ``None`` when the field is absent.
    """

    pointer: str
    expected: Type
    got: str | None

    def __str__(self) -> str:
        place = f"at {self.pointer}: " if self.pointer else ""
        found = "the field is missing" if self.got is None else f"{self.got} is given"
        return f"{place}{render_type_short(self.expected)} is expected, but {found}"


Validator: TypeAlias = Callable[[Json], Mismatch | None]


@lru_cache(maxsize=1024)
def validator(whole: Type) -> Validator:
    """The check of values against ``whole``: ``None`` for a value of the type.

    Raises:
        TypeUnsupportedError: there is a Stream in the type, which no value has.
    """
    for inner in walk(whole):
        if isinstance(inner, StreamType):
            raise TypeUnsupportedError(
                f"no value has the type {render_type_short(inner)}",
                hint="a stage takes and gives whole values: write List instead of Stream",
            )
    check = compile_type(type_to_document(whole))

    def validate(value: Json) -> Mismatch | None:
        fault = check(value)
        return None if fault is None else _mismatch(fault)

    return validate


def _mismatch(fault: Fault) -> Mismatch:
    return Mismatch(fault.pointer, type_from_document(fault.expected), fault.got)
