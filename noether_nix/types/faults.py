"""What is said of a document that is no type, and the checks that every reader of one makes."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from noether_nix.errors import TypeSyntaxError
from noether_nix.inside.contract import describe
from noether_nix.types.words import word_hint


def fault(place: str, reason: str, hint: str = "") -> TypeSyntaxError:
    """What is wrong at ``place``, a JSON Pointer."""
    return TypeSyntaxError(f"at {place}: {reason}" if place else reason, hint=hint)


def unknown(place: str, name: str, known: Iterable[str], what: str) -> TypeSyntaxError:
    """``name`` is no ``what``."""
    return fault(place, f"{name!r:.60} is no {what}", word_hint(name, known))


def below(place: str, key: str) -> str:
    """The JSON Pointer to the member ``key`` of what is at ``place``."""
    return f"{place}/{key.replace('~', '~0').replace('/', '~1')}"


def kind_of(document: Mapping[str, object], place: str) -> str:
    """The kind that a document says it is of.

    Raises:
        TypeSyntaxError: it is no text.
    """
    kind = document["kind"]
    if not isinstance(kind, str):
        raise fault(f"{place}/kind", f"a kind is a text, not {describe(kind)}")
    return kind


def members_of(value: object, keys: set[str], place: str) -> Mapping[str, object]:
    """``value``, an object with exactly these keys.

    Raises:
        TypeSyntaxError: it is none.
    """
    if not isinstance(value, dict):
        raise fault(place, f"an object is expected, not {describe(value)}")
    check_keys(value, keys, place)
    return value


def check_keys(
    found: Mapping[str, object],
    required: AbstractSet[str],
    place: str,
    optional: AbstractSet[str] = frozenset(),
) -> None:
    """See that an object has its required keys and no others than these.

    Raises:
        TypeSyntaxError: one is missing, or has no meaning.
    """
    for key in found:
        if key not in required and key not in optional:
            raise fault(below(place, str(key)), f"the key {key!r} has no meaning here")
    for key in sorted(required):
        if key not in found:
            raise fault(place, f"the key {key!r} is missing")
