"""A graph and the files that it is made of: what Import and Const name is read and put in.

Reading itself is the caller's: this room touches no file.
"""

import hashlib
import posixpath
from collections.abc import Callable, Mapping

from noether_nix.errors import FileUnreadableError, GraphSyntaxError, Problem
from noether_nix.frozen import dataclass, field, replace
from noether_nix.graph.bounds import MAX_GRAPH_BYTES
from noether_nix.graph.members import MemberReader
from noether_nix.graph.model import ConstNode, Graph, ImportNode, Node, StageNode
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.problems import Finding, locate, raise_problems, shown
from noether_nix.graph.references import PathReference
from noether_nix.graph.traversal import nodes, with_children
from noether_nix.inside.contract import InvalidValueError, Json, decode

MAX_IMPORTS = 4000
"""How many Import nodes a graph has with those of what it imports; each is read anew, in 0.1 ms.

Files that import the next one twice have a million times the last one after twenty.
"""

Opener = Callable[[str], bytes]
"""The bytes of a file, by its path from the folder of the graph; FileUnreadableError if none."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A graph that needs no other graph's file any more.

    ``files`` are the SHA-256 (hex) of what was read, by its path from the graph's folder.
    """

    graph: Graph
    files: Mapping[str, str] = field(default_factory=dict)


def link_graph(graph: Graph, open_file: Opener, text: bytes | None = None) -> Linked:
    """Put in what Import and Const nodes name; paths in an imported graph are relative to it.

    Args:
        graph: what was parsed.
        open_file: reads a file.
        text: the bytes of the graph file, from which problems get their line.

    Raises:
        GraphSyntaxError: a file cannot be read, is no graph or no value, is not the one that its
            hash says, or imports itself; with every problem.
    """
    if not any(map(_waits, nodes(graph))):
        return Linked(graph)
    linker = _Linker(open_file)
    root = linker.link(graph.root, _Place("", (posixpath.basename(graph.source) or "-",)), 1)
    located = locate(linker.found, source=graph.source, data=text, files=linker.texts)
    problems = (*located, *linker.problems)
    raise_problems(GraphSyntaxError, f"{graph.source} cannot be put together", problems)
    return Linked(replace(graph, root=root, files=linker.texts), linker.files)


def _waits(node: Node) -> bool:
    match node:
        case ConstNode():
            return node.waits
        case ImportNode():
            return node.graph is None
        case _:
            return False


@dataclass(frozen=True, slots=True)
class _Place:
    """Where paths start from, and the files that led there."""

    folder: str
    chain: tuple[str, ...]

    def path(self, written: str) -> str:
        return f"{self.folder}{written.removeprefix('./')}" if self.folder else written


class _Linker:
    """Reads each file once; what is wrong is noted, and the node left as it was."""

    def __init__(self, open_file: Opener) -> None:
        self.found: list[Finding] = []
        self.problems: list[Problem] = []
        self.files: dict[str, str] = {}
        self.texts: dict[str, tuple[str, bytes]] = {}
        self._open = open_file
        self._data: dict[str, bytes | FileUnreadableError] = {}
        self._left = MAX_GRAPH_BYTES
        self._imports_left = MAX_IMPORTS
        self._is_full = False

    def link(self, node: Node, place: _Place, level: int) -> Node:
        match node:
            case ConstNode() if node.waits:
                return self._link_const(node, place)
            case ImportNode(graph=None):
                return self._link_import(node, place, level)
            case StageNode(_, PathReference(path)) if place.folder:
                return replace(node, reference=PathReference(place.path(path)))
            case _:
                return with_children(node, lambda inner: self.link(inner, place, level + 1))

    def _link_const(self, node: ConstNode, place: _Place) -> Node:
        path = place.path(node.file)
        data = self._read(path, f"{node.pointer}/file", node.sha256)
        if data is None:
            return node
        try:
            value = _value_of(data, path)
        except InvalidValueError as error:
            where = f" at {error.pointer}" if error.pointer else ""
            message = f"the file {shown(path)} holds no value: {error.reason}{where}"
            self.note("file-invalid", message, f"{node.pointer}/file")
            return node
        reader = MemberReader()
        reader.check_levels(value, f"{node.pointer}/file")
        self.found += reader.found
        return replace(node, value=value, file=path, sha256=self.files[path], waits=False)

    def _link_import(self, node: ImportNode, place: _Place, level: int) -> Node:
        path, pointer = place.path(node.path), f"{node.pointer}/path"
        name = posixpath.normpath(path)
        if name in place.chain:
            chain = " imports ".join((*place.chain[place.chain.index(name) :], name))
            hint = "take the part that both need into a graph of its own"
            self.note("import-cycle", f"a graph imports itself: {chain}", pointer, hint)
            return node
        self._imports_left -= 1
        if self._imports_left < 0:
            self._refuse_rest(f"a graph may import {MAX_IMPORTS} graphs in all", pointer)
            return node
        data = self._read(path, pointer, node.sha256)
        if data is None:
            return node
        self.texts[node.pointer] = (path, data)
        below = f"{node.pointer}/import"
        try:
            inner = parse_graph(data, source=path, pointer=below, level=level + 1)
        except GraphSyntaxError as error:
            if not error.problems:
                self.note(error.code, error.message, pointer, error.hint)
            self.problems += error.problems
            return node
        further = _Place(posixpath.dirname(path) + "/", (*place.chain, name))
        graph = replace(inner, root=self.link(inner.root, further, level + 1))
        return replace(node, path=path, graph=graph, sha256=self.files[path])

    def _read(self, path: str, pointer: str, sha256: str) -> bytes | None:
        if self._is_full:
            return None
        if path not in self._data:
            try:
                self._data[path] = self._open(path)
            except FileUnreadableError as error:
                self._data[path] = error
        data = self._data[path]
        if isinstance(data, FileUnreadableError):
            self.note("file-unreadable", data.message, pointer, data.hint)
            return None
        self._left -= len(data)
        if self._left < 0:
            most = f"{MAX_GRAPH_BYTES >> 20} MiB"
            message = f"a graph and all that it takes from files may have {most} together"
            self._refuse_rest(message, pointer, "give large values as the graph's input")
            return None
        self.files[path] = found = hashlib.sha256(data).hexdigest()
        if sha256 and sha256 != found:
            message = f"{shown(path)} is not the file that the graph names: its SHA-256 is {found}"
            self.note("hash-differs", message, pointer, "look at what changed in it")
            return None
        return data

    def _refuse_rest(self, message: str, pointer: str, hint: str = "") -> None:
        """Say once that there is too much; nothing is read for the nodes that are left."""
        if not self._is_full:
            self.note("too-large", message, pointer, hint)
        self._is_full = True

    def note(self, code: str, message: str, pointer: str, hint: str = "") -> None:
        self.found.append(Finding(code, message, pointer, hint))


def _value_of(data: bytes, path: str) -> Json:
    """JSON from a file that is called so, the text of any other."""
    if path.endswith(".json"):
        return decode(data)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidValueError(f"byte {error.start} is not UTF-8", "") from error
