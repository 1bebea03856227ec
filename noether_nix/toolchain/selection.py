"""Which files of a Python belong into a closure, and where they lie in it. Pure but for listing."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

# Packages of other people, tests, windows on a screen, and what only makes more Pythons.
_SKIPPED_FOLDERS = frozenset(
    {
        "__pycache__",
        "dist-packages",
        "ensurepip",
        "idlelib",
        "lib-dynload",
        "lib2to3",
        "site-packages",
        "test",
        "tests",
        "tkinter",
        "turtledemo",
    }
)
_SKIPPED_FILES = frozenset(
    {"EXTERNALLY-MANAGED", "sitecustomize.py", "turtle.py", "usercustomize.py"}
)
_SKIPPED_MODULES = ("_ctypes_test", "_test", "_tkinter", "_xxtestfuzz", "xxlimited")
# Second copies of every zone, and what says where this machine stands.
_SKIPPED_ZONES = frozenset({"localtime", "posix", "posixrules", "right"})


def library_files(library: Path) -> Iterator[str]:
    """The files of the standard library without extension modules, by their relative paths."""
    for name in all_files(library, _is_wanted_folder):
        file = name.rpartition("/")[2]
        if file not in _SKIPPED_FILES and not file.endswith((".pyc", ".pyo", ".a", ".o")):
            yield name


def extension_modules(folder: Path) -> Iterator[Path]:
    """The extension modules, without those that test Python itself."""
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir()):
        if file.suffix == ".so" and not file.name.startswith(_SKIPPED_MODULES):
            yield file


def zone_files(folder: Path) -> Iterator[str]:
    """The files of the time zone database, each zone once, by their relative paths."""
    return (name for name in all_files(folder) if name.partition("/")[0] not in _SKIPPED_ZONES)


def all_files(folder: Path, wanted: Callable[[str], bool] = bool) -> Iterator[str]:
    """The files below a folder in a fixed order, by their relative paths.

    Args:
        folder: it need not be there.
        wanted: tells by its name whether a folder is looked into.
    """
    for place, names, files in os.walk(folder):
        names[:] = sorted(filter(wanted, names))
        inside = os.path.relpath(place, folder)
        for name in sorted(files):
            yield name if inside == "." else f"{inside}/{name}"


def _is_wanted_folder(name: str) -> bool:
    return name not in _SKIPPED_FOLDERS and not name.startswith("config-")
