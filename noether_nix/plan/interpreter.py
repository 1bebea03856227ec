"""How a toolchain's interpreter is started inside a build."""

from noether_nix.errors import ToolchainUnusableError
from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass

# Nix's word for a system, and the loader that its GNU C library brings.
_LOADERS = {"x86_64-linux": "ld-linux-x86-64.so.2", "aarch64-linux": "ld-linux-aarch64.so.1"}

# Never -I or -E: they ignore PYTHONHASHSEED, and the order of sets becomes random (design 4).
FLAGS = ("-s", "-S", "-P", "-X", "utf8")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A toolchain's Python, started through the toolchain's own loader.

    Attributes:
        toolchain: the closure that holds loader, libraries and interpreter.
        system: as Nix writes it, ``x86_64-linux``.
        version: of Python, ``3.11.2``.
        provider: where the toolchain came from, ``host`` or ``nixpkgs``.
    """

    toolchain: StorePath
    system: str
    version: str
    provider: str = "host"

    @property
    def loader(self) -> str:
        """The file name of the loader in the toolchain's ``lib``."""
        return loader_name(self.system)

    @property
    def builder(self) -> str:
        """The program that a derivation starts."""
        return f"{self.toolchain}/lib/{self.loader}"

    @property
    def arguments(self) -> tuple[str, ...]:
        """The builder's arguments, up to the script."""
        library = f"{self.toolchain}/lib"
        return ("--library-path", library, f"{self.toolchain}/bin/python3", *FLAGS)

    def to_document(self) -> dict[str, str]:
        """The toolchain as reports name it (design 11.5)."""
        return {"provider": self.provider, "path": str(self.toolchain), "version": self.version}


def loader_name(system: str) -> str:
    """The file name of the GNU C library's loader on ``system``.

    Raises:
        ToolchainUnusableError: there is none, or it is not known here.
    """
    try:
        return _LOADERS[system]
    except KeyError as error:
        raise ToolchainUnusableError(
            f"stages cannot run on {system}", hint=f"supported are {', '.join(_LOADERS)}"
        ) from error
