"""A closure of an interpreter: one folder with all that it needs, that runs from anywhere.

The same Python gives the same bytes: files are sorted by name, have one of two modes and no
times, links are followed, and bytecode is compiled anew in a fixed way (see ``precompile``).
Nothing is known here of Nix: a build of Nix is one of the places where this runs.
"""

import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from noether_nix.errors import ProgramMissingError, RunInterruptedError, ToolchainUnusableError
from noether_nix.plan.interpreter import FLAGS, loader_name
from noether_nix.process.child import Cancellation, Stop, run
from noether_nix.process.question import ask
from noether_nix.toolchain.interpreter import Interpreter
from noether_nix.toolchain.selection import (
    all_files,
    extension_modules,
    library_files,
    zone_files,
)
from noether_nix.toolchain.shared_libraries import find_libraries, read_loader

_ZONES = Path("/usr/share/zoneinfo")
_LOCALES = Path("/usr/lib/locale")
# The C library looks for the second spelling whichever it is asked for.
_LOCALE_NAMES = ("C.UTF-8", "C.utf8")

# How the work is divided must not depend on the machine: each part is one process, and what a
# process compiles decides its bytes.
_PARTS = 4
_COMPILE_ENVIRONMENT = {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"}


def assemble(
    interpreter: Interpreter,
    tree: Path,
    *,
    system: str,
    zones: Path | None = None,
    cancellation: Cancellation | None = None,
) -> None:
    """Write the closure of ``interpreter`` to the folder ``tree``, which is new.

    1. find what is linked; 2. copy; 3. compile; 4. start it once.

    Args:
        interpreter: the Python, which starts on this machine.
        tree: the folder.
        system: as Nix writes it.
        zones: the time zone database; else the system's, or the one that this Python looks at.
        cancellation: another thread's way to end it.

    Raises:
        ToolchainUnusableError: it cannot be made, or it does not start.
        RunInterruptedError: another thread ended it.
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
    database = zones or find_zones(interpreter)
    _copy_all(database, zone_files(database), tree / "share/zoneinfo")
    locale = find_locale(loader)
    _copy_all(locale, all_files(locale), tree / "lib/locale" / _LOCALE_NAMES[-1])
    # 3.
    command = start_command(tree, loader.name)
    _compile_all(command, home, [name for name in files if name.endswith(".py")], cancellation)
    # 4.
    _check_starts(command, interpreter)


def find_zones(interpreter: Interpreter) -> Path:
    """The time zone database of this machine; it need not be there."""
    places = (_ZONES, *interpreter.zones)
    return next((place for place in places if place.is_dir()), _ZONES)


def find_locale(loader: Path) -> Path:
    """The locale C.UTF-8 of the system, or of the C library that ``loader`` belongs to.

    Raises:
        ToolchainUnusableError: there is none.
    """
    for folder in (_LOCALES, loader.resolve().parent / "locale"):
        for name in _LOCALE_NAMES:
            if (folder / name / "LC_CTYPE").is_file():
                return folder / name
    raise ToolchainUnusableError(
        f"there is no locale C.UTF-8 in {_LOCALES} or beside {loader}",
        hint="install it (on Debian and Ubuntu it is part of libc-bin)",
    )


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


def _compile_all(
    command: Sequence[str], home: Path, files: Sequence[str], cancellation: Cancellation | None
) -> None:
    script = str(Path(__file__).with_name("precompile.py"))

    def compile_part(number: int) -> None:
        part = "\n".join(files[number::_PARTS])
        end = run(
            (*command, "-B", "-W", "ignore", script),
            environment=_COMPILE_ENVIRONMENT,
            directory=home,
            stdin=part.encode(),
            cancellation=cancellation,
        )
        if end.stopped is Stop.CANCELLED:
            raise RunInterruptedError("making a toolchain: stopped")
        if not end.ok:
            said = end.stderr_tail.decode(errors="replace").strip().rpartition("\n")[2]
            raise ToolchainUnusableError(f"the standard library cannot be compiled: {said}")

    with ThreadPoolExecutor(_PARTS) as pool:
        list(pool.map(compile_part, range(_PARTS)))


def _check_starts(command: Sequence[str], interpreter: Interpreter) -> None:
    question = "import sys, ctypes, hashlib, json, math; print('%d.%d.%d' % sys.version_info[:3])"
    try:
        end = ask((*command, "-B", "-c", question), environment={}, within_seconds=60)
    except ProgramMissingError as error:
        raise ToolchainUnusableError(f"the toolchain does not start: {error.message}") from error
    if not end.ok or end.stdout.decode(errors="replace").strip() != interpreter.version_text:
        said = end.stderr_tail.decode(errors="replace").strip().rpartition("\n")[2]
        raise ToolchainUnusableError(
            f"a toolchain of {interpreter.program} does not start: {said}",
            hint="set NOETHER_PYTHON to another Python",
        )
