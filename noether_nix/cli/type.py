"""`noether type`: types as people, programs and other languages write them."""

import json
from typing import TYPE_CHECKING, Any

import click

from noether_nix.cli.given import read_input
from noether_nix.cli.lazy import LazyGroup, example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.safe import safe_json, safely
from noether_nix.cli.show import show_json, warn
from noether_nix.errors import InputUnreadableError

if TYPE_CHECKING:
    from noether_nix.inside.contract import Json
    from noether_nix.types.model import Type

_HERE = "noether_nix.cli.type"


@click.group(
    cls=LazyGroup,
    lazy={
        "show": (f"{_HERE}:show", "What a type is, in text and in JSON."),
        "infer": (f"{_HERE}:infer", "The type of values given as examples."),
        "schema": (f"{_HERE}:schema", "A type as JSON Schema or as Python, and back."),
    },
    epilog=example(
        "noether type show '{ name: Text, tags?: List<Text & NonEmpty> }'",
        "noether type infer first.json second.json",
        "noether type schema 'Number & Range(0..=100)'",
    ),
)
def type_() -> None:
    """Look at types, find them from examples, and carry them to other languages and back.

    TYPE is written as in a stage's docstring, or is its JSON form; @FILE reads a file of either
    and - reads standard input.
    """


@click.command(
    epilog=example(
        "noether type show '{ id: Number & Integer, note?: Text }'",
        'noether type show \'{"kind": "List", "value": {"kind": "Any"}}\'',
    )
)
@click.argument("text", metavar="TYPE|@FILE|-")
@json_option
def show(text: str, *, as_json: bool) -> None:
    """Print TYPE as it is written, and in the JSON form that ids are made from.

    Says also where it has variables, and where Any leaves values unchecked.
    """
    _show(_read_type(text), as_json=as_json)


@click.command(epilog=example("noether type infer first.json second.json", "noether type infer -"))
@click.argument("files", metavar="FILE|-...", nargs=-1, required=True)
@json_option
def infer(files: tuple[str, ...], *, as_json: bool) -> None:
    """Print the narrowest type that the JSON value in every FILE has.

    A field that only some objects of a list have is optional. An example cannot show
    refinements, nor a Map where all its keys look like fields: write those yourself.
    """
    from noether_nix.types.infer import infer_types

    values = [_read_value(name if name == "-" else f"@{name}") for name in files]
    _show(infer_types(values), as_json=as_json)


@click.command(
    epilog=example(
        "noether type schema '{ name: Text }' > name.schema.json",
        "noether type schema '{ name: Text }' --python --name Person",
        "noether type schema --from @name.schema.json",
    )
)
@click.argument("text", metavar="TYPE|@FILE|-")
@click.option("--python", "as_python", is_flag=True, help="Python: a TypedDict for each record.")
@click.option("--name", metavar="NAME", help="What it is called in Python.  [default: Value]")
@click.option("--from", "is_schema", is_flag=True, help="The other way: TYPE is a JSON Schema.")
@json_option
def schema(text: str, name: str | None, *, as_python: bool, is_schema: bool, as_json: bool) -> None:
    """Print TYPE as JSON Schema 2020-12, or read one with --from.

    A value has the type exactly when it keeps to the schema. Back, what a schema demands and no
    type can is left out, and said.
    """
    if name is not None and not as_python:
        raise click.UsageError("--name is for --python")
    if is_schema:
        if as_python:
            raise click.UsageError("--from and --python cannot be used together")
        _show_from_schema(text, as_json=as_json)
    elif as_python:
        _show_python(_read_type(text), name or "Value", as_json=as_json)
    else:
        from noether_nix.types.json_schema import type_to_schema

        found = type_to_schema(_read_type(text))
        if as_json:
            show_json({"schema": found})
        else:
            tell(safe_json(found))


def _show_from_schema(text: str, *, as_json: bool) -> None:
    from noether_nix.types.json_schema_reader import type_from_schema

    found = type_from_schema(_read_value(text))
    if as_json:
        show_json({"type": _document(found.type)}, warnings=found.left_out)
        return
    for words in found.left_out:
        warn(words)
    _show(found.type, as_json=False)


def _show_python(whole: "Type", name: str, *, as_json: bool) -> None:
    from noether_nix.types.python_source import is_python_name, type_to_python

    if not is_python_name(name):
        raise click.UsageError(f"--name {name}: that is no free name in Python")
    source = type_to_python(whole, name)
    if as_json:
        show_json({"source": source})
    else:
        tell(safely(source), end="")


def _show(whole: "Type", *, as_json: bool) -> None:
    document = _document(whole)
    if as_json:
        show_json({"type": document})
        return
    tell(safely(document["text"]))
    written = json.dumps(document["document"], ensure_ascii=False)
    tell(written if written.isprintable() else json.dumps(document["document"]))
    if document["variables"]:
        tell(safely(f"variables: {', '.join(document['variables'])}"))
    if document["unchecked"]:
        places = ", ".join(place or "the whole value" for place in document["unchecked"])
        tell(safely(f"Any, so unchecked: {places}"))


def _document(whole: "Type") -> dict[str, Any]:
    from noether_nix.types.display import render_type
    from noether_nix.types.document import type_to_document
    from noether_nix.types.fits import path_text
    from noether_nix.types.vacuous import places_of_any
    from noether_nix.types.variables import variables_of

    return {
        "text": render_type(whole),
        "document": type_to_document(whole),
        "variables": sorted(variables_of(whole)),
        "unchecked": [path_text(path) for path in places_of_any(whole)],
    }


def _read_type(text: str) -> "Type":
    from noether_nix.inside.contract import InvalidValueError, decode
    from noether_nix.types.document import type_from_document
    from noether_nix.types.text import parse_type

    given = read_input(text, ())
    data = given.data or b""
    try:
        written = data.decode()
    except UnicodeDecodeError as error:
        source = "TYPE" if given.source == "--input" else given.source
        raise InputUnreadableError(f"{source}: byte {error.start} is not UTF-8") from error
    try:
        document = decode(data)
    except InvalidValueError:
        return parse_type(written.strip())
    return type_from_document(document)


def _read_value(text: str) -> "Json":
    from noether_nix.inside.contract import InvalidValueError, decode

    given = read_input(text, ())
    try:
        return decode(given.data or b"")
    except InvalidValueError as error:
        source = "the schema" if given.source == "--input" else given.source
        raise InputUnreadableError(f"{source}: {error}") from error
