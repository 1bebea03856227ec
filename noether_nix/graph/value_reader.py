"""What stands in nodes and is no node: references, types, paths, numbers."""

import re
from collections.abc import Mapping

from noether_nix.errors import TypeSyntaxError
from noether_nix.graph.members import JsonObject, MemberReader
from noether_nix.graph.model import Pinning, ReduceMode
from noether_nix.graph.problems import shown
from noether_nix.graph.references import (
    PathReference,
    Reference,
    Unreadable,
    read_path,
    read_reference,
)
from noether_nix.inside.contract import Json
from noether_nix.stage.problems import did_you_mean
from noether_nix.types.document import type_from_document
from noether_nix.types.model import Type
from noether_nix.types.text import parse_type

_PINNINGS: Mapping[str, Pinning] = {"signature": "signature", "both": "both"}
_MODES: Mapping[str, ReduceMode] = {"left": "left", "tree": "tree"}

# Those of the ancestor's format, which has 32 bits for attempts; a wait of more is a mistake.
_MOST = (1 << 32) - 1
_MAX_BACKOFF = 1000

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_URL = 4096


class ValueReader(MemberReader):
    """Reads the members of nodes that are no nodes, noting what is wrong with them."""

    def reference(self, document: JsonObject, pointer: str) -> Reference | None:
        """The stage that ``id`` names."""
        text = self.text(document, "id", pointer)
        if text is None:
            return None
        reference = read_reference(text)
        if isinstance(reference, Unreadable):
            message = f"{shown(text)} names no stage: {reference.reason}"
            self.note("invalid-reference", message, f"{pointer}/id", hint=reference.hint)
            return None
        return reference

    def pinning(self, document: JsonObject, pointer: str) -> Pinning:
        """What an id of a stage stands for."""
        text = self.text(document, "pinning", pointer)
        if text is not None and text not in _PINNINGS:
            message = f"no pinning is called {shown(text)}"
            hint = did_you_mean(text, _PINNINGS)
            self.note("unknown-pinning", message, f"{pointer}/pinning", hint=hint)
        return _PINNINGS.get(text or "signature", "signature")

    def config(self, document: JsonObject, pointer: str) -> JsonObject | None:
        """The input fields that a node gives its stage."""
        config, place = document.get("config"), f"{pointer}/config"
        if isinstance(config, dict):
            self.check_levels(config, place)
            return config or None
        if "config" in document:
            self.wrong("the config of a Stage is an object of input fields", config, place)
        return None

    def mode(self, document: JsonObject, pointer: str) -> ReduceMode:
        """How a Reduce combines."""
        text = self.text(document, "mode", pointer)
        if text is not None and text not in _MODES:
            message = f"a Reduce has no mode {shown(text)}"
            hint = did_you_mean(text, _MODES)
            self.note("unknown-mode", message, f"{pointer}/mode", hint=hint)
        return _MODES.get(text or "left", "left")

    def path(self, document: JsonObject, key: str, pointer: str) -> str | None:
        """The path of a file that belongs to the graph."""
        text = self.text(document, key, pointer)
        if text is None:
            return None
        found = read_path(text)
        if isinstance(found, PathReference):
            return found.path
        message = f"{shown(text)} is no path: {found.reason}"
        self.note("invalid-path", message, f"{pointer}/{key}", hint=found.hint)
        return None

    def sha256(self, document: JsonObject, pointer: str) -> str:
        """The hash that a file must have, or nothing."""
        text = self.text(document, "sha256", pointer)
        if text is not None and _SHA256.fullmatch(text) is None:
            message = f"{shown(text)} is no SHA-256"
            hint = "64 digits 0-9 and a-f, as sha256sum prints them"
            self.note("wrong-kind", message, f"{pointer}/sha256", hint=hint)
        return text or ""

    def url(self, document: JsonObject, pointer: str) -> str | None:
        """The address of a stage on another server."""
        text = self.text(document, "url", pointer)
        if text is None:
            return None
        plain = text.isprintable() and not any(map(str.isspace, text))
        if plain and len(text) <= _MAX_URL and re.match(r"https?://[^/?#]", text):
            return text
        message = f"{shown(text)} is no address of a stage"
        hint = "it begins with https:// or http:// and the server's name"
        self.note("invalid-url", message, f"{pointer}/url", hint=hint)
        return None

    def type(self, document: JsonObject, key: str, pointer: str) -> Type | None:
        """A type, as text or in one of its JSON forms."""
        if key not in document:
            return None
        given = document[key]
        try:
            return parse_type(given) if isinstance(given, str) else type_from_document(given)
        except TypeSyntaxError as error:
            message = f"the {key} is no type: {error.message}"
            self.note("invalid-type", message, f"{pointer}/{key}", hint=error.hint)
            return None

    def whole_number(
        self,
        document: JsonObject,
        key: str,
        pointer: str,
        *,
        least: int,
        otherwise: int | None = None,
    ) -> int | None:
        """A whole number from ``least`` on; ``otherwise`` where there is none, or null."""
        value = document.get(key)
        if value is None and (otherwise is not None or key not in document):
            return otherwise
        if type(value) is int and least <= value <= _MOST:
            return value
        self._wrong_number(f"{key} is a whole number from {least} to {_MOST}", key, value, pointer)
        return None

    def factor(self, document: JsonObject, key: str, pointer: str) -> float:
        """A number from 1 on; 1 where there is none."""
        value = document.get(key, 1)
        if type(value) in (int, float) and 1 <= float(str(value)) <= _MAX_BACKOFF:
            return float(str(value))
        self._wrong_number(f"{key} is a number from 1 to {_MAX_BACKOFF}", key, value, pointer)
        return 1.0

    def two_ways(self, owner: str, one: str, other: str, pointer: str) -> None:
        """Note that two keys say the same thing."""
        message = f'{owner} has both "{one}" and "{other}"'
        self.note("two-ways", message, pointer, hint="keep one of them")

    def _wrong_number(self, rule: str, key: str, value: Json, pointer: str) -> None:
        if type(value) in (int, float):
            self.note("out-of-range", f"{rule}, not {str(value)[:24]}", f"{pointer}/{key}")
        else:
            self.wrong(rule, value, f"{pointer}/{key}")
