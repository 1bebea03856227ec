"""The provider ``host``: a Python of this machine, made into one store path that runs anywhere."""

from collections.abc import Callable
from pathlib import Path

from noether_nix.database.disk import writing
from noether_nix.database.scratch import remove_abandoned, scratch_folder
from noether_nix.errors import HashMismatchError
from noether_nix.formats.digest import Digest
from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass
from noether_nix.process.nix import Nix
from noether_nix.process.system import read_facts
from noether_nix.toolchain.closure import assemble
from noether_nix.toolchain.interpreter import inspect_interpreter
from noether_nix.toolchain.model import ToolchainReference

SCRATCH = "toolchain-"
"""How the folders begin in which toolchains are made, 75 MB each."""


@dataclass(frozen=True, slots=True)
class HostProvider:
    """The provider that makes toolchains of the interpreter ``program``."""

    program: Path

    def make(self, nix: Nix, *, say: Callable[[str], None]) -> ToolchainReference:
        return make_host_toolchain(nix, self.program, say=say)


def make_host_toolchain(
    nix: Nix, program: Path, *, say: Callable[[str], None]
) -> ToolchainReference:
    """Put the closure of an interpreter of this machine into the store.

    Args:
        nix: whose store it goes to.
        program: the interpreter; a shim or one of a virtual environment stands for its base.
        say: told in a few words what takes the time.

    Raises:
        ToolchainUnusableError: no closure can be made of it.
        StoreFullError: there is no room for it.
        StoreUnwritableError: the folder of the store cannot be written.
    """
    nix.prepare()
    system = read_facts().system
    interpreter = inspect_interpreter(program, home=nix.folder / "home")
    say(f"making a toolchain of Python {interpreter.version_text} ({interpreter.program})")
    remove_abandoned(nix.folder, (SCRATCH,))
    with writing(nix.folder), scratch_folder(nix.folder, SCRATCH) as scratch:
        tree = scratch / f"noether-python-{interpreter.version_text}"
        assemble(interpreter, tree, system=system, cancellation=nix.cancellation)
        path = nix.add_tree(tree)
    return ToolchainReference(
        provider="host",
        path=path,
        python_version=interpreter.version_text,
        system=system,
        nar_hash=added_hash(nix, path),
        source=str(interpreter.program),
    )


def added_hash(nix: Nix, path: StorePath) -> Digest:
    """The hash of a closure that was added before.

    Raises:
        HashMismatchError: the store has lost it.
    """
    nar_hash = nix.nar_hash(path)
    if nar_hash is None:
        raise HashMismatchError(f"{path} was added to the store and is not in it")
    return nar_hash
