"""What the house asks of a provider of toolchains."""

from collections.abc import Callable
from typing import Protocol

from noether_nix.process.nix import Nix
from noether_nix.toolchain.model import ToolchainReference


class ToolchainProvider(Protocol):
    """A place where interpreter closures come from: the machine, or nixpkgs."""

    def make(self, nix: Nix, *, say: Callable[[str], None]) -> ToolchainReference:
        """Put a closure into the store of ``nix``, and tell ``say`` what takes the time.

        Raises:
            ToolchainUnusableError: none can be made.
            StoreFullError: there is no room for it.
            StoreUnwritableError: the folder of the store cannot be written.
        """
        ...
