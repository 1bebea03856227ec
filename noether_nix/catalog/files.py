"""Stages from files: the one place where stage files are read from the disk."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from noether_nix.database.regular_file import path_in_message, place_in_words, read_beginning
from noether_nix.errors import FileUnreadableError, StageInvalidError
from noether_nix.inside.contract import InvalidValueError, Json, decode
from noether_nix.stage.model import MAX_SOURCE_BYTES, Stage
from noether_nix.stage.python_file import helper_names, parse_stage_file
from noether_nix.stage.spec import MAX_SPEC_BYTES, parse_spec

_BOUNDS = {".py": MAX_SOURCE_BYTES, ".json": MAX_SPEC_BYTES}
_LOOKS_LIKE_STAGE = re.compile(
    rb"^(?:async[ \t]+)?def[ \t]+execute\b|^[ \t]*(?:Input|Output|Effects)[ \t]*:", re.MULTILINE
)


def load_stage_file(path: Path) -> Stage:
    """Read one stage from a ``.py`` or ``.json`` file, with the helpers beside it.

    Raises:
        FileUnreadableError: the file or a helper is no file or cannot be read.
        StageInvalidError: what it says is no stage; carries every problem.
    """
    place = place_in_words(path)
    bound = _BOUNDS.get(path.suffix)
    if bound is None and path.is_dir():
        raise FileUnreadableError(f"{place} is a folder, not a file")
    if bound is None:
        raise StageInvalidError(
            f"{place} is no stage: its name ends neither in .py nor in .json",
            hint="a stage is a Python file with a contract, or a JSON spec",
        )
    data = _read(path, bound)
    if path.suffix == ".json":
        return _read_spec(data, place)

    def helper(name: str) -> bytes | None:
        file = path.parent / name
        return _read(file, MAX_SOURCE_BYTES) if os.path.lexists(file) else None

    return parse_stage_file(data, place=place, helpers=helper)


def find_stage_files(paths: Iterable[Path]) -> list[Path]:
    """The stage files among ``paths``: files as named, folders searched through, each once.

    In a folder, a Python file counts that defines ``execute`` or states a contract and is no
    other stage's helper, and a JSON file that has an implementation. Hidden folders, virtual
    environments and links to folders are left out.

    Raises:
        FileUnreadableError: a path does not exist, or a folder cannot be searched.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(_in_folder(path)))
        elif os.path.lexists(path):
            found[path] = None
        else:
            raise FileUnreadableError(f"{place_in_words(path)} does not exist")
    return list(found)


def _in_folder(root: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise FileUnreadableError(f"{place_in_words(root)} cannot be searched: {error}") from error

    for folder, folders, files in os.walk(root, onerror=fail):
        folders[:] = sorted(name for name in folders if not _is_left_out(Path(folder, name)))
        yield from _stages_among([Path(folder, name) for name in sorted(files)])


def _is_left_out(folder: Path) -> bool:
    known = folder.name in ("__pycache__", "node_modules")
    return known or folder.name.startswith(".") or (folder / "pyvenv.cfg").exists()


def _stages_among(files: list[Path]) -> Iterator[Path]:
    """The stage files of one folder."""
    contents = {
        path: _read(path, _BOUNDS[path.suffix], cut=True)
        for path in files
        if path.suffix in _BOUNDS and path.is_file()
    }
    python = {
        path: data
        for path, data in contents.items()
        if path.suffix == ".py" and _LOOKS_LIKE_STAGE.search(data)
    }
    helpers = {path.with_name(name) for path, data in python.items() for name in helper_names(data)}
    for path, data in contents.items():
        if path in python:
            if path not in helpers:
                yield path
        elif path.suffix == ".json" and _is_spec(data):
            yield path


def _read_spec(data: bytes, place: str) -> Stage:
    if _is_object(data) and not _is_spec(data):
        # Whatever else it is (settings, somebody's tokens): none of it belongs into messages.
        raise StageInvalidError(
            f"{place} is no stage: it is an object without an implementation",
            hint="a JSON spec has name, input, output and implementation",
        )
    return parse_spec(data, place=place)


def _is_object(data: bytes) -> bool:
    return isinstance(_decoded(data), dict)


def _is_spec(data: bytes) -> bool:
    document = _decoded(data)
    return isinstance(document, dict) and not document.keys().isdisjoint(
        ("implementation", "implementation_code")
    )


def _decoded(data: bytes) -> Json:
    """The value, null for what is none."""
    try:
        return decode(data)
    except InvalidValueError:
        return None


def _read(path: Path, bound: int, *, cut: bool = False) -> bytes:
    """The bytes of a regular file that has at most ``bound``; with ``cut``, its beginning."""
    place = place_in_words(path)

    def refuse_another_kind(real: Path) -> None:
        # A link that came with a stage must not make its helper, say, of somebody's secrets.
        name = real.name.removesuffix(" (deleted)")  # an editor may just have replaced it
        if not name.endswith(path.suffix):
            leads = f"{path_in_message(path)} leads to {path_in_message(real)}"
            raise FileUnreadableError(
                f"{leads}, whose name does not end in {path.suffix}",
                hint="a link to code or to a spec leads to a file that is called so",
            )

    # A folder that is searched may have any links; what turns out as a stage is read again.
    data = read_beginning(path, bound + 1, None if cut else refuse_another_kind)
    if len(data) > bound and not cut:
        raise StageInvalidError(
            f"{place} is no stage: it has more than {bound} bytes",
            hint="data belongs into inputs, not into code",
        )
    return data
