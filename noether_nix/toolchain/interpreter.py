"""What an interpreter says of itself: which Python it is, and where its parts lie."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from noether_nix.errors import ProgramMissingError, ToolchainUnusableError
from noether_nix.frozen import dataclass
from noether_nix.process.question import ask

OLDEST = (3, 11)

_REMEDY = "set NOETHER_PYTHON to a CPython 3.11 or later, as /usr/bin/python3"

# Run by the interpreter that is looked at, so for any Python that knows JSON. The library for
# stack unwinding is loaded by name when a thread ends, so nothing that is linked names it.
_QUESTION = """
import json, os, sys, sysconfig
try:
    import ctypes
    ctypes.CDLL("libgcc_s.so.1")
except Exception:
    pass
unwinder = ""
for line in open("/proc/self/maps"):
    if "/libgcc_s" in line:
        unwinder = line.split(None, 5)[5].rstrip()
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": list(sys.version_info[:3]),
    "program": os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
    "prefix": os.path.realpath(sys.base_prefix),
    "library": os.path.realpath(os.path.dirname(os.__file__)),
    "modules": os.path.realpath(
        os.path.join(sys.base_exec_prefix, getattr(sys, "platlibdir", "lib"),
                     "python%d.%d" % sys.version_info[:2], "lib-dynload")),
    "unwinder": unwinder,
    "zones": (sysconfig.get_config_var("TZPATH") or "").split(os.pathsep),
}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A CPython of this machine: its program, its library, and how it calls them itself.

    ``library_folder`` is where the standard library lies below the prefix (``lib/python3.11``);
    the program finds it there wherever the whole is moved. ``zones`` are the places at which
    this Python looks for the time zone database.
    """

    program: Path
    library: Path
    extension_modules: Path
    library_folder: str
    version: tuple[int, int, int]
    unwinder: Path | None
    zones: tuple[Path, ...] = ()

    @property
    def version_text(self) -> str:
        """The version as people write it."""
        return ".".join(map(str, self.version))


def running_interpreter() -> Path:
    """The interpreter that runs us: the real one under a virtual environment."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def inspect_interpreter(program: Path, *, home: Path) -> Interpreter:
    """Ask an interpreter, which may be a shim or one of a virtual environment, what it is.

    Raises:
        ToolchainUnusableError: it does not start, or is no CPython of a supported version.
    """
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    argv = (str(program.absolute()), "-I", "-S", "-c", _QUESTION)
    try:
        end = ask(argv, environment=environment, within_seconds=60)
    except ProgramMissingError as error:
        raise ToolchainUnusableError(error.message, hint=_REMEDY) from error
    if not end.ok:
        words = end.stderr_tail.decode(errors="replace").strip().rpartition("\n")[2]
        raise ToolchainUnusableError(f"{program} is no working Python: {words}", hint=_REMEDY)
    return parse_answer(end.stdout, program)


def parse_answer(answer: bytes, program: Path) -> Interpreter:
    """Read what an interpreter answers to the question what it is.

    Raises:
        ToolchainUnusableError: it is no answer, or that of no CPython of a supported version.
    """
    try:
        return _interpreter_of(json.loads(answer), program)
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        message = f"{program} is no working Python: it does not say which one it is"
        raise ToolchainUnusableError(message, hint=_REMEDY) from error


def _interpreter_of(said: Mapping[str, Any], program: Path) -> Interpreter:
    """What an answer says; whatever Python raises where it is none."""
    major, minor, micro = map(int, said["version"])
    if said["implementation"] != "cpython" or (major, minor) < OLDEST:
        raise ToolchainUnusableError(
            f"{program} is {said['implementation']} {major}.{minor}.{micro}", hint=_REMEDY
        )
    prefix, library = _path(said["prefix"]), _path(said["library"])
    if not library.is_relative_to(prefix):
        raise ToolchainUnusableError(
            f"{program} has its standard library in {library}, outside of {prefix}", hint=_REMEDY
        )
    return Interpreter(
        program=_path(said["program"]),
        library=library,
        extension_modules=_path(said["modules"]),
        library_folder=str(library.relative_to(prefix)),
        version=(major, minor, micro),
        unwinder=_path(said["unwinder"]) if said["unwinder"] else None,
        zones=tuple(_path(place) for place in said["zones"] if place.startswith("/")),
    )


def _path(text: str) -> Path:
    if "\0" in text:
        raise ValueError("no path holds a null character")
    return Path(text)
