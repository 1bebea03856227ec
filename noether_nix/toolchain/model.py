"""What a toolchain is: one store path with an interpreter, and how it is started."""

import json
from typing import Literal, Self, TypeAlias, get_args

from noether_nix.errors import FormatError
from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass
from noether_nix.plan.interpreter import Interpreter

Provider: TypeAlias = Literal["host", "nixpkgs"]


@dataclass(frozen=True, slots=True)
class ToolchainReference:
    """An interpreter closure in the store, and where it came from.

    ``source`` says what it was made of: the program of a ``host``, the pin or the place of a
    ``nixpkgs``; it is empty where that was not noted yet.
    """

    provider: Provider
    path: StorePath
    python_version: str
    system: str
    nar_hash: Digest
    source: str = ""

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
            "source": self.source,
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
        except (ValueError, RecursionError) as error:
            raise FormatError(f"a toolchain's document is no JSON: {error}") from error
        if not isinstance(document, dict) or not all(
            isinstance(value, str) for value in document.values()
        ):
            raise FormatError("a toolchain's document is no object of texts")
        fields = ("nar_hash", "path", "provider", "python_version", "system")
        if set(document) - {"source"} != set(fields) or document["provider"] not in get_args(
            Provider
        ):
            raise FormatError(f"a toolchain's document has other contents than {fields}")
        return cls(
            provider=document["provider"],
            path=StorePath.parse(document["path"]),
            python_version=document["python_version"],
            system=document["system"],
            nar_hash=Digest.parse(document["nar_hash"]),
            source=document.get("source", ""),
        )
