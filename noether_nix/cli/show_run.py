"""`noether show`: what is kept of a run."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from noether_nix.cli.lazy import example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.safe import safely, safely_on_one_line
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note, show_json, warn
from noether_nix.cli.tally import MOST_LINES, Tally
from noether_nix.run.house import House
from noether_nix.run.labels import ITEM, label_of
from noether_nix.run.reading import find_call
from noether_nix.run.retelling import RecordedRun, retell


@click.command(
    epilog=example(
        "noether show last",
        "noether show last --json",
        "noether show 20260801-101500-a1b2c3 count_words",
    )
)
@click.argument("run", metavar="RUN|last")
@click.argument("node", required=False)
@json_option
def show(run: str, node: str | None, *, as_json: bool) -> None:
    """Show what is kept of a run: how its calls ended, and what proved its sandbox.

    Of a large run the calls of items are counted, and those that failed shown. NODE, a name as
    `noether graph show --format nodes` prints it or that of a stage, shows that call alone. With
    `--json` everything is there: for every result under which kernel, Nix and interpreter it was
    computed, and what the sandbox was seen to be, from inside, before that.
    """
    with House(load_settings(), say=note, frugal=True) as house:
        found = house.ledger.find_run(run)
        calls = house.ledger.calls(found.id)
        chosen = calls if node is None else [find_call(calls, found.id, node)]
        told = retell(house.ledger, house.results, found, chosen)
    if as_json:
        show_json(told.to_document(), warnings=told.damaged)
        return
    for words in told.damaged:
        warn(words)
    tell(safely("\n".join(_lines(told))))


_MARKS = {"succeeded": "✓", "skipped": "·", "not-taken": "·"}
_NO_FAILURE = frozenset({*_MARKS, "interrupted"})
_MOST_FAILURES = 20


def _lines(told: RecordedRun) -> Iterator[str]:
    document, run = told.to_document(), told.run
    took = "" if run.seconds is None else f", {run.seconds:.2f} s"
    yield f"{run.graph_name}  {run.state}{took}  {run.id}"
    began = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.started))
    toolchain = document["toolchain"]
    facts = {
        "began": began,
        "graph": run.graph_id,
        "written": run.composition_id,
        "sandbox": run.level,
        "Nix": run.nix_version,
        "Python": f"{toolchain['version']}, {toolchain['path']}",
        "noether": run.noether_version,
    }
    for name, fact in facts.items():
        if fact is not None:
            yield f"  {name:<8} {fact}"
    for name in told.proved_by:
        if name in told.proofs:
            yield f"  {'proved':<8} {_proof_in_words(told.proofs[name])}"
    if len(told.calls) > MOST_LINES:
        yield from _many(document["calls"], run.id)
        return
    for call in document["calls"]:
        yield _line(call)
        if len(told.calls) == 1:
            yield from _call_lines(call)


def _many(calls: Sequence[Mapping[str, Any]], run: str) -> Iterator[str]:
    """The calls of a large run: those of items counted, and some that failed beside that."""
    tally, failures = Tally(), 0
    for call in calls:
        name, node, outcome = call["stage"]["name"], call["node"], call["outcome"]
        is_item = ITEM.search(node) is not None
        if is_item:
            tally.add(name, node, outcome, cached=call["cached"])
            failures += outcome not in _NO_FAILURE
        if not is_item or (outcome not in _NO_FAILURE and failures <= _MOST_FAILURES):
            yield _line(call)
    yield from tally.lines(known=True)
    if tally.lines(known=True):
        yield f"  one of them: noether show {run} NODE#ITEM; all of them: --json"


def _line(call: Mapping[str, Any]) -> str:
    mark = _MARKS.get(call["outcome"], "✗")
    return f"{mark} {label_of(call['stage']['name'], call['node']):<24} {_end_in_words(call)}"


def _end_in_words(call: Mapping[str, Any]) -> str:
    if call["cached"]:
        return "known" + (f", from run {call['record']['run']}" if call["record"] else "")
    took = "" if call["seconds"] is None else f"{call['seconds']:.2f} s"
    return took if call["outcome"] == "succeeded" else f"{call['outcome']}  {took}".rstrip()


def _call_lines(call: Mapping[str, Any]) -> Iterator[str]:
    from noether_nix.run.measures import measures_in_words
    from noether_nix.run.outcome import outcome_in_words

    yield f"    node     {safely_on_one_line(call['node'], 4000)}"
    if call["key"]:
        yield f"    key      {call['key']}"
    if call["detail"]:
        words = outcome_in_words(call["outcome"], call["detail"])
        yield f"    end      {safely_on_one_line(words, 400)}"
    for tried in call.get("attempts", ()):
        again = f"again after {tried['pause_seconds']:g} s"
        yield f"    tried    {tried['outcome']}: {safely_on_one_line(tried['message'])}; {again}"
    if call["limits"]:
        yield f"    used     {measures_in_words(call['limits'])}"
    record = call["record"]
    if record:
        yield f"    result   {record['value_bytes']} bytes, SHA-256 {call['value_sha256']}"
        yield (
            f"    computed {record['level']}, Linux {record['kernel']}, {record['cpu_model']}, "
            f"{record['nix']}"
        )


def _proof_in_words(proof: Mapping[str, Any]) -> str:
    call = proof["evidence"]["call"]
    fences = [
        *(["own namespaces"] if call["namespaces"] else []),
        *(["seccomp"] if call["seccomp"] else []),
        *([f"Landlock ABI {call['landlock']}"] if call["landlock"] else []),
        *(["no capabilities"] if not call["capabilities"] else []),
    ]
    lacking = [words for level in proof["evidence"]["wanting"].values() for words in level]
    wanting = f"; wanting: {', '.join(lacking)}" if lacking else ""
    return f"{', '.join(fences) or 'nothing'}, on Linux {proof['kernel']}{wanting}"
