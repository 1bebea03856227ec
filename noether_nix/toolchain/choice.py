"""What was chosen about toolchains: where they come from. Imports nothing that makes one."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from noether_nix.frozen import dataclass, field, replace
from noether_nix.toolchain.model import Provider, ToolchainReference

if TYPE_CHECKING:
    from noether_nix.toolchain.interface import ToolchainProvider


@dataclass(frozen=True, slots=True)
class ToolchainChoice:
    """Which provider, and what it takes.

    Attributes:
        provider: ``host`` or ``nixpkgs``.
        python: the interpreter that a host's toolchain is made of; else the one that runs us.
        nixpkgs: a folder with nixpkgs or the address of an archive of it; else our pin.
        closure: a closure of the pin that is already built, as the flake's package brings it.
        network: the variables that say how the network is reached.
    """

    provider: Provider = "host"
    python: Path | None = None
    nixpkgs: str | None = None
    closure: Path | None = None
    network: Mapping[str, str] = field(default_factory=dict)

    def find_provider(self) -> "ToolchainProvider":
        """The provider that was chosen."""
        # Here, so that a run that finds its toolchain does not import what makes one.
        if self.provider == "nixpkgs":
            from noether_nix.toolchain.nixpkgs import NixpkgsProvider

            return NixpkgsProvider(self.nixpkgs, self.closure, self.network)
        from noether_nix.toolchain.host import HostProvider
        from noether_nix.toolchain.interpreter import running_interpreter

        return HostProvider(self.python or running_interpreter())

    def again(self, known: ToolchainReference) -> Self:
        """The choice that makes what was taken before, as far as it is known where it came from."""
        if known.provider == "host":
            return replace(self, provider="host")
        from noether_nix.toolchain.nixpkgs import place_of

        return replace(self, provider="nixpkgs", nixpkgs=place_of(known.source))
