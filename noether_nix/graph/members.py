"""The members of one JSON object in a graph file, and what can be wrong with them."""

from collections.abc import Mapping
from typing import TypeAlias

from noether_nix.formats.json_pointer import escape
from noether_nix.graph.problems import Finding, shown
from noether_nix.inside.contract import Json, describe
from noether_nix.stage.problems import nearest

# A value passes through documents of ours that add levels to it: far from the last one allowed.
MAX_VALUE_LEVELS = 128

JsonObject: TypeAlias = dict[str, Json]

# Of one object: more are told of one slip of the pen, or of an attack.
_MOST_UNKNOWN = 50

_NONE: Mapping[str, str] = {}


class MemberReader:
    """Reads members of objects, noting what is wrong; what could not be read has left a note."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def keys(
        self,
        document: JsonObject,
        pointer: str,
        owner: str,
        required: tuple[str, ...],
        optional: tuple[str, ...],
        shape: str = "",
        others: Mapping[str, str] = _NONE,
    ) -> None:
        """Note keys that mean nothing and keys that are missing.

        ``shape`` shows them all; ``others`` are what they are called elsewhere.
        """
        known = (*required, *optional)
        meant = set()
        unknown = (key for key in document if key not in known and not key.startswith("_"))
        for number, key in enumerate(unknown):
            if number < _MOST_UNKNOWN:
                free = [name for name in known if name not in document]
                near = others.get(key) if others.get(key) in free else nearest(key, free)
                hint = f"did you mean {near}?" if near else f"known keys: {', '.join(known)}"
                meant.add(near)
                message = f"{owner} has no key {shown(key)}"
                self.note("unknown-key", message, f"{pointer}/{escape(key)}", hint=hint)
        for key in required:
            if key not in document and key not in meant:
                message = f"{owner} needs the key {shown(key)}"
                self.note("missing-key", message, pointer, hint=shape and f"write {shape}")

    def text(self, document: JsonObject, key: str, pointer: str) -> str | None:
        value = document.get(key)
        if isinstance(value, str):
            return value
        if key in document:
            self.wrong(f"the {key} is a text", value, f"{pointer}/{key}")
        return None

    def check_levels(self, value: Json, pointer: str) -> None:
        current: list[Json] = [value]
        for _ in range(MAX_VALUE_LEVELS + 1):
            current = [item for inner in current for item in items_of(inner)]
            if not current:
                return
        message = f"a value in a graph is nested at most {MAX_VALUE_LEVELS} levels deep"
        self.note("too-deep", message, pointer)

    def note(self, code: str, message: str, pointer: str, hint: str = "") -> None:
        self.found.append(Finding(code, message, pointer, hint))

    def wrong(self, rule: str, got: Json, pointer: str) -> None:
        self.note("wrong-kind", f"{rule}, not {describe(got)}", pointer)

    def empty(self, owner: str, key: str, pointer: str) -> None:
        hint = "remove the node, or give it at least one"
        self.note("empty-node", f"{owner} has no {key}", pointer, hint=hint)


def items_of(value: Json) -> list[Json]:
    """The values directly inside a list or object; none inside any other value."""
    match value:
        case list():
            return value
        case dict():
            return list(value.values())
        case _:
            return []
