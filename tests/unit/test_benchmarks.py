"""The parts of benchmarks/ that decide what a number is worth; tests/nix runs the whole."""

import dataclasses
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from benchmarks.cast import Cast, Contestant, names_of
from benchmarks.contestants import BenchmarkError, Machinery, Taken, _checked, timed
from benchmarks.contests import Family
from benchmarks.floor import call
from benchmarks.measure import Contest, Entry, Rounds, Timing, hold
from benchmarks.memory import Peak
from benchmarks.table import Conditions, render
from benchmarks.workloads import (
    Workload,
    edit_one,
    write_chain,
    write_large_chain,
    write_map,
    write_one_slow,
    write_wide,
)


def silent(_words: str) -> None:
    """Nobody listens."""


def entry(calls: list[str], name: str, answer: object = None, seconds: float = 0) -> Entry:
    def enter() -> Taken:
        calls.append(name)
        return Taken(seconds or float(len(calls)), answer)

    return enter


def contest(name: str, entries: Mapping[str, Entry]) -> Contest:
    return Contest(name, lambda _: entries)


# ------------------------------------------------------------------------------------- rounds


def test_all_contestants_meet_in_every_round_and_take_turns_at_starting() -> None:
    calls: list[str] = []
    both = contest("both", {"one": entry(calls, "one"), "two": entry(calls, "two")})

    timings = hold(both, Rounds(3), silent)

    assert calls == ["one", "two", "two", "one", "one", "two"]
    assert timings["one"].seconds == (1.0, 4.0, 5.0)
    assert timings["one"].median == 4.0


def test_who_is_slow_goes_home_early_and_who_is_always_there_stays() -> None:
    calls: list[str] = []
    names = {"fast": 1.0, "slow": 50.0, "slower": 200.0, "noether": 300.0}
    entries = {name: entry(calls, name, seconds=seconds) for name, seconds in names.items()}

    timings = hold(contest("few", entries), Rounds(4, 100, always=("noether",)), silent)

    rounds = {name: len(timing.seconds) for name, timing in timings.items()}
    assert rounds == {"fast": 4, "slow": 2, "slower": 1, "noether": 4}


def test_contestants_that_come_to_different_values_measured_nothing() -> None:
    calls: list[str] = []
    differ = contest("differ", {"one": entry(calls, "one", 1), "two": entry(calls, "two", 2)})

    with pytest.raises(BenchmarkError, match="differ: one gave 1, two 2"):
        hold(differ, Rounds(1), silent)


def test_whose_process_fails_goes_home_and_it_is_said() -> None:
    calls: list[str] = []
    broken: Entry = lambda: Taken(timed([sys.executable, "-c", "exit(3)"])[0], None)  # noqa: E731
    two = contest("two", {"good": entry(calls, "good"), "broken": broken})

    timings = hold(two, Rounds(2, always=("good",)), silent)

    assert list(timings) == ["good"]
    assert two.left_out == {"broken": "failed in two"}
    with pytest.raises(BenchmarkError, match="ended with 3"):
        hold(contest("one", {"broken": broken}), Rounds(2, always=("broken",)), silent)


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


# ---------------------------------------------------------------------------------- workloads


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
    assert workload.read_plan()["stage"] == "stage.py"

    edited = edit_one(write_chain(tmp_path / "edited", 3))

    assert edited.name == "link_0001.py"
    assert "# edited: " in edited.read_text()
    assert [path.read_bytes() for path in sources] == before


def value_of(workload: Workload) -> object:
    """The value by the bare loop of forks, whose own program is beside the contestants."""
    plan = workload.read_plan()
    if workload.chain:
        data = json.dumps(plan["input"]).encode()
        for name in workload.chain:
            data = call((workload.folder / name).read_bytes(), data)
        return json.loads(data)
    source = (workload.folder / plan["stage"]).read_bytes()
    return workload.value(
        {
            name: json.loads(call(source, json.dumps(value).encode()))
            for name, value in plan["input"].items()
        }
    )


