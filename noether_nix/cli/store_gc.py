"""`noether store gc`: say what goes and why, and let it go."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import click

from noether_nix.cli.lazy import example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.safe import safely
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json, size_in_words
from noether_nix.database.retention import Going, Retention
from noether_nix.run.collecting import (
    Collection,
    StoreGarbage,
    apply_collection,
    plan_collection,
    with_reserve,
)
from noether_nix.run.house import House

_SHOWN = 10
_AGE = re.compile(r"([0-9]{1,6})([dhw])")
_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0}


def _read_age(_ctx: click.Context, _param: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    match = _AGE.fullmatch(text)
    if match is None:
        raise click.BadParameter(f"{text!r} is no age: write it like 30d, 12h or 4w")
    return int(match[1]) * _DAYS[match[2]]


@click.command(
    epilog=example(
        "noether store gc --older-than 30d --dry-run",
        "noether store gc --older-than 30d --keep-runs 100",
    )
)
@click.option(
    "--older-than",
    "days",
    metavar="AGE",
    callback=_read_age,
    help="Results not used and runs not begun for so long go: 30d, 12h, 4w.",
)
@click.option(
    "--keep",
    metavar="N",
    type=click.IntRange(0),
    help="Of the results keep so many, the last used first.",
)
@click.option(
    "--keep-runs",
    metavar="N",
    type=click.IntRange(0),
    help="Of the runs, with their logs, keep the last so many.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@json_option
def gc(
    days: float | None, keep: int | None, keep_runs: int | None, *, dry_run: bool, as_json: bool
) -> None:
    """Let go what nobody needs, and say what that is, how large, and why.

    Without an age or a number only goes what nothing names any more: what builds left in the
    store, logs of no run, values of no result. Stages and the toolchain always stay.
    """
    settings = load_settings()
    with with_reserve(settings.home), House(settings, say=note, frugal=True) as house:
        planned = plan_collection(house, Retention(days, keep), Retention(days, keep_runs))
        if planned is None:
            _say_nothing(as_json=as_json)
            return
        gone = planned.store if dry_run else apply_collection(house, planned)
    if as_json:
        warnings = [gone.left] if gone.left else []
        show_json({"gc": _document(planned, gone, dry_run=dry_run)}, warnings=warnings)
        return
    for line in _lines(planned, gone, dry_run=dry_run):
        tell(safely(line))


def _say_nothing(*, as_json: bool) -> None:
    if as_json:
        show_json({"gc": None})
    else:
        note("nothing was kept here yet")


def _document(planned: Collection, gone: StoreGarbage, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "runs": _going(planned.runs),
        "results": _going(planned.garbage.results),
        "values": _going(planned.garbage.values),
        "damaged": planned.garbage.damaged,
        "store_paths": [str(path) for path in gone.paths],
        "store_bytes": gone.size_bytes,
        "bytes": _size(planned, gone, dry_run=dry_run),
    }


def _going(several: Sequence[Going]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "bytes": one.size_bytes,
            "last_used": one.last_used,
            "reason": one.reason,
        }
        for one in several
    ]


def _lines(planned: Collection, gone: StoreGarbage, *, dry_run: bool) -> Iterator[str]:
    yield from _sort("runs", planned.runs)
    yield from _sort("results", planned.garbage.results)
    yield from _sort("values", planned.garbage.values)
    if planned.garbage.damaged:
        yield f"{planned.garbage.damaged} results that were set aside as damaged"
    if gone.paths:
        number, size = len(gone.paths), size_in_words(gone.size_bytes)
        yield f"{number} store paths, {size}: nothing spares them"
    if gone.left:
        yield gone.left
    total = size_in_words(_size(planned, gone, dry_run=dry_run))
    yield f"{'would free' if dry_run else 'freed'} {total}"


def _sort(name: str, several: Sequence[Going]) -> Iterator[str]:
    if not several:
        return
    yield f"{len(several)} {name}, {size_in_words(sum(one.size_bytes for one in several))}:"
    for one in several[:_SHOWN]:
        yield f"  {one.name}  {size_in_words(one.size_bytes)}, {one.reason}"
    if len(several) > _SHOWN:
        yield f"  and {len(several) - _SHOWN} more; --json lists all"


def _size(planned: Collection, gone: StoreGarbage, *, dry_run: bool) -> int:
    """How much goes; what Nix deleted holds the large values already, unless nothing was done."""
    size = gone.size_bytes + sum(one.size_bytes for one in planned.runs)
    size += sum(one.size_bytes for one in planned.garbage.results)
    if dry_run:
        size += sum(one.size_bytes for one in planned.garbage.values)
    return size
