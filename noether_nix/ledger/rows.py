"""Rows of the ledger as what they were written from; SQLite keeps whatever somebody puts there."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from noether_nix.frozen import field_names
from noether_nix.ledger.liveness import is_alive
from noether_nix.ledger.model import Call, Run

_ABSENT = type(None)
_RUN: Mapping[str, tuple[type, ...]] = {
    "started": (float,),
    "ended": (float, _ABSENT),
    "composition_id": (str, _ABSENT),
    "output_sha256": (str, _ABSENT),
    "pid": (int,),
    "seconds": (float, _ABSENT),
}
_CALL: Mapping[str, tuple[type, ...]] = {
    "number": (int,),
    "key": (str, _ABSENT),
    "cached": (int,),
    "seconds": (float, _ABSENT),
    "value_sha256": (str, _ABSENT),
    "log_bytes": (int,),
}


def run_from_row(*columns: Any) -> Run:
    """Read a run; the last column is the mark of its process.

    Raises:
        ValueError, TypeError, RecursionError: it is none.
    """
    *fields, mark = columns
    run = Run(*_checked(field_names(Run), fields, _RUN, ("counts", "toolchain")))
    if run.state != "running" or is_alive(run.pid, mark):
        return run
    fields[3] = "interrupted"
    return Run(*fields)


def call_from_row(*columns: Any) -> Call:
    """Read a call.

    Raises:
        ValueError, TypeError, RecursionError: it is none.
    """
    names = field_names(Call)
    named = dict(zip(names, _checked(names, columns, _CALL, ("used", "detail")), strict=True))
    return Call(**{**named, "cached": bool(named["cached"])})


def call_to_row(run: str, call: Call) -> tuple[str | int | float | None, ...]:
    """What :func:`call_from_row` reads, with the name of the run before it."""
    return (
        run,
        call.number,
        call.pointer,
        call.stage_id,
        call.stage_name,
        call.key,
        call.outcome,
        int(call.cached),
        call.seconds,
        call.used,
        call.detail,
        call.value_sha256,
        call.log_bytes,
    )


def _checked(
    names: Sequence[str],
    columns: Sequence[Any],
    kinds: Mapping[str, tuple[type, ...]],
    objects: Sequence[str],
) -> Sequence[Any]:
    """The columns, each of its kind, which is text where none is named; ``objects`` are JSON."""
    for name, value in zip(names, columns, strict=True):
        if type(value) not in kinds.get(name, (str,)):
            raise TypeError(f"{value!r:.40} is no {name}")
        if name in objects and not isinstance(json.loads(value), dict):
            raise TypeError(f"{value!r:.40} is no object, and {name} is one")
    return columns
