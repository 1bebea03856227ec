"""`noether stage new`, `add`, `list` and `show`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from noether_nix.catalog.answers import Entry
from noether_nix.cli.lazy import example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.safe import safely, safely_on_one_line
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json
from noether_nix.effects.declared import is_declared, place_of
from noether_nix.errors import FileUnreadableError
from noether_nix.run.admission import Seen, watch
from noether_nix.run.house import House
from noether_nix.run.stages import Registered, load_stage, register
from noether_nix.stage.document import stage_to_document
from noether_nix.stage.model import Raises, Stage
from noether_nix.stage.template import new_stage_text
from noether_nix.types.display import render_type, render_type_short

_SEEN_WIDTH = 200
_ID_DIGITS = 12  # of an id are shown where people read; eight and more are a reference


@click.command(
    epilog=example("noether stage new count_words", "noether stage new tidy --dir stages")
)
@click.argument("name")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The folder to write it to; made where there is none.",
)
@click.option(
    "--typed", is_flag=True, help="Write its types as annotations of the code: a TypedDict each."
)
@json_option
def new(name: str, folder: Path, *, typed: bool, as_json: bool) -> None:
    """Write NAME.py: a small stage that works, to be changed into yours.

    A file that is there already is left as it is.
    """
    text = new_stage_text(name, typed=typed)
    file = folder / f"{name}.py"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        hint = "choose another name, or another folder with --dir"
        raise FileUnreadableError(f"{file} is there already", hint=hint) from error
    except OSError as error:
        raise FileUnreadableError(f"{file} cannot be written: {error.strerror}") from error
    if as_json:
        show_json({"stage": {"name": name, "file": str(file)}})
    else:
        tell(safely(f"wrote {file}"))


@click.command(
    epilog=example("noether stage add ./count_words.py", "noether stage add ./stages"),
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path())
@click.option(
    "--accept-effects",
    is_flag=True,
    help="Record that effects which the code shows and nobody declared do not hold.",
)
@json_option
def add(paths: Sequence[str], *, accept_effects: bool, as_json: bool) -> None:
    """Register the stages of files, and those found in folders; all of them or none.

    A graph can then name them. The name of a changed file moves from the old id to the new one,
    which is printed as old -> new; the old stage stays under its id.

    The code is read, and what effects it shows is printed. A stage whose code shows one that the
    stage does not declare is refused.
    """
    with House(load_settings(), say=note) as house:
        registered = register(house, map(Path, paths), accept_effects=accept_effects)
    notes = [words for one in registered for words in one.seen.notes()]
    if as_json:
        show_json({"stages": [_registered_document(one) for one in registered]}, warnings=notes)
        return
    for one in registered:
        tell(safely(_registered_line(one)))
        for line in one.seen.lines():
            tell(safely(f"  seen {safely_on_one_line(line, _SEEN_WIDTH)}"))
    for words in notes:
        note(words)


def _registered_document(one: Registered) -> dict[str, Any]:
    return {
        "name": one.stage.name,
        "id": one.added.id,
        "previous": one.added.previous,
        "new": one.added.new,
        "file": one.stage.origin,
        **seen_document(one.seen),
    }


def seen_document(seen: Seen) -> dict[str, Any]:
    """What code shows, and what of it was accepted."""
    return {
        "seen": [
            {
                "effect": str(sight.effect),
                "place": place_of(seen.stage, sight),
                "reason": sight.reason,
                "sure": sight.sure,
                "declared": is_declared(sight, seen.stage.effects),
            }
            for sight in seen.sights
        ],
        "accepted": [
            {"effect": one.effect, "place": one.place, "reason": one.reason, "time": one.time}
            for one in seen.accepted
        ],
    }


def _registered_line(one: Registered) -> str:
    new_id = one.added.id[:_ID_DIGITS]
    if one.added.previous is not None:
        change = f"{one.added.previous[:_ID_DIGITS]} -> {new_id}"
    else:
        change = f"{new_id} ({'new' if one.added.new else 'unchanged'})"
    return f"{one.stage.name:<24} {change}"


@click.command("list", epilog=example("noether stage list", "noether stage list --all --json"))
@click.option("--all", "everything", is_flag=True, help="Also stages that no name points to now.")
@json_option
def list_stages(*, everything: bool, as_json: bool) -> None:
    """List the registered stages by name, with their ids and types."""
    with House(load_settings(), say=note, frugal=True) as house:
        found = house.catalog.entries() if house.exists else ()
    entries = [entry for entry in found if everything or entry.names]
    if as_json:
        show_json({"stages": [_entry_document(entry) for entry in entries]})
        return
    for entry in entries:
        tell(safely(_entry_line(entry)))
    if not entries:
        note("no stage is registered yet: noether stage add PATH")


def _entry_document(entry: Entry) -> dict[str, Any]:
    stage = entry.stage
    return {
        "name": stage.name,
        "names": list(entry.names),
        "id": stage.id,
        "input": render_type(stage.input),
        "output": render_type(stage.output),
        "effects": [str(effect) for effect in stage.effects],
        "description": stage.description,
        "file": stage.origin,
    }


def _entry_line(entry: Entry) -> str:
    stage = entry.stage
    name = ", ".join(entry.names) or f"({stage.name})"
    types = f"{render_type_short(stage.input, 40)} -> {render_type_short(stage.output, 40)}"
    return f"{name:<24} {stage.id[:_ID_DIGITS]}  {types}"


@click.command(
    epilog=example("noether stage show count_words", "noether stage show ./count_words.py --json")
)
@click.argument("reference", metavar="NAME|ID|FILE", type=click.Path())
@click.option("--source", is_flag=True, help="Print the code, and nothing else.")
@json_option
def show(reference: str, *, source: bool, as_json: bool) -> None:
    """Show what a stage is: its contract, its ids, and where it came from."""
    with House(load_settings(), say=note, frugal=True) as house:
        stage = load_stage(house, reference)
        seen = watch(stage, house.accepted_effects)
    if as_json:
        document = {**stage_to_document(stage), "file": stage.origin, **seen_document(seen)}
        show_json({"stage": document})
    elif source:
        sys.stdout.buffer.write(stage.source)
        sys.stdout.buffer.flush()
    else:
        for line in (*_stage_lines(stage), *_seen_lines(seen)):
            tell(safely(line))


def _stage_lines(stage: Stage) -> list[str]:
    rows = {
        "id": stage.id,
        "signature": stage.signature_id,
        "input": render_type(stage.input),
        "output": render_type(stage.output),
        "effects": ", ".join(map(str, stage.effects)),
        "limits": ", ".join(f"{name} {amount}" for name, amount in stage.limits.items()),
        "helpers": ", ".join(name for name, _ in stage.helpers),
        "tags": ", ".join(stage.tags),
        "file": stage.origin or "",
    }
    words = safely_on_one_line(stage.description, 2000)
    lines = [f"{stage.name}: {words}" if words else stage.name]
    lines += [f"  {name:<10} {text}" for name, text in rows.items() if text]
    for one in _example_lines(stage):
        lines.append(f"  {'example':<10} {one}")
    return lines


def _seen_lines(seen: Seen) -> list[str]:
    lines = [f"  {'seen':<10} {safely_on_one_line(line, _SEEN_WIDTH)}" for line in seen.lines()]
    for one in seen.accepted:
        words = f"{one.effect}: {one.reason} in {one.place} was said not to hold"
        lines.append(f"  {'accepted':<10} {safely_on_one_line(words, _SEEN_WIDTH)}")
    return lines


def _example_lines(stage: Stage) -> list[str]:
    import json

    lines = []
    for one in stage.examples:
        expected = one.expected
        told = (
            f"raises {expected.name}"
            if isinstance(expected, Raises)
            else json.dumps(expected.value, ensure_ascii=False)
        )
        text = f"{json.dumps(one.input, ensure_ascii=False)} -> {told}"
        lines.append(safely_on_one_line(text, 160))
    return lines
