"""Who looks on at a run."""

from dataclasses import replace
from pathlib import Path

import pytest

from noether_nix.cli.progress import EventFile, PlainLines
from noether_nix.cli.progress_lines import call_line
from noether_nix.errors import FileUnreadableError
from noether_nix.run.events import (
    CallEnded,
    CallFailedOnce,
    CallsAdded,
    CallStarted,
    RunEnded,
    RunStarted,
    Warned,
)
from noether_nix.run.measures import Measures
from noether_nix.run.report import Attempt, CallReport, Report


def test_events_that_cannot_be_written_are_an_error_that_names_the_file() -> None:
    with (
        pytest.raises(FileUnreadableError, match="/dev/full: events cannot be written"),
        EventFile(Path("/dev/full")) as events,
    ):
        events.see(Warned("a word"))


def test_a_second_try_of_a_call_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    nodes, names = ("/root/stages/0", "/root/stages/1"), ("first", "second")
    started = RunStarted("a", "two", 2, nodes, names, "Nix 2.8.0", private=True, python="3.11.2")

    with PlainLines() as lines:
        lines.see(started)
        for index in (0, 1, 1):
            lines.see(CallStarted(index, nodes[index]))

    told = capsys.readouterr().err
    assert told == f"… {'second':<24} tried once more, in case the machine was to blame\n"


def test_a_try_that_failed_is_told_of_and_the_next_one_is_no_surprise(
    capsys: pytest.CaptureFixture[str],
) -> None:
    started = RunStarted("a", "one", 1, ("/root",), ("first",), "Nix 2.8.0", True, "3.11.2")

    with PlainLines() as lines:
        lines.see(started)
        lines.see(CallStarted(0, "/root"))
        lines.see(CallFailedOnce(0, "/root", Attempt(1, "killed", "was ended\x1b[2J", 0.1, 0.25)))
        lines.see(CallStarted(0, "/root"))

    told = capsys.readouterr().err
    assert told == f"↻ {'first':<24} killed: was ended\\x1b[2J; again in 0.25 s\n"


def test_a_call_says_what_it_used_when_asked_and_when_it_ran() -> None:
    limits: Measures = {
        "wall_seconds": {"used": 0.5, "limit": 60},
        "stack_bytes": {"used": None, "limit": 8},
    }
    ran = CallReport(0, "/root", "first", "0" * 64, "succeeded", seconds=0.5, limits=limits)

    assert call_line(ran) == "✓ first                    0.50 s"
    assert call_line(ran, verbose=True) == f"{call_line(ran)}\n    used: wall 0.50s of 60s"
    assert call_line(replace(ran, limits={}), verbose=True) == call_line(ran)


def test_of_many_items_a_node_is_told_and_not_every_call(
    capsys: pytest.CaptureFixture[str],
) -> None:
    started = RunStarted("a", "map", 1, ("/root/stages/0",), ("make",), "Nix", True, "3.11.2")
    pointers = tuple(f"/root/stages/1#{number}/body" for number in range(5000))
    outcomes = {7: "stage-raised", 8: "not-taken"}

    with PlainLines() as lines:
        lines.see(started)
        lines.see(CallEnded(CallReport(0, "/root/stages/0", "make", "", "succeeded", seconds=1.0)))
        lines.see(CallsAdded(1, "/root/stages/1", pointers, ("item",) * 5000))
        for number, pointer in enumerate(pointers):
            outcome = outcomes.get(number, "succeeded")
            cached = number < 3
            lines.see(CallEnded(CallReport(number + 1, pointer, "item", "", outcome, cached)))
        lines.see(RunEnded(Report("a", "map", "", "", (), None, 1.0, "full", "Nix", {})))

    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"✓ {'make':<24} 1.00 s"
    assert len(told) < 20
    assert any(line.startswith(f"✗ {'item #7':<24} stage-raised") for line in told)
    counts = "3 known, 1 not taken, 4995 run, 1 stage-raised"
    assert told[-1] == f"✗ {'item':<24} 5000 items: {counts}"


def test_of_few_items_each_has_its_line_with_its_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    started = RunStarted("a", "map", 0, (), (), "Nix", True, "3.11.2")
    pointer = "/root/branches/a#1x/stages/1#3/body#0"

    with PlainLines() as lines:
        lines.see(started)
        lines.see(CallsAdded(0, "/root", (pointer,), ("item",)))
        lines.see(CallEnded(CallReport(0, pointer, "item", "", "succeeded", seconds=0.25)))

    assert capsys.readouterr().err == f"✓ {'item #3#0':<24} 0.25 s\n"
