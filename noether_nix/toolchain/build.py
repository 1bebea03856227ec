"""What runs in the build of nixexpr/toolchain.nix: the interpreter that runs it, as a closure.

It sees the rooms that that file names and the standard library, nothing else.
"""

from pathlib import Path

from noether_nix.toolchain.closure import assemble
from noether_nix.toolchain.interpreter import inspect_interpreter, running_interpreter


def main(out: str, system: str, zones: str) -> None:
    """Write the closure to ``out``, with the time zone database at ``zones``.

    Raises:
        ToolchainUnusableError: it cannot be made, or it does not start.
    """
    interpreter = inspect_interpreter(running_interpreter(), home=Path.cwd())
    assemble(interpreter, Path(out), system=system, zones=Path(zones))
