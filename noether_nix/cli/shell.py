"""`noether shell`: a call's own sandbox, with its code and its input, and a person in it."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from noether_nix.cli.drv import INPUT_OF_A_RUN, names_run
from noether_nix.cli.given import read_input, read_limits
from noether_nix.cli.lazy import example
from noether_nix.cli.options import input_option, json_option, limit_option, set_option
from noether_nix.cli.printing import say, tell
from noether_nix.cli.running import load_graph, read_graph
from noether_nix.cli.safe import decode_safely, safe_json, safely, safely_on_one_line
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json
from noether_nix.errors import (
    CallFailedError,
    InputUnreadableError,
    UnknownNodeError,
    UnknownRunError,
)
from noether_nix.run.calls import NamedCall, call_of_graph, call_of_run
from noether_nix.run.house import House
from noether_nix.run.outcome import outcome_in_words
from noether_nix.run.report import SUCCEEDED
from noether_nix.run.shell import Ending, converse, run_code, run_once

_MOST_CODE = 1 << 20
_KEPT_LINES = 100_000
_FAILED = CallFailedError.exit_code


@click.command(
    epilog=example(
        "noether shell last",
        "noether shell last count_words --run",
        "noether shell graph.json /root/stages/1 --input @input.json -c 'print(execute(input))'",
    )
)
@click.argument("graph", metavar="GRAPH|RUN|last", type=click.Path(allow_dash=True))
@click.argument("node", required=False)
@input_option
@set_option
@limit_option
@click.option("--run", "again", is_flag=True, help="Only execute the call once more.")
@click.option("-c", "code", metavar="CODE", help="Run this code there instead of asking for some.")
@json_option
def shell(
    graph: str,
    node: str | None,
    input_text: str | None,
    fields: Sequence[str],
    limits: Sequence[str],
    code: str | None,
    *,
    again: bool,
    as_json: bool,
) -> None:
    """Be where the call at NODE is: its sandbox, its code and its input, and Python to try them.

    NODE is one of GRAPH on the given input, or of a RUN: there it may be left out for the first
    call that failed. The calls that it needs must have results. There is `input`, the value that
    the call gets, and `execute`. Without a terminal the code comes from standard input.
    """
    if again and code is not None:
        raise click.UsageError("--run and -c do not go together")
    if not again and code is None and not sys.stdin.isatty():
        code = _read_code()
    if as_json and not again and code is None:
        raise click.UsageError("--json needs --run, -c or code on standard input")
    options = read_limits(limits)
    with House(load_settings(), say=note) as house:
        call = _call(house, graph, node, input_text, fields, options)
        if again:
            _show_run(house, call, as_json=as_json)
        elif code is not None:
            _show_code(house, call, code, as_json=as_json)
        else:
            for line in _banner(call):
                note(line)
            sys.exit(converse(house, call))


def _call(
    house: House,
    graph: str,
    node: str | None,
    input_text: str | None,
    fields: Sequence[str],
    options: dict[str, int],
) -> NamedCall:
    if names_run(graph):
        if input_text is not None or fields:
            raise InputUnreadableError(INPUT_OF_A_RUN)
        return call_of_run(house, graph, node or _first_failed(house, graph), options)
    if node is None:
        if not Path(graph).exists():
            raise UnknownRunError(
                f"{graph!r:.80} is neither a run nor a file",
                hint="`last` is the latest run; every run prints its id with --json",
            )
        raise click.UsageError("of a graph's file NODE has to be given, such as /root/stages/1")
    value = read_input(input_text, fields).value()
    return call_of_graph(house, load_graph(house, *read_graph(graph)), value, node, options)


def _first_failed(house: House, reference: str) -> str:
    run = house.ledger.find_run(reference)
    for call in house.ledger.calls(run.id):
        if call.outcome not in (SUCCEEDED, "skipped", "interrupted"):
            return call.pointer
    raise UnknownNodeError(
        f"no call of run {run.id} failed", hint="name the node: noether shell RUN NODE"
    )


def _read_code() -> str:
    data = sys.stdin.buffer.read(_MOST_CODE + 1)
    if len(data) > _MOST_CODE:
        raise InputUnreadableError(f"standard input: code has at most {_MOST_CODE >> 20} MiB")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InputUnreadableError(
            f"standard input: byte {error.start} is not UTF-8, so it is no code"
        ) from error


def _banner(call: NamedCall) -> list[str]:
    """What a person finds, and what is not as it is in a run."""
    stage = call.program.stage
    value = safely_on_one_line(call.input[:400].decode("utf-8", "replace"), 60)
    place = safely_on_one_line(call.pointer, 400)
    python = f"Python {call.program.interpreter.version}"
    return [
        f"{stage.name} at {place}, {python}: its sandbox, its code and its input.",
        f"  input is {value}; execute(input) calls it; Ctrl-D leaves",
        "As in a run: no network, no files, no processes, its limits of memory, files and room.",
        "Not as in a run: the sandbox is made without Nix; your terminal instead of a log, and",
        "what the code prints reaches it as it is; no limit of wall time, output or log.",
    ]


class _Printed:
    """What a call prints: shown line by line, or kept for the answer."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self.lines: list[str] = []

    def hear(self, line: bytes) -> None:
        text = decode_safely(line)
        if not self._keep:
            say(text)
        elif len(self.lines) < _KEPT_LINES:
            self.lines.append(text)


def _show_run(house: House, call: NamedCall, *, as_json: bool) -> None:
    printed = _Printed(keep=as_json)
    ending = run_once(house, call, printed.hear)
    well = ending.outcome == SUCCEEDED
    value = None if ending.value is None else json.loads(ending.value)
    words = "" if well else outcome_in_words(ending.outcome, ending.detail)
    if as_json:
        noun = _noun(call, printed)
        noun |= {"outcome": ending.outcome, "detail": dict(ending.detail), "value": value}
        _show_answer(noun, ending.outcome, words, well=well)
    elif well:
        tell(safe_json(value))
    else:
        for line in _failure(call, ending, words):
            say(line)
    if not well:
        sys.exit(_FAILED)


def _failure(call: NamedCall, ending: Ending, words: str) -> list[str]:
    place = safely_on_one_line(call.pointer, 400)
    lines = [f"✗ {call.program.stage.name} at {place}: {ending.outcome}"]
    lines.append(f"    {safely_on_one_line(words, 400)}")
    trace = ending.detail.get("traceback")
    if isinstance(trace, str):
        lines += [f"    | {line}" for line in safely(trace.rstrip()).splitlines()[-24:]]
    return lines


def _show_code(house: House, call: NamedCall, code: str, *, as_json: bool) -> None:
    printed = _Printed(keep=as_json)
    well = run_code(house, call, code, printed.hear)
    if as_json:
        noun = _noun(call, printed) | {"outcome": None, "detail": {}, "value": None}
        _show_answer(noun, "call-failed", "the code did not end well", well=well)
    if not well:
        sys.exit(_FAILED)


def _noun(call: NamedCall, printed: _Printed) -> dict[str, Any]:
    return {
        "node": call.pointer,
        "stage": {"name": call.program.stage.name, "id": call.program.stage.id},
        "key": str(call.key),
        "printed": "".join(f"{line}\n" for line in printed.lines),
    }


def _show_answer(noun: dict[str, Any], code: str, words: str, *, well: bool) -> None:
    answer: dict[str, Any] = {"shell": noun}
    if not well:
        hint = "the same command without --run and -c, on a terminal, lets you look around there"
        answer["error"] = {"code": code, "message": words, "hint": hint, "problems": []}
    show_json(answer, ok=well)
