"""The parts of benchmarks/ that decide what a number is worth; tests/nix runs the whole."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.contestants import BenchmarkError, Taken, _checked, timed
from benchmarks.measure import Contest, Entry, Timing, hold
from benchmarks.workloads import edit_one, write_chain, write_wide


def silent(_words: str) -> None:
    """Nobody listens."""


def entry(calls: list[str], name: str, answer: object = None) -> Entry:
    def enter() -> Taken:
        calls.append(name)
        return Taken(float(len(calls)), answer)

    return enter


def test_all_contestants_meet_in_every_round_and_take_turns_at_starting() -> None:
    calls: list[str] = []
    contest = Contest("both", lambda: {"one": entry(calls, "one"), "two": entry(calls, "two")})

    timings = hold(contest, 3, silent)

    assert calls == ["one", "two", "two", "one", "one", "two"]
    assert timings["one"].seconds == (1.0, 4.0, 5.0)
    assert timings["one"].median == 4.0


def test_a_slow_contestant_takes_part_in_fewer_rounds() -> None:
    calls: list[str] = []
    entries: Mapping[str, Entry] = {"fast": entry(calls, "fast"), "slow": entry(calls, "slow")}

    timings = hold(Contest("few", lambda: entries, fewer={"slow": 1}), 4, silent)

    assert {name: len(timing.seconds) for name, timing in timings.items()} == {"fast": 4, "slow": 1}


def test_contestants_that_come_to_different_values_measured_nothing() -> None:
    calls: list[str] = []
    contest = Contest(
        "differ", lambda: {"one": entry(calls, "one", 1), "two": entry(calls, "two", 2)}
    )

    with pytest.raises(BenchmarkError, match="differ: one gave 1, two 2"):
        hold(contest, 1, silent)


def test_quartiles_of_one_round_are_its_time() -> None:
    assert Timing({3: 2.0}).quartiles == (2.0, 2.0)
    assert Timing(dict(enumerate((1.0, 2.0, 3.0, 4.0, 5.0)))).quartiles == (2.0, 4.0)


def test_a_ratio_compares_within_rounds_and_only_where_both_took_part() -> None:
    # In rounds 1 and 2 the machine was ten times slower, and the peer stayed away from the last.
    noether = Timing({0: 1.0, 1: 10.0, 2: 12.0})
    peer = Timing({0: 3.0, 1: 40.0})

    assert peer.times_of(noether) == 3.5


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"sandbox": "confined"}, "not what is measured", id="weaker sandbox"),
        pytest.param({"ok": False}, "not what is measured", id="a call failed"),
        pytest.param({"calls": [{"cached": False}]}, "not what is measured", id="a call is absent"),
        pytest.param(
            {"calls": [{"cached": False}, {"cached": True}]}, "1 of 2 calls ran", id="known before"
        ),
    ],
)
def test_a_run_that_is_not_what_is_measured_is_refused(
    changed: dict[str, object], words: str
) -> None:
    report = {"ok": True, "sandbox": "full", "calls": [{"cached": False}] * 2, "output": 5}
    assert _checked(report, calls=2, new=2) == 5

    with pytest.raises(BenchmarkError, match=words):
        _checked({**report, **changed}, calls=2, new=2)


def test_a_process_that_fails_measured_nothing() -> None:
    with pytest.raises(BenchmarkError, match=r"ended with 3:\nlast words"):
        timed([sys.executable, "-c", "import sys; print('last words', file=sys.stderr); exit(3)"])


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    return sorted(write_chain(tmp_path / "first", 3).folder.glob("*.py"))


def test_every_chain_has_sources_that_nobody_has_seen(sources: list[Path], tmp_path: Path) -> None:
    others = sorted(write_chain(tmp_path / "second", 3).folder.glob("*.py"))

    assert len({path.read_bytes() for path in (*sources, *others)}) == 6


def test_an_edit_changes_the_stage_in_the_middle_and_no_other(
    sources: list[Path], tmp_path: Path
) -> None:
    before = [path.read_bytes() for path in sources]
    workload = write_wide(tmp_path / "wide", 2)
    assert json.loads(workload.plan.read_bytes())["stage"] == "square.py"

    edited = edit_one(write_chain(tmp_path / "edited", 3))

    assert edited.name == "link_0001.py"
    assert "# edited: " in edited.read_text()
    assert [path.read_bytes() for path in sources] == before