@pytest.mark.parametrize("write", [write_chain, write_large_chain])
def test_an_edit_that_changes_the_value_changes_it_alike_wherever_it_is_done(
    write: Callable[[Path, int], Workload], tmp_path: Path
) -> None:
    one, other = write(tmp_path / "one", 4), write(tmp_path / "other", 4)
    first = value_of(one)
    edit_one(one)
    assert value_of(one) == first

    edit_one(one, 1)
    edit_one(one, 2)
    edit_one(other, 2)

    assert value_of(one) == value_of(other) != first


def test_graphs_say_the_same_as_their_plans(tmp_path: Path) -> None:
    chain = write_large_chain(tmp_path / "large", 2, characters=100)
    assert len(json.loads(chain.input.read_bytes())) == 100
    mapped = write_map(tmp_path / "map", 3)
    assert json.loads(mapped.graph.read_bytes())["root"]["op"] == "Map"
    assert value_of(mapped) == [{"n": n, "square": n * n} for n in range(3)]
    slow = write_one_slow(tmp_path / "slow", 5, rounds=2)
    assert slow.read_plan()["input"]["call_00002"] == {"seed": 1, "rounds": 2}
    assert value_of(slow) == {
        "call_00000": 7,
        "call_00001": 38,
        "call_00002": 1185,
        "call_00003": 100,
        "call_00004": 131,
    }


# ------------------------------------------------------------------------- cast and contests


def test_peers_are_chosen_by_name() -> None:
    assert names_of("none") == ()
    assert names_of("make,nix-build") == ("make", "nix-build")
    assert {"nix-build", "ninja", "bazel", "make", "snakemake", "doit", "redun", "joblib"} == set(
        names_of("all")
    )
    with pytest.raises(BenchmarkError, match="no peer is called nonsense: there are nix-build, "):
        names_of("make,nonsense")


class NoMachinery(Machinery):
    """A noether that computes what everybody does."""

    def __init__(self) -> None:
        """Nothing is prepared."""

    def run(self, workload: Workload, *, new: int, at_most: int | None = None) -> Taken:
        return Taken(1.0, value_of(workload), new)


def family(tmp_path: Path, length: int, **others: Callable[[Workload], Taken]) -> Family:
    folders = (tmp_path / f"{length}-{number}" for number in range(100))
    cast = Cast(NoMachinery(), others, (), ())
    return Family(
        f"chain-{length}", length, lambda folder: write_chain(folder, length), cast, folders
    )


def test_everybody_goes_on_with_the_last_folder_that_they_ran_cold(tmp_path: Path) -> None:
    seen: list[Path] = []

    def slow(workload: Workload) -> Taken:
        seen.append(workload.folder)
        return Taken(90.0, value_of(workload))

    chains = family(tmp_path, 3, slow=slow)
    rounds = Rounds(3, 100, always=("noether",))

    for contest in (chains.cold(), chains.again(), chains.edited(), chains.changed()):
        hold(contest, rounds, silent)

    # It went home after one cold round, and the others were of another folder then.
    assert seen == [tmp_path / "3-0"] * 4


@pytest.mark.parametrize(
    ("ran", "phase"),
    [pytest.param(0, "cold", id="known before"), pytest.param(3, "again", id="runs all again")],
)
def test_a_peer_that_does_not_do_what_is_measured_ends_everything(
    ran: int, phase: str, tmp_path: Path
) -> None:
    answers = iter([3, ran] if phase == "again" else [ran])
    chains = family(
        tmp_path, 3, peer=lambda workload: Taken(1.0, value_of(workload), next(answers))
    )

    before, measured = chains.cold(), chains.again()
    if phase == "again":
        hold(before, Rounds(1), silent)

    with pytest.raises(BenchmarkError, match=f"peer ran {ran}"):
        hold(measured if phase == "again" else before, Rounds(1), silent)


