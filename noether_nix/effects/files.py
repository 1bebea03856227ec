"""Which files a call reads or writes, as far as the code says so.

Files of the call's own (what ``tempfile`` makes, what lies in /tmp) are nobody else's and no
effect. A path without a folder in front is told apart: who looks at the whole file can say whether
the code has made it itself.
"""

import ast
import posixpath
from collections.abc import Iterable, Iterator

from noether_nix.effects.arguments import (
    MODE_NAMES,
    PATH_NAMES,
    argument_of,
    is_no_path,
    is_own_path,
    kinds_of_mode,
    path_words,
    shown,
)
from noether_nix.effects.reading import meanings
from noether_nix.effects.scopes import Known, Scope, Words
from noether_nix.effects.sources import CHANCE_FILES, NO_FILES, Source
from noether_nix.frozen import dataclass
from noether_nix.stage.effect import EffectKind


@dataclass(frozen=True, slots=True)
class FileUse:
    """A use of a file; ``path`` is absolute, or None where the code does not say it."""

    kind: EffectKind
    reason: str
    path: str | None = None
    relative: str | None = None


def files_of(node: ast.Call, source: Source, written: str, scope: Scope) -> Iterator[FileUse]:
    """Every file that a call of such a source uses."""
    for path, is_target in _paths(node, source):
        kinds = source.kinds or kinds_of_mode(argument_of(node, source.mode, MODE_NAMES))
        if is_target:
            kinds = (EffectKind.FS_WRITE,)
        if isinstance(path, ast.Constant) and not isinstance(path.value, str | bytes):
            continue  # a descriptor, which somebody else has opened
        for words in _words(path, scope, evident=source.evident):
            yield from _uses(words, kinds, written)


def _paths(node: ast.Call, source: Source) -> Iterator[tuple[ast.expr | None, bool]]:
    """The expressions that are paths, and whether one is the target of two."""
    if source.path == "self":
        yield node.func.value if isinstance(node.func, ast.Attribute) else None, False
    else:
        path = argument_of(node, source.path, PATH_NAMES)
        in_own_folder = not node.args and not node.keywords
        if not in_own_folder and (path is not None or not source.evident):
            yield path, False
    if source.target is not None:
        yield argument_of(node, source.target, ("dst", "target", "extract_dir")), True


def _words(path: ast.expr | None, scope: Scope, *, evident: bool) -> Iterator[Words | None]:
    """What the path may be; None is one that the code does not say."""
    found = meanings(path, scope)
    if not found and not evident:
        yield None
    for one in found:
        if one == Known("os.devnull"):
            continue
        words = path_words(one)
        if words is not None or not (evident or is_no_path(one)):
            yield words


def _uses(words: Words | None, kinds: Iterable[EffectKind], written: str) -> Iterator[FileUse]:
    text = "" if words is None else words.text
    if words is not None and words.whole and text in NO_FILES:
        return
    if text in CHANCE_FILES:
        yield FileUse(EffectKind.RANDOM, f"{written}({shown(text)})")
    elif not is_own_path(text):
        whole = words is not None and words.whole
        reason = f"{written}({shown(text if whole else None)})"
        folder = text if whole else posixpath.dirname(text)
        for kind in kinds:
            if text.startswith("/"):
                yield FileUse(kind, reason, path=folder)
            else:
                yield FileUse(kind, reason, relative=posixpath.normpath(text) if whole else None)
