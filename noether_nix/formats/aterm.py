"""The dialect of ATerm in which ``.drv`` files are written, as text; knows no meaning.

Nix's strings are bytes. Here they are ``str`` in UTF-8, and bytes that are no UTF-8 travel as
Python's lone surrogates (``surrogateescape``), so that any derivation survives a round trip.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from noether_nix.errors import FormatError
from noether_nix.frozen import dataclass

_Item = TypeVar("_Item")

_STRING = re.compile(r'"([^"\\\n\r\t]*(?:\\["\\nrt][^"\\\n\r\t]*)*)"')
_ESCAPE = re.compile(r'\\(["\\nrt])')
_UNWRITABLE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_MEANINGS = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


_ESCAPED = re.compile(r'[\\"\n\r\t]')


def quote(text: str) -> str:
    """Write one string; only five characters are escaped, all others stand for themselves."""
    if not _ESCAPED.search(text):
        return f'"{text}"'
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def quote_all(texts: Iterable[str]) -> str:
    """Write a list of strings."""
    return _bracket(map(quote, texts))


@dataclass(frozen=True, slots=True)
class DerivationText:
    """The seven parts of a derivation, all of them plain strings.

    Attributes:
        outputs: name, path, hash method and hash of each.
        inputs: for each input derivation (or the hash that stands for it) the outputs used.
    """

    outputs: Iterable[tuple[str, str, str, str]]
    inputs: Mapping[str, Collection[str]]
    sources: Iterable[str]
    system: str
    builder: str
    arguments: Iterable[str]
    environment: Mapping[str, str]

    def render(self) -> str:
        """Write the parts in Nix's order: what is a set or a map is sorted by bytes."""
        environment = sorted(self.environment, key=byte_order)
        parts = (
            _bracket(_tuple(map(quote, output)) for output in sorted(self.outputs)),
            _bracket(
                _tuple((quote(name), quote_all(sorted(set(self.inputs[name])))))
                for name in sorted(self.inputs)
            ),
            quote_all(sorted(set(self.sources))),
            quote(self.system),
            quote(self.builder),
            quote_all(self.arguments),
            _bracket(_tuple((quote(name), quote(self.environment[name]))) for name in environment),
        )
        return "Derive" + _tuple(parts)


def _bracket(items: Iterable[str]) -> str:
    return "[" + ",".join(items) + "]"


def _tuple(items: Iterable[str]) -> str:
    return "(" + ",".join(items) + ")"


def byte_order(text: str) -> bytes:
    """The order in which Nix sorts strings, as a key for ``sorted``."""
    # Any text has its place here; what cannot be written is refused by to_bytes.
    return text.encode("utf-8", "surrogatepass" if _UNWRITABLE.search(text) else "surrogateescape")


def to_bytes(text: str) -> bytes:
    """Encode a whole text.

    Raises:
        FormatError: it holds what Nix's strings cannot: a NUL or half of a surrogate pair.
    """
    if "\0" in text:
        raise FormatError("a derivation cannot hold a NUL character: Nix would cut the text there")
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise FormatError(
            f"a derivation cannot hold the lone surrogate {error.object[error.start]!a}"
        ) from error


def parse_derivation(data: bytes) -> DerivationText:
    """Read the parts of a derivation; neither their order nor their meaning is looked at.

    Raises:
        FormatError: ``data`` has another shape.
    """
    reader = _Reader(data)
    reader.expect("Derive(")
    outputs = reader.items(reader.output)
    reader.expect(",")
    inputs = dict(reader.items(reader.input))
    reader.expect(",")
    sources = reader.items(reader.string)
    reader.expect(",")
    system = reader.string()
    reader.expect(",")
    builder = reader.string()
    reader.expect(",")
    arguments = reader.items(reader.string)
    reader.expect(",")
    environment = dict(reader.items(reader.variable))
    reader.expect(")")
    reader.end()
    return DerivationText(outputs, inputs, sources, system, builder, arguments, environment)


class _Reader:
    """Reads one text from left to right; whatever is not there is a :class:`FormatError`."""

    __slots__ = ("_position", "_text")

    def __init__(self, data: bytes) -> None:
        self._text = data.decode("utf-8", "surrogateescape")
        self._position = 0

    def expect(self, token: str) -> None:
        """Step over ``token``."""
        if not self._text.startswith(token, self._position):
            raise self._error(f"{token!r}")
        self._position += len(token)

    def accept(self, token: str) -> bool:
        """Step over ``token`` if it comes next, and say whether it did."""
        found = self._text.startswith(token, self._position)
        if found:
            self._position += len(token)
        return found

    def string(self) -> str:
        """Read one string, with its escapes resolved."""
        match = _STRING.match(self._text, self._position)
        if match is None:
            raise self._error("a string")
        self._position = match.end()
        body = match[1]
        return _ESCAPE.sub(lambda found: _MEANINGS[found[1]], body) if "\\" in body else body

    def items(self, read: Callable[[], _Item]) -> tuple[_Item, ...]:
        """Read a list whose items ``read`` reads."""
        self.expect("[")
        found: list[_Item] = []
        while not self.accept("]"):
            if found:
                self.expect(",")
            found.append(read())
        return tuple(found)

    def output(self) -> tuple[str, str, str, str]:
        """Read the four texts of one output."""
        self.expect("(")
        name = self.string()
        self.expect(",")
        path = self.string()
        self.expect(",")
        method = self.string()
        self.expect(",")
        digest = self.string()
        self.expect(")")
        return name, path, method, digest

    def input(self) -> tuple[str, tuple[str, ...]]:
        """Read one input derivation and the outputs used of it."""
        self.expect("(")
        path = self.string()
        self.expect(",")
        names = self.items(self.string)
        self.expect(")")
        return path, names

    def variable(self) -> tuple[str, str]:
        """Read one variable and its value."""
        self.expect("(")
        name = self.string()
        self.expect(",")
        value = self.string()
        self.expect(")")
        return name, value

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self._position != len(self._text):
            raise self._error("the end")

    def _error(self, wanted: str) -> FormatError:
        found = self._text[self._position : self._position + 20]
        return FormatError(
            f"not a derivation: {wanted} is expected at character {self._position}, not {found!r}"
        )