def test_who_would_take_too_long_on_a_larger_graph_is_left_out_and_it_is_said(
    tmp_path: Path,
) -> None:
    small = family(tmp_path, 2, slow=lambda workload: Taken(50.0, value_of(workload)))
    large = family(tmp_path, 6, slow=lambda workload: Taken(50.0, value_of(workload)))
    larger = family(tmp_path, 7, slow=lambda workload: Taken(50.0, value_of(workload)))
    hold(small.cold(), Rounds(1), silent)

    large.leave_out(small, 149)
    timings = hold(large.cold(), Rounds(1), silent)
    larger.leave_out(large, 149)

    assert list(timings) == ["noether"]
    # Folders of rounds that nobody goes on with are gone.
    hold(large.cold(), Rounds(3), silent)
    assert len(list(tmp_path.glob("6-*"))) <= 2
    assert larger.left_out == {"slow": "left out: over 149 s, by its chain-2"}


# -------------------------------------------------------------------------------------- pages


def page(results: list[tuple[Contest, dict[str, Timing]]], *contestants: Contestant) -> str:
    conditions = Conditions(
        date="2026-01-01 00:00 UTC",
        nix_version="Nix 2.8.0",
        python_version="3.11.2",
        load_before=0.1,
        load_after=0.2,
        note="a test",
        repetitions=2,
        contestants=contestants,
        memory={10: Peak(5_000_000, {"python": 4_000_000, "nix-build": 1_000_000}, 3)},
    )
    return render(conditions, results)


NOETHER = Contestant("noether", "this checkout", "full")


def wide(calls: int, **seconds: float) -> tuple[Contest, dict[str, Timing]]:
    line = Contest(f"wide-{calls}, cold", lambda _: {}, bound=1.0, calls=calls)
    return line, {name: Timing({0: value}) for name, value in seconds.items()}


def test_a_peer_that_is_not_installed_is_said_in_every_line() -> None:
    absent = Contestant("ninja", "", "bubblewrap", "not installed: run scripts/peers")

    text = page([wide(100, noether=0.5)], NOETHER, absent)

    assert "| ninja | not installed: run scripts/peers | bubblewrap |" in text
    assert "| wide-100, cold | 0.500 | ≤ 1: kept | not installed: run scripts/peers |" in text


def test_a_line_has_medians_ratios_promises_and_who_was_left_out() -> None:
    line, timings = wide(100, noether=2.0, make=1.0, bazel=30.0)
    line.left_out["redun"] = "left out: over 9 s, by its wide-10"
    line.remarks["noether"] = "ran 2 calls, not 1"
    names = ("make", "bazel", "redun")

    text = page([(line, timings)], NOETHER, *(Contestant(name, "1", "none") for name in names))

    assert (
        "| wide-100, cold | 2.000 ran 2 calls, not 1 | ≤ 1: BROKEN | 1.000 (0.50) | 30.0 (15) "
        "| left out: over 9 s, by its wide-10 |" in text
    )
    assert "- wide-100, cold: make 0.50" in text
    assert "The fastest peer that isolates calls" not in text
    assert "**a test**" in text
    assert "- wide-10, cold: 5 MB (python 4, nix-build 1)" in text


def test_the_fastest_peer_that_isolates_its_calls_is_told() -> None:
    peers = [Contestant("ninja", "1", "bubblewrap"), Contestant("make", "1", "none")]

    line, timings = wide(100, noether=1.0, make=0.5, ninja=2.5)
    promised = dataclasses.replace(line, margin=3)

    text = page([(line, timings)], NOETHER, *peers)
    bound = page([(promised, timings)], NOETHER, *peers)

    assert "- wide-100, cold: ninja, 2.5 times noether's seconds\n" in text
    assert "- wide-100, cold: ninja, 2.5 times noether's seconds, promised 3: BROKEN" in bound


def test_time_per_call_is_told_by_size_and_between_sizes() -> None:
    text = page([wide(100, noether=0.3), wide(1000, noether=1.2)], NOETHER)

    assert "|  | 100 calls | 1000 calls | further calls, 100 to 1000 |" in text
    assert "| noether | 3.00 | 1.20 | 1.00 |" in text
    assert "noether's largest is 2.50 times its smallest, promised 1.25: BROKEN." in text
