"""What the values of options mean."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from noether_nix.errors import InputUnreadableError, SettingInvalidError
from noether_nix.frozen import dataclass
from noether_nix.stage.limits import find_limit

if TYPE_CHECKING:
    from noether_nix.effects.policy import Policy
    from noether_nix.inside.contract import Json

_MOST_BYTES = 1 << 30


def read_level(level: str | None, *, allow_unsandboxed: bool) -> str | None:
    """The least isolation that ``--level`` and ``--allow-unsandboxed`` ask for together.

    Raises:
        SettingInvalidError: they ask for different things.
    """
    if allow_unsandboxed and level not in (None, "none"):
        raise SettingInvalidError(
            f"--level {level} and --allow-unsandboxed contradict each other",
            hint="give one of them",
        )
    return "none" if allow_unsandboxed else level


def read_policy_options(allowed: Sequence[str], file: Path | None) -> "tuple[Policy, ...]":
    """The policies that ``--allow-effects`` and ``--policy`` give.

    Raises:
        FileUnreadableError: the file cannot be read.
        SettingInvalidError: a word is no effect, or the file is no policy.
    """
    if not allowed and file is None:
        return ()
    from noether_nix.run.policies import read_policies

    return read_policies(allowed or None, file)


@dataclass(frozen=True)
class RawInput:
    """The input as it was given: bytes of JSON or None, and the fields set over it.

    ``source`` is what the bytes are called in messages. Reading is done; parsing is not.
    """

    data: bytes | None
    source: str
    fields: tuple[tuple[str, bytes], ...]

    def digest(self) -> str:
        """Equal for equal bytes: the SHA-256 (hex) of all of it."""
        parts = [b"" if self.data is None else b"=" + self.data]
        parts += [part for name, value in self.fields for part in (name.encode(), value)]
        sizes = ",".join(str(len(part)) for part in parts).encode()
        return hashlib.sha256(b"\0".join((sizes, *parts))).hexdigest()

    def value(self) -> "Json":
        """The value that it means.

        Raises:
            InputUnreadableError: it is no JSON, or text that is no UTF-8.
        """
        from noether_nix.inside.contract import InvalidValueError, decode

        try:
            value = None if self.data is None else decode(self.data)
        except InvalidValueError as error:
            hint = _mending(self.source, self.data or b"", error.__cause__)
            raise InputUnreadableError(f"{self.source}: {error.reason}", hint=hint) from error
        if not self.fields:
            return value
        if value is not None and not isinstance(value, dict):
            raise InputUnreadableError("--set needs an input that is an object")
        return {**(value or {}), **{name: _text(name, data) for name, data in self.fields}}


def _mending(source: str, data: bytes, cause: BaseException | None) -> str:
    """What to do about an input that is no JSON."""
    from json import JSONDecodeError

    from noether_nix.formats.json_mending import how_to_mend

    if data.lstrip()[:1] in (b"{", b"["):
        return how_to_mend(cause) if isinstance(cause, JSONDecodeError) else ""
    if source == "--input":
        return "text needs quotes of its own: '\"words\"'"
    return f"the text of a file goes into a field as it is: --set FIELD=@{source}"


def read_input(text: str | None, fields: Sequence[str]) -> RawInput:
    """What ``--input`` and ``--set`` give together.

    Raises:
        InputUnreadableError: a file cannot be read, or a field is not written as one.
    """
    if text is None:
        data, source = None, ""
    elif text == "-":
        data, source = _bounded(sys.stdin.buffer, "standard input"), "standard input"
    elif text.startswith("@"):
        data, source = _read_file(text[1:]), text[1:]
    else:
        data, source = text.encode("utf-8", "surrogateescape"), "--input"
    return RawInput(data, source, tuple(map(_read_field, fields)))


def _read_field(text: str) -> tuple[str, bytes]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InputUnreadableError(f"--set {text}: write FIELD=VALUE or FIELD=@FILE")
    if not name.isprintable() and any("\ud800" <= char <= "\udfff" for char in name):
        raise InputUnreadableError(f"--set {text}: the field's name is no UTF-8")
    if value.startswith("@"):
        return name, _read_file(value[1:])
    return name, value.encode("utf-8", "surrogateescape")


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InputUnreadableError(
            f"--set {name}: byte {error.start} is not UTF-8, so it is no text"
        ) from error


def _read_file(name: str) -> bytes:
    if not name:
        raise InputUnreadableError("@ names no file", hint="write --input @input.json")
    try:
        with Path(name).open("rb") as file:
            return _bounded(file, name)
    except OSError as error:
        raise InputUnreadableError(f"{name}: {error.strerror}") from error
    except ValueError as error:
        raise InputUnreadableError(f"{name!r}: {error}") from error


def _bounded(file: BinaryIO, name: str) -> bytes:
    # Devices and pipes have no size to be asked for, and some never end.
    data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise InputUnreadableError(f"{name}: an input has at most {_MOST_BYTES >> 20} MiB")
    return data


def read_limits(texts: Sequence[str]) -> dict[str, int]:
    """The bounds that ``--limit`` gives, in seconds, bytes and pieces.

    Raises:
        SettingInvalidError: a name or an amount means nothing.
    """
    limits = {}
    for text in texts:
        name, _, amount = text.partition("=")
        try:
            limits[name] = find_limit(name).parse(amount)
        except SettingInvalidError as error:
            message = f"--limit {text:.80}: {error.message}"
            raise SettingInvalidError(message, hint=error.hint) from error
    return limits
