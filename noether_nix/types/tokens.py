"""The words and marks of the text of a type, and what is said where the wrong one stands."""

import re

from noether_nix.errors import TypeSyntaxError
from noether_nix.inside.contract import InvalidValueError, Json, decode
from noether_nix.types.words import IDENTIFIER

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')


class Tokens:
    """One pass over a text: ``at`` is the next character, ``end`` follows the last token."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.at = self.end = start

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def take(self, token: str) -> bool:
        self.skip()
        if not self.text.startswith(token, self.at):
            return False
        self.at = self.end = self.at + len(token)
        return True

    def need(self, token: str, hint: str = "") -> None:
        if not self.take(token):
            raise self.expected(f"'{token}'", hint)

    def stands(self, tokens: str) -> bool:
        """Whether one of these characters stands next."""
        self.skip()
        return self.text[self.at : self.at + 1] in tuple(tokens)

    def word(self) -> str | None:
        self.skip()
        found = IDENTIFIER.match(self.text, self.at)
        if found is None:
            return None
        self.at = self.end = found.end()
        return found[0]

    def json(self, start: int, end: int) -> Json:
        """The JSON value between two places, by the rules that hold for all values."""
        try:
            return decode(self.text[start:end].encode(errors="surrogatepass"))
        except InvalidValueError as error:
            raise self.fault(str(error), at=start) from error

    def expected(self, what: str, hint: str = "") -> TypeSyntaxError:
        self.skip()
        rest = self.text[self.at : self.at + 20].split("\n")[0]
        stands = f"{rest!r} stands there" if rest else "the text ends"
        return self.fault(f"{what} is expected, but {stands}", hint=hint)

    def fault(self, reason: str, *, at: int | None = None, hint: str = "") -> TypeSyntaxError:
        at = self.at if at is None else at
        before = self.text[:at]
        column = at - (before.rfind("\n") + 1) + 1
        line = f"line {before.count(chr(10)) + 1}, " if "\n" in self.text else ""
        return TypeSyntaxError(f"{line}column {column}: {reason}", position=at, hint=hint)

    def number(self) -> int | float | None:
        """The JSON number that stands next, if one does."""
        self.skip()
        found = _NUMBER.match(self.text, self.at)
        if found is None:
            return None
        value = self.json(self.at, found.end())
        self.at = self.end = found.end()
        return value if isinstance(value, int | float) else None

    def string(self) -> str | None:
        """The JSON string that stands next, if one does."""
        self.skip()
        found = _STRING.match(self.text, self.at)
        if found is None:
            return None
        value = self.json(self.at, found.end())
        self.at = self.end = found.end()
        return str(value)
