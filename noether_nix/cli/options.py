"""Options that several commands share, and how their values are read."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from noether_nix.errors import InputUnreadableError, SettingInvalidError
from noether_nix.inside.contract import InvalidValueError, Json, decode
from noether_nix.stage.quantities import LIMIT_UNITS, parse_quantity

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object, also when it fails."
)
input_option = click.option(
    "--input",
    "input_text",
    metavar="JSON|@FILE|-",
    help="The input: JSON text, a file of it, or standard input. Without it: null.",
)
set_option = click.option(
    "--set",
    "fields",
    metavar="FIELD=VALUE",
    multiple=True,
    help="Set a field of the input: text as it is, or with FIELD=@FILE the text of a file.",
)
limit_option = click.option(
    "--limit",
    "limits",
    metavar="NAME=AMOUNT",
    multiple=True,
    help=f"A bound for every call: {', '.join(LIMIT_UNITS)}. As wall=30s or memory=512MiB.",
)
jobs_option = click.option(
    "--jobs", type=click.IntRange(1, 1024), help="How many calls run at once."
)


def read_input(text: str | None, fields: Sequence[str]) -> Json:
    """The input that ``--input`` and ``--set`` give together.

    Raises:
        InputUnreadableError: it is no JSON, or a file cannot be read.
    """
    value: Json = None if text is None else _read_value(text)
    if not fields:
        return value
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise InputUnreadableError("--set needs an input that is an object")
    return {**value, **dict(map(_read_field, fields))}


def _read_value(text: str) -> Json:
    if text == "-":
        source, data = "standard input", sys.stdin.buffer.read()
    elif text.startswith("@"):
        source, data = text[1:], _read_file(text[1:])
    else:
        source, data = "--input", text.encode("utf-8", "surrogateescape")
    try:
        return decode(data)
    except InvalidValueError as error:
        hint = "text needs quotes of its own: --input '\"words\"'" if source == "--input" else ""
        raise InputUnreadableError(f"{source}: {error.reason}", hint=hint) from error


def _read_field(text: str) -> tuple[str, Json]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InputUnreadableError(f"--set {text}: write FIELD=VALUE or FIELD=@FILE")
    if not value.startswith("@"):
        return name, value
    try:
        return name, _read_file(value[1:]).decode()
    except UnicodeDecodeError as error:
        raise InputUnreadableError(
            f"{value[1:]}: byte {error.start} is not UTF-8, so it is no text"
        ) from error


def _read_file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise InputUnreadableError(f"{name}: {error.strerror}") from error
    except ValueError as error:
        raise InputUnreadableError(f"{name!r}: {error}") from error


def read_limits(texts: Sequence[str]) -> dict[str, int]:
    """The bounds that ``--limit`` gives, in seconds and bytes.

    Raises:
        SettingInvalidError: a name or an amount means nothing.
    """
    limits = {}
    for text in texts:
        name, _, amount = text.partition("=")
        if name not in LIMIT_UNITS:
            raise SettingInvalidError(
                f"--limit {text}: {name!r} is no limit", hint=f"known: {', '.join(LIMIT_UNITS)}"
            )
        limits[name] = parse_quantity(amount, LIMIT_UNITS[name])
    return limits
