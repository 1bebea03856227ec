"""A program: everything in a call's key but its input.

Calls of one stage under one toolchain with one set of limits share it, so what they share is
computed once and a key costs some ten microseconds (design 2).
"""

import functools
import hashlib
from collections.abc import Mapping
from functools import cached_property

from noether_nix.errors import StageInvalidError
from noether_nix.formats.derivation import Derivation
from noether_nix.formats.derivation_template import DerivationTemplate
from noether_nix.formats.store_path import StorePath, fixed_flat_path
from noether_nix.frozen import dataclass
from noether_nix.inside.contract import ENVIRONMENT, Limits, encode
from noether_nix.plan.inside_files import read_inside
from noether_nix.plan.interpreter import Interpreter
from noether_nix.stage.model import PYTHON, Stage
from noether_nix.types.document import type_to_document

CALL_NAME = "noether-call"
VALUE_NAME = "value.json"

# The interpreter reads these as it starts, before our code can set them.
STARTING_ENVIRONMENT = {name: ENVIRONMENT[name] for name in ("LANG", "LC_ALL", "PYTHONHASHSEED")}


@dataclass(frozen=True, slots=True)
class CallKey:
    """The name of a call: the path of its derivation.

    With it the path where its value would be built, and the SHA-256 (hex) of its text.
    """

    drv: StorePath
    output: StorePath
    drv_sha256: str

    def __str__(self) -> str:
        return str(self.drv)


@dataclass(frozen=True, slots=True)
class CallFiles:
    """The files that a call derivation reads, as store paths; see ``inside/contract.py``."""

    contract_code: StorePath
    contract: StorePath
    stage: StorePath
    helpers: tuple[StorePath, ...]


@functools.cache
def contract_code() -> bytes:
    """The source of ``inside/contract.py``, part of every key."""
    return read_inside("contract.py")


@functools.cache
def _contract_code_path() -> StorePath:
    return flat_path("contract.py", contract_code())


# Stands for the input where a name for all the rest is made: no value is encoded as nothing.
_NO_INPUT = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Program:
    """A stage with the interpreter and the limits that its calls run under.

    Raises:
        StageInvalidError: the stage needs more than a Python, so no key could name its calls.
    """

    stage: Stage
    interpreter: Interpreter
    limits: Limits

    def __post_init__(self) -> None:
        if self.stage.language != PYTHON:
            needs = f"is written in {self.stage.language}"
        elif self.stage.packages:
            needs = f"needs the package {self.stage.packages[0].name}"
        else:
            return
        raise StageInvalidError(
            f"{self.stage.name} {needs}", hint="only Python and its standard library run by now"
        )

    @cached_property
    def contract(self) -> bytes:
        """What the in-sandbox code must know of the stage: a JSON file."""
        return encode(
            {
                "helpers": [name for name, _ in self.stage.helpers],
                "limits": vars(self.limits),
                "output": type_to_document(self.stage.output),
            }
        )

    @cached_property
    def contents(self) -> Mapping[StorePath, bytes]:
        """Every file of :attr:`files` with its bytes."""
        files = [("contract.py", contract_code()), ("contract.json", self.contract)]
        files.append(("stage.py", self.stage.source))
        files += [(f"helper-{name}", data) for name, data in self.stage.helpers]
        return {flat_path(name, data): data for name, data in files}

    @cached_property
    def files(self) -> CallFiles:
        """The paths of what the call derivation reads beside the toolchain and the input."""
        return CallFiles(
            _contract_code_path(),
            flat_path("contract.json", self.contract),
            flat_path("stage.py", self.stage.source),
            tuple(flat_path(f"helper-{name}", data) for name, data in self.stage.helpers),
        )

    @cached_property
    def _template(self) -> DerivationTemplate:
        files = self.files
        derivation = Derivation.make(
            name=CALL_NAME,
            system=self.interpreter.system,
            builder=self.interpreter.builder,
            arguments=(*self.interpreter.arguments, str(files.contract_code)),
            environment={
                **STARTING_ENVIRONMENT,
                "contract": str(files.contract),
                "helpers": " ".join(map(str, files.helpers)),
                "stage": str(files.stage),
            },
            input_sources=(
                self.interpreter.toolchain,
                files.contract_code,
                files.contract,
                files.stage,
                *files.helpers,
            ),
        )
        return DerivationTemplate(derivation, "input")

    @cached_property
    def _keys(self) -> dict[str, CallKey]:
        """By input: a run asks for the key of a call when it looks it up and when it keeps it."""
        return {}

    @cached_property
    def id(self) -> str:
        """A name for all that is in the key but the input: 64 hex digits."""
        return self.key(_NO_INPUT).drv_sha256

    def key(self, input_sha256: str) -> CallKey:
        """The key of the call whose encoded input has that SHA-256 (hex)."""
        known = self._keys.get(input_sha256)
        if known is None:
            known = CallKey(*self._template.key(value_path(input_sha256)))
            self._keys[input_sha256] = known
        return known

    def derivation(self, input_sha256: str) -> Derivation:
        """The call derivation itself."""
        return self._template.fill(value_path(input_sha256))


def flat_path(name: str, data: bytes) -> StorePath:
    """Where a file with these bytes stands in every Nix store."""
    return fixed_flat_path(name, hashlib.sha256(data).digest())


def value_path(sha256: str) -> StorePath:
    """Where the value whose encoding has that SHA-256 (hex) stands in every Nix store."""
    return fixed_flat_path(VALUE_NAME, bytes.fromhex(sha256))
