"""Text from stages, graphs and logs made harmless before a person's terminal shows it."""

import json
import re
from collections.abc import Callable

# Control characters but line feed and tab, the ones that hide or reorder text, and lone halves
# of characters. A build could otherwise move the cursor, fake a prompt or forge a log line.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)


# Of ASCII; to look for them takes a tenth of what the pattern takes, and most text is ASCII.
_UNSAFE_ASCII = bytes(code for code in range(128) if _UNSAFE.match(chr(code)))


def safely(text: str) -> str:
    """The text with every character that could act on a terminal written out."""
    return _replaced(text.replace("\r\n", "\n"), _written_out)


def safe_json(value: object) -> str:
    """JSON text with every character that could act on a terminal as an escape of JSON.

    The same value for every reader. Lone halves of characters, which names of files may hold,
    are no text anywhere: they are written out.
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _replaced(text, _escaped)


def safe_json_rows(value: object) -> str:
    """As :func:`safe_json`, but what is in a part of a part stands on one line: a call, a stage.

    Python's own writer with an indent takes longer over a thousand calls than to run some.
    """
    return _replaced(_rows(value, "\n", levels=2), _escaped)


def safely_on_one_line(text: str, most: int = 200) -> str:
    """The beginning of the text on one line."""
    line = safely(text).replace("\n", "\\n").replace("\t", " ")
    return line if len(line) <= most else line[: most - 1] + "…"


def decode_safely(data: bytes) -> str:
    """Bytes of a log as text that can be shown."""
    return safely(data.decode("utf-8", "backslashreplace"))


def _replaced(text: str, write: Callable[[re.Match[str]], str]) -> str:
    if text.isascii():
        data = text.encode("ascii")
        if len(data.translate(None, _UNSAFE_ASCII)) == len(data):
            return text
    return _UNSAFE.sub(write, text)


def _rows(value: object, margin: str, levels: int) -> str:
    inner = f"{margin}  "
    match value:
        case dict() if value and levels:
            parts = [
                f"{_compact(str(name))}: {_rows(part, inner, levels - 1)}"
                for name, part in value.items()
            ]
            return f"{{{inner}{f',{inner}'.join(parts)}{margin}}}"
        case list() | tuple() if value and levels:
            parts = [_rows(item, inner, levels - 1) for item in value]
            return f"[{inner}{f',{inner}'.join(parts)}{margin}]"
        case _:
            return _compact(value)


_compact = json.JSONEncoder(ensure_ascii=False).encode


def _escaped(match: re.Match[str]) -> str:
    escape = json.dumps(match.group())[1:-1]  # of two halves where JSON has no other
    return f"\\{escape}" if "\ud800" <= match.group() <= "\udfff" else escape


def _written_out(match: re.Match[str]) -> str:
    number = ord(match.group())
    if number < 256:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 1 << 16 else f"\\U{number:08x}"
