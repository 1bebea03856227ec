"""The outputs of a derivation: their names, and what may be promised about them."""

from collections.abc import Mapping, Sequence
from typing import Self

from noether_nix.errors import FormatError
from noether_nix.formats import store_path
from noether_nix.formats.digest import Digest, check_algorithm
from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass

_ESCAPED = frozenset('"\\\n\r\t')


@dataclass(frozen=True, slots=True)
class FixedOutput:
    """What the author of a derivation promises about the content of its only output."""

    digest: Digest
    recursive: bool = False

    @property
    def method(self) -> str:
        """Method and algorithm, as the text of a derivation spells them: ``r:sha256``."""
        return f"{'r:' if self.recursive else ''}{self.digest.algorithm}"


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a derivation.

    Attributes:
        path: where it goes; None only before the derivation has been given its paths.
        fixed: the promised content, when there is one.
    """

    path: StorePath | None
    fixed: FixedOutput | None = None

    @classmethod
    def parse(cls, path: str, method: str, digest: str) -> Self:
        """Read the three texts that a derivation says of an output.

        Raises:
            FormatError: one of them is malformed, or they are of an experimental kind.
        """
        fixed = None
        if method or digest:
            algorithm = check_algorithm(method.removeprefix("r:"))
            promised = Digest.parse(digest, algorithm=algorithm)
            if promised.hex != digest:
                raise FormatError(f"the promised digest {digest!r} is not in lower-case hex")
            fixed = FixedOutput(promised, recursive=method.startswith("r:"))
        return cls(StorePath.parse(path) if path else None, fixed)

    def texts(self) -> tuple[str, str, str]:
        """What :meth:`parse` reads."""
        path = str(self.path) if self.path else ""
        return (path, self.fixed.method, self.fixed.digest.hex) if self.fixed else (path, "", "")


def output_name(derivation_name: str, output: str) -> str:
    """The name in the store of one output."""
    return derivation_name if output == "out" else f"{derivation_name}-{output}"


def check_outputs(
    name: str, outputs: Sequence[str], variables: Mapping[str, str], fixed: FixedOutput | None
) -> None:
    """Refuse what Nix refuses, before a path is made that Nix would never make.

    Raises:
        FormatError: a name is not allowed, or outputs, variables and promise contradict each other.
    """
    store_path.check_name(name + ".drv")
    if name.endswith(".drv"):
        raise FormatError(f"derivation {name!r} must not itself be named like a .drv file")
    if not outputs or len(set(outputs)) != len(outputs):
        raise FormatError(f"derivation {name!r} has no outputs, or two of one name")
    if fixed is not None and tuple(outputs) != ("out",):
        raise FormatError(f"derivation {name!r} promises its content: its only output is 'out'")
    for output in outputs:
        store_path.check_name(output_name(name, output))
        if output == "drv":
            raise FormatError(f"derivation {name!r}: no output may be called 'drv'")
        if variables.get(output):
            raise FormatError(f"derivation {name!r}: variable {output!r} is the path of an output")


def complete_variables(
    environment: Mapping[str, str], given: Mapping[str, str], fixed: FixedOutput | None
) -> dict[str, str]:
    """The author's variables with those that Nix adds.

    Raises:
        FormatError: the author says something else than what is given, or something is missing.
    """
    variables = dict(environment)
    added = dict(given)
    if fixed is not None and "outputHash" not in variables:
        added["outputHash"] = fixed.digest.hex
        added["outputHashMode"] = "recursive" if fixed.recursive else "flat"
        added["outputHashAlgo"] = fixed.digest.algorithm
    if not given["builder"]:
        raise FormatError(f"derivation {given['name']!r} has no builder")
    # Nix writes the system into the text without escapes, and then reads back something else.
    if not given["system"] or not _ESCAPED.isdisjoint(given["system"]):
        raise FormatError(
            f"derivation {given['name']!r} has the impossible system {given['system']!r}"
        )
    for variable, value in added.items():
        if variables.setdefault(variable, value) != value:
            raise FormatError(f"variable {variable!r} of derivation {given['name']!r} is {value!r}")
    return variables
