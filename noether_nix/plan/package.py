"""A package: a stage as a program that anyone can start, built by a derivation of its own."""

from collections.abc import Mapping
from functools import cached_property

from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass
from noether_nix.inside.contract import encode
from noether_nix.plan.inside_files import read_inside
from noether_nix.plan.program import Program, flat_path
from noether_nix.types.document import type_to_document

BUILDER, PROGRAM, INPUT_TYPE = "package.py", "program.py", "input.json"


@dataclass(frozen=True)
class Package:
    """What the package of a stage is built of.

    A package validates its input, which in a run the scheduler does: so it holds the input
    type, which is in no key.
    """

    program: Program

    @property
    def name(self) -> str:
        """The name of the derivation."""
        return f"noether-stage-{self.program.stage.name}"

    @cached_property
    def builder(self) -> StorePath:
        """The code that writes the package."""
        return flat_path(BUILDER, read_inside(BUILDER))

    @cached_property
    def program_code(self) -> StorePath:
        """The code that the package starts."""
        return flat_path(PROGRAM, read_inside(PROGRAM))

    @cached_property
    def input_type(self) -> StorePath:
        """The stage's input type in its JSON form."""
        return flat_path(INPUT_TYPE, self._input_document)

    @cached_property
    def contents(self) -> Mapping[StorePath, bytes]:
        """Every file that the derivation reads beside the toolchain, with its bytes."""
        return {
            **self.program.contents,
            self.builder: read_inside(BUILDER),
            self.program_code: read_inside(PROGRAM),
            self.input_type: self._input_document,
        }

    @cached_property
    def _input_document(self) -> bytes:
        return encode(type_to_document(self.program.stage.input))
