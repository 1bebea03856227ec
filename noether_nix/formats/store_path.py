"""Store paths as values, and the rules by which Nix names what it stores.

Knows no file system: a path's existence is the store's business. The store directory is always
``/nix/store``, also in a private store, whose contents merely lie elsewhere.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Self

from noether_nix.errors import FormatError
from noether_nix.formats import base32
from noether_nix.frozen import dataclass

STORE_DIR = "/nix/store"

# Newer Nix takes some names with a leading dot; 2.8.0 takes none, so nobody here may.
_NAME = re.compile(r"(?!\.)[0-9a-zA-Z+._?=-]{1,211}")
_PATH = re.compile(rf"{STORE_DIR}/([{base32.ALPHABET}]{{32}})-((?!\.)[0-9a-zA-Z+._?=-]{{1,211}})")
_LOW_160_BITS = (1 << 160) - 1


@dataclass(frozen=True, slots=True, order=True)
class StorePath:
    """One direct child of the store directory.

    Made by :meth:`parse` or by the functions of this module; a StorePath in hand is well formed.
    """

    digest: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an absolute store path.

        Raises:
            FormatError: ``text`` is not the path of a direct child of the store directory.
        """
        match = _PATH.fullmatch(text)
        if match is None:
            raise FormatError(
                f"{text!r} is not a store path", hint=f"a store path is {STORE_DIR}/<digest>-<name>"
            )
        return cls(match[1], match[2])

    @property
    def base_name(self) -> str:
        """The path without the store directory."""
        return f"{self.digest}-{self.name}"

    def __str__(self) -> str:
        return f"{STORE_DIR}/{self.digest}-{self.name}"


def check_name(name: str) -> str:
    """Give ``name`` back when every supported Nix takes it as the name of a store path.

    Raises:
        FormatError: it does not.
    """
    if not _NAME.fullmatch(name):
        raise FormatError(
            f"{name!r} is no name for a store path",
            hint="at most 211 of the letters, digits and + - . _ ? =, and no dot in front",
        )
    return name


def make_store_path(kind: str, inner_sha256: bytes, name: str) -> StorePath:
    """Name the store path of ``kind`` (``source``, ``output:out``, ``text:…``) and content.

    Raises:
        FormatError: ``name`` is not allowed in the store.
    """
    return StorePath(store_digest(kind, inner_sha256.hex(), check_name(name)), name)


def store_digest(kind: str, inner_hex: str, name: str) -> str:
    """The digest part of a store path; for callers that have checked ``name`` before."""
    fingerprint = f"{kind}:sha256:{inner_hex}:{STORE_DIR}:{name}"
    number = int.from_bytes(hashlib.sha256(fingerprint.encode()).digest(), "little")
    # Nix folds 32 bytes to 20 by XOR of byte i with byte i + 20.
    return base32.encode_number(number & _LOW_160_BITS ^ number >> 160, 32)


def text_path(name: str, content: bytes, references: Iterable[StorePath] = ()) -> StorePath:
    """Where ``builtins.toFile`` and the writers of ``.drv`` files put ``content``.

    Raises:
        FormatError: ``name`` is not allowed in the store.
    """
    kind = ":".join(["text", *map(str, sorted(set(references)))])
    return make_store_path(kind, hashlib.sha256(content).digest(), name)


def fixed_flat_path(name: str, content_sha256: bytes) -> StorePath:
    """Where ``nix-store --add-fixed sha256`` puts a file of that SHA-256.

    Raises:
        FormatError: ``name`` is not allowed in the store.
    """
    return fixed_output_path(name, "sha256", content_sha256, recursive=False)


def fixed_recursive_path(name: str, nar_sha256: bytes) -> StorePath:
    """Where ``nix-store --add`` puts a tree whose NAR has that SHA-256.

    Raises:
        FormatError: ``name`` is not allowed in the store.
    """
    return fixed_output_path(name, "sha256", nar_sha256, recursive=True)


def fixed_output_path(name: str, algorithm: str, raw: bytes, *, recursive: bool) -> StorePath:
    """Where content of a known hash goes, whichever algorithm its author chose.

    Raises:
        FormatError: ``name`` is not allowed in the store.
    """
    if recursive and algorithm == "sha256":
        return make_store_path("source", raw, name)
    text = f"fixed:out:{'r:' if recursive else ''}{algorithm}:{raw.hex()}:"
    return make_store_path("output:out", hashlib.sha256(text.encode()).digest(), name)
