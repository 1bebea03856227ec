"""What a toolchain is: one store path with an interpreter, and how it is started."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias, get_args

from noether_nix.errors import FormatError, ToolchainUnusableError
from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath
from noether_nix.plan.interpreter import Interpreter

Provider: TypeAlias = Literal["host", "nixpkgs"]

# Never -I or -E: they ignore PYTHONHASHSEED, and the order of sets becomes random.
FLAGS = ("-s", "-S", "-P", "-X", "utf8")

# Nix's word for a system, and the loader that its GNU C library brings.
LOADERS: Mapping[str, str] = {
    "x86_64-linux": "ld-linux-x86-64.so.2",
    "aarch64-linux": "ld-linux-aarch64.so.1",
}


@dataclass(frozen=True, slots=True)
class ToolchainReference:
    """An interpreter closure in the store, and where it came from."""

    provider: Provider
    path: StorePath
    python_version: str
    system: str
    nar_hash: Digest

    @property
    def builder(self) -> str:
        """The program that a derivation starts: the closure's own loader, for a host's Python.

        Its interpreter asks for a loader in a folder that no sandbox has.

        Raises:
            ToolchainUnusableError: the system is none that is known here.
        """
        if self.provider == "nixpkgs":
            return f"{self.path}/bin/python3"
        return f"{self.path}/lib/{loader_name(self.system)}"

    @property
    def arguments(self) -> tuple[str, ...]:
        """What comes after the builder and before a script."""
        if self.provider == "nixpkgs":
            return FLAGS
        return ("--library-path", f"{self.path}/lib", f"{self.path}/bin/python3", *FLAGS)

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which the interpreter and its C library find their own data.

        They name the time zones and the folder of the locale ``C.UTF-8``, which nothing here
        asks for: who wants it sets ``LC_ALL``. The time zone itself is the caller's, too.
        """
        if self.provider == "nixpkgs":
            return {}
        zones = f"{self.path}/share/zoneinfo"
        return {"LOCPATH": f"{self.path}/lib/locale", "PYTHONTZPATH": zones, "TZDIR": zones}

    @property
    def interpreter(self) -> Interpreter:
        """How it is started inside a build."""
        return Interpreter(self.path, self.system, self.python_version, self.provider)

    def render(self) -> str:
        """The reference as JSON, the same text for the same reference."""
        document = {
            "nar_hash": str(self.nar_hash),
            "path": str(self.path),
            "provider": self.provider,
            "python_version": self.python_version,
            "system": self.system,
        }
        return json.dumps(document, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what :meth:`render` wrote.

        Raises:
            FormatError: ``text`` is nothing that it writes.
        """
        try:
            document = json.loads(text)
        except ValueError as error:
            raise FormatError(f"a toolchain's document is no JSON: {error}") from error
        if not isinstance(document, dict) or not all(
            isinstance(value, str) for value in document.values()
        ):
            raise FormatError("a toolchain's document is no object of texts")
        fields = ("nar_hash", "path", "provider", "python_version", "system")
        if set(document) != set(fields) or document["provider"] not in get_args(Provider):
            raise FormatError(f"a toolchain's document has other contents than {fields}")
        return cls(
            provider=document["provider"],
            path=StorePath.parse(document["path"]),
            python_version=document["python_version"],
            system=document["system"],
            nar_hash=Digest.parse(document["nar_hash"]),
        )


def loader_name(system: str) -> str:
    """The file name of the GNU C library's loader on ``system``.

    Raises:
        ToolchainUnusableError: there is none, or it is not known here.
    """
    try:
        return LOADERS[system]
    except KeyError as error:
        raise ToolchainUnusableError(
            f"stages cannot run on {system}", hint=f"supported are {', '.join(LOADERS)}"
        ) from error
