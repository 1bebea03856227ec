"""The provider ``host``: a Python of this machine, made into one store path that runs anywhere.

The same Python gives the same bytes: files are sorted by name, have one of two modes and no
times, links are followed, and bytecode is compiled anew in a fixed way (see ``precompile``).
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from noether_nix.database.disk import writing
from noether_nix.errors import (
    HashMismatchError,
    ProgramMissingError,
    ToolchainUnusableError,
)
from noether_nix.formats.store_path import StorePath
from noether_nix.plan.interpreter import FLAGS, loader_name
from noether_nix.process.child import run
from noether_nix.process.nix import Nix
from noether_nix.process.system import read_facts
from noether_nix.toolchain.interpreter import Interpreter, inspect_interpreter
from noether_nix.toolchain.model import ToolchainReference
from noether_nix.toolchain.selection import (
    all_files,
    extension_modules,
    library_files,
    zone_files,
)
from noether_nix.toolchain.shared_libraries import find_libraries, read_loader

_ZONES = Path("/usr/share/zoneinfo")
# The C library looks for the second spelling whichever it is asked for.
_LOCALES = (Path("/usr/lib/locale/C.UTF-8"), Path("/usr/lib/locale/C.utf8"))

# How the work is divided must not depend on the machine: each part is one process, and what a
# process compiles decides its bytes.
_PARTS = 4
_COMPILE_ENVIRONMENT = {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"}


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
    with (
        writing(nix.folder),
        tempfile.TemporaryDirectory(prefix="toolchain-", dir=nix.folder) as scratch,
    ):
        tree = Path(scratch) / f"noether-python-{interpreter.version_text}"
        assemble(interpreter, tree, system=system)
        path = nix.add_tree(tree)
    return refer_to(nix, path, interpreter.version_text, system)


def refer_to(nix: Nix, path: StorePath, version: str, system: str) -> ToolchainReference:
    """The reference to a closure that was added before.

    Raises:
        HashMismatchError: the store has lost it.
    """
    nar_hash = nix.nar_hash(path)
    if nar_hash is None:
        raise HashMismatchError(f"{path} was added to the store and is not in it")
    return ToolchainReference("host", path, version, system, nar_hash)


def assemble(interpreter: Interpreter, tree: Path, *, system: str) -> None:
    """Write the closure of ``interpreter`` to the folder ``tree``, which is new.

    1. find what is linked; 2. copy; 3. compile; 4. start it once.

    Raises:
        ToolchainUnusableError: it cannot be made, or it does not start.
        OSError: a file cannot be read or written.
    """
    # 1. A module whose libraries this machine does not have cannot be imported here either.
    loader = read_loader(interpreter.program)
    if loader.name != loader_name(system):
        raise ToolchainUnusableError(
            f"{interpreter.program} takes the loader {loader}, not that of the GNU C library",
            hint="set NOETHER_PYTHON to a Python that is built for it",
        )
    modules = list(extension_modules(interpreter.extension_modules))
    libraries, broken = find_libraries(
        loader, [interpreter.program, *modules, *_given(interpreter.unwinder)], jobs=_PARTS
    )
    if interpreter.unwinder is not None:
        libraries[interpreter.unwinder.name] = interpreter.unwinder
    # 2.
    home = tree / interpreter.library_folder
    files = list(library_files(interpreter.library))
    _copy(interpreter.program, tree / "bin/python3", mode=0o555)
    _copy(loader, tree / "lib" / loader.name, mode=0o555)
    for name, file in sorted(libraries.items()):
        _copy(file, tree / "lib" / name)
    for module in modules:
        if module not in broken:
            _copy(module, home / "lib-dynload" / module.name)
    _copy_all(interpreter.library, files, home)
    _copy_all(_ZONES, zone_files(_ZONES), tree / "share/zoneinfo")
    for locale in _LOCALES:
        _copy_all(locale, all_files(locale), tree / "lib/locale" / _LOCALES[-1].name)
    # 3.
    command = start_command(tree, loader.name)
    _compile_all(command, home, [name for name in files if name.endswith(".py")])
    # 4.
    _check_starts(command, interpreter)


def start_command(tree: Path, loader: str) -> tuple[str, ...]:
    """The words before a script that start the closure at ``tree``."""
    library = tree / "lib"
    program = tree / "bin/python3"
    return (str(library / loader), "--library-path", str(library), str(program), *FLAGS)


def _given(path: Path | None) -> Iterable[Path]:
    return () if path is None else (path,)


def _copy_all(source: Path, names: Iterable[str], target: Path) -> None:
    for name in names:
        _copy(source / name, target / name)


def _copy(source: Path, target: Path, *, mode: int = 0o444) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def _compile_all(command: Sequence[str], home: Path, files: Sequence[str]) -> None:
    script = str(Path(__file__).with_name("precompile.py"))

    def compile_part(number: int) -> None:
        part = "\n".join(files[number::_PARTS])
        end = run(
            (*command, "-B", "-W", "ignore", script),
            environment=_COMPILE_ENVIRONMENT,
            directory=home,
            stdin=part.encode(),
        )
        if not end.ok:
            said = end.stderr_tail.decode(errors="replace").strip().rpartition("\n")[2]
            raise ToolchainUnusableError(f"the standard library cannot be compiled: {said}")

    with ThreadPoolExecutor(_PARTS) as pool:
        list(pool.map(compile_part, range(_PARTS)))


def _check_starts(command: Sequence[str], interpreter: Interpreter) -> None:
    question = "import sys, ctypes, hashlib, json, math; print('%d.%d.%d' % sys.version_info[:3])"
    try:
        end = run((*command, "-B", "-c", question), environment={}, timeout_seconds=60)
    except ProgramMissingError as error:
        raise ToolchainUnusableError(f"the toolchain does not start: {error.message}") from error
    if not end.ok or end.stdout.decode(errors="replace").strip() != interpreter.version_text:
        said = end.stderr_tail.decode(errors="replace").strip().rpartition("\n")[2]
        raise ToolchainUnusableError(
            f"a toolchain of {interpreter.program} does not start: {said}",
            hint="set NOETHER_PYTHON to another Python",
        )
