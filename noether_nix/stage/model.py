"""What one stage is, and the ids that follow from it (design 11.4, reference/noether.md 2.2)."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import TypeAlias

from noether_nix.formats.canonical_json import canonical_bytes
from noether_nix.frozen import dataclass, field
from noether_nix.inside.contract import Json
from noether_nix.stage.effect import Effects
from noether_nix.stage.effect_forms import effects_to_document
from noether_nix.types.document import type_to_document
from noether_nix.types.model import Type

PYTHON = "python"

# No program that a person wrote is larger; the bound keeps hostile files cheap to refuse.
MAX_SOURCE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Returns:
    """An example's call gives this value."""

    value: Json


@dataclass(frozen=True, slots=True)
class Raises:
    """An example's call raises an exception of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Example:
    """An input, and what calling the stage with it must do."""

    input: Json
    expected: Returns | Raises


@dataclass(frozen=True, slots=True)
class Package:
    """A package that the stage imports, locked by hash."""

    name: str
    version: str
    sha256: str


Helper: TypeAlias = tuple[str, bytes]


# No slots: the ids are computed when first asked for, and kept.
@dataclass(frozen=True)
class Stage:
    """A typed function with declared effects, with all that its identity is made of.

    ``effects`` is a sorted set; ``helpers`` are sorted by file name. ``limits`` are those that
    the stage itself asks for, in seconds, bytes and pieces. ``properties`` are the JSON objects
    of reference/noether.md 2.9 as they were written. ``origin`` says where the stage was read
    and is no part of what it is.
    """

    name: str
    input: Type
    output: Type
    effects: Effects
    source: bytes = field(repr=False)
    description: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    helpers: tuple[Helper, ...] = field(default=(), repr=False)
    packages: tuple[Package, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    properties: tuple[Mapping[str, Json], ...] = field(default=(), repr=False)
    examples: tuple[Example, ...] = field(default=(), repr=False)
    language: str = PYTHON
    origin: str | None = field(default=None, compare=False)

    def __hash__(self) -> int:
        return hash(self.id)

    @cached_property
    def implementation_hash(self) -> str:
        """The digest of everything that runs."""
        return implementation_hash(
            self.source, language=self.language, helpers=self.helpers, packages=self.packages
        )

    @cached_property
    def signature_id(self) -> str:
        """The digest of what callers see: name, types and effects."""
        return _digest(signature_document(self))

    @cached_property
    def id(self) -> str:
        """The digest of the signature and the code: the stage's one identity."""
        return stage_id(signature_document(self), self.implementation_hash)


def signature_document(stage: Stage) -> dict[str, Json]:
    """What the signature id is made of."""
    return {
        "name": stage.name,
        "input": type_to_document(stage.input),
        "output": type_to_document(stage.output),
        "effects": {"effects": effects_to_document(stage.effects)},
    }


def stage_id(signature: Mapping[str, Json], implementation: str) -> str:
    """The id of a stage with this signature document and implementation hash."""
    return _digest({**signature, "implementation_hash": implementation})


def implementation_hash(
    source: bytes,
    *,
    language: str = PYTHON,
    helpers: tuple[Helper, ...] = (),
    packages: tuple[Package, ...] = (),
) -> str:
    """The digest of code; that of plain Python is the ancestor's."""
    digest = hashlib.sha256(source).hexdigest()
    if language == PYTHON and not helpers and not packages:
        return digest
    locked = sorted(packages, key=lambda package: (package.name, package.version))
    document: dict[str, Json] = {
        "language": language,
        "source": digest,
        "helpers": {name: hashlib.sha256(data).hexdigest() for name, data in helpers},
        "packages": [
            {"name": package.name, "version": package.version, "sha256": package.sha256}
            for package in locked
        ],
    }
    return _digest(document)


def _digest(document: Mapping[str, Json]) -> str:
    return hashlib.sha256(canonical_bytes(document)).hexdigest()
