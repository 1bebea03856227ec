"""Runs and calls: written as they happen, told apart when their process died."""

import hashlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import noether_nix
from noether_nix.database.connection import Database
from noether_nix.errors import DatabaseDamagedError, InternalError, UnknownRunError
from noether_nix.ledger.ledger import Ledger
from noether_nix.ledger.model import INLINE_BYTES, Call, NewRun, RunEnd, RunState

SOURCE = Path(noether_nix.__file__).parents[1]
STARTED = 1_795_169_730.5  # 2026-11-20 10:15:30 UTC

NEW = NewRun(
    started=STARTED,
    graph_name="zones",
    graph_id="9" * 64,
    composition_id="8" * 64,
    graph=b'{"root": 1}',
    input_sha256=hashlib.sha256(b"null").hexdigest(),
    input=b"null",
    level="full",
    toolchain='{"provider":"host"}',
    nix_version="2.8.0",
    noether_version="0.1",
)
END = RunEnd(
    ended=STARTED + 2, state="succeeded", seconds=1.75, counts='{"run":2}', output_sha256="5" * 64
)
CALL = Call(
    number=0,
    pointer="/root/body/stages/1",
    stage_id="7" * 64,
    stage_name="parse",
    key="/nix/store/x.drv",
    outcome="succeeded",
    cached=False,
    seconds=0.25,
    value_sha256="3" * 64,
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "noether.sqlite") as opened:
        yield opened


@pytest.fixture
def ledger(database: Database, tmp_path: Path) -> Ledger:
    return Ledger(database, tmp_path / "logs")


def test_the_id_of_a_run_says_when_it_began(ledger: Ledger) -> None:
    run = ledger.start_run(NEW)

    assert re.fullmatch(r"20261120-101530-[0-9a-f]{6}", run)


def test_a_run_that_goes_on_is_running(ledger: Ledger) -> None:
    run = ledger.find_run(ledger.start_run(NEW))

    assert (run.state, run.ended, run.seconds, run.counts) == ("running", None, None, "{}")
    assert (run.graph_name, run.graph_id, run.level) == ("zones", "9" * 64, "full")
    assert run.composition_id == "8" * 64
    assert (run.toolchain, run.nix_version) == ('{"provider":"host"}', "2.8.0")


def test_what_proved_a_sandbox_is_kept_once_for_all_runs(
    ledger: Ledger, database: Database
) -> None:
    first, second, third = (ledger.start_run(NEW) for _ in range(3))

    names = [ledger.record_proof(run, '{"level":"full"}') for run in (first, first, second)]
    other = ledger.record_proof(second, '{"level":"alone"}')

    assert len(set(names)) == 1
    assert ledger.proofs_of(first) == names[:1]
    assert ledger.proofs_of(second) == sorted([names[0], other])
    assert ledger.proofs_of(third) == []
    assert ledger.proofs([other, "0" * 64]) == {other: '{"level":"alone"}'}
    assert database.row(int, "SELECT count(*) FROM proofs") == 2


def test_what_proved_a_sandbox_and_was_changed_is_not_told(
    ledger: Ledger, database: Database
) -> None:
    name = ledger.record_proof(ledger.start_run(NEW), '{"level":"alone"}')
    database.execute("""UPDATE proofs SET document = '{"level":"full"}'""")

    assert ledger.proofs([name]) == {}


@pytest.mark.parametrize("state", ["succeeded", "failed", "interrupted", "lost"])
def test_an_ended_run_says_how(ledger: Ledger, state: RunState) -> None:
    started = ledger.start_run(NEW)

    ledger.end_run(started, replace(END, state=state))

    run = ledger.find_run(started)
    assert (run.state, run.ended, run.seconds) == (state, STARTED + 2, 1.75)
    assert (run.counts, run.output_sha256, run.level) == ('{"run":2}', "5" * 64, "full")


def test_the_isolation_that_was_had_comes_with_the_end(ledger: Ledger) -> None:
    started = ledger.start_run(NEW)

    ledger.end_run(started, replace(END, level="confined"))

    assert ledger.find_run(started).level == "confined"


def test_graph_and_input_are_kept_byte_for_byte(ledger: Ledger, database: Database) -> None:
    runs = [ledger.find_run(ledger.start_run(NEW)) for _ in range(2)]

    assert [ledger.graph_document(run) for run in runs] == [NEW.graph, NEW.graph]
    assert [ledger.input(run) for run in runs] == [b"null", b"null"]
    assert database.row(int, "SELECT count(*) FROM graph_documents") == 1


def test_a_large_input_is_kept_by_its_digest_only(ledger: Ledger) -> None:
    run = ledger.find_run(ledger.start_run(replace(NEW, input=b"1" * (INLINE_BYTES + 1))))

    assert ledger.input(run) is None
    assert len(run.input_sha256) == 64


def test_a_changed_graph_or_input_is_never_given_out(ledger: Ledger, database: Database) -> None:
    run = ledger.find_run(ledger.start_run(NEW))
    database.execute("UPDATE graph_documents SET document = x'00'")
    database.execute("UPDATE runs SET input = '1'")

    with pytest.raises(DatabaseDamagedError, match="graph"):
        ledger.graph_document(run)
    with pytest.raises(DatabaseDamagedError, match="input"):
        ledger.input(run)


def test_calls_come_back_in_the_order_of_the_plan(ledger: Ledger) -> None:
    run = ledger.start_run(NEW)
    calls = [
        replace(CALL, number=2, key=None, outcome="skipped", seconds=None, value_sha256=None),
        replace(CALL, number=0),
        replace(CALL, number=1, cached=True, seconds=None, detail='{"why":"known"}', log_bytes=9),
    ]

    ledger.record_calls(run, calls)
    ledger.record_calls(run, [])

    assert ledger.calls(run) == [calls[1], calls[2], calls[0]]
    assert ledger.calls("another") == []


def test_a_call_that_is_written_again_is_replaced(ledger: Ledger) -> None:
    run = ledger.start_run(NEW)
    retried = replace(CALL, outcome="timed-out")

    ledger.record_calls(run, [CALL])
    ledger.record_calls(run, [retried])

    assert ledger.calls(run) == [retried]


def test_calls_and_ends_of_a_run_that_never_began_are_our_mistake(ledger: Ledger) -> None:
    with pytest.raises(InternalError):
        ledger.record_calls("20261120-101530-000000", [CALL])
    with pytest.raises(InternalError):
        ledger.end_run("20261120-101530-000000", END)


def test_runs_are_found_by_id_beginning_and_as_the_last(ledger: Ledger) -> None:
    first = ledger.start_run(NEW)
    second = ledger.start_run(replace(NEW, started=STARTED + 100))

    assert ledger.find_run(first).id == first
    assert ledger.find_run(first[:-1]).id == first
    assert ledger.find_run("last").id == second
    assert [run.id for run in ledger.runs(9)] == [second, first]
    assert [run.id for run in ledger.runs(1)] == [second]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        pytest.param("20261120", "2 or more runs begin with", id="several"),
        pytest.param("", "2 or more runs", id="empty"),
        pytest.param("2027", "no run '2027' is recorded", id="none"),
        pytest.param("2026%", "no run", id="pattern"),
        pytest.param("Last", "no run", id="case"),
        pytest.param("\udcff", "no run", id="no text"),
        pytest.param("2026\0", "no run", id="null"),
    ],
)
def test_a_reference_that_means_no_one_run_is_refused(
    ledger: Ledger, reference: str, message: str
) -> None:
    ledger.start_run(NEW)
    ledger.start_run(NEW)

    with pytest.raises(UnknownRunError, match=message) as caught:
        ledger.find_run(reference)

    assert caught.value.hint


def test_before_the_first_run_there_is_no_last_one(ledger: Ledger) -> None:
    with pytest.raises(UnknownRunError, match="nothing was run yet"):
        ledger.find_run("last")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reference=st.text())
def test_any_reference_finds_a_run_or_is_refused(ledger: Ledger, reference: str) -> None:
    with pytest.raises(UnknownRunError):
        ledger.find_run(reference)


START = """
import os, sys; from pathlib import Path
from noether_nix.database.connection import Database
from noether_nix.ledger.ledger import Ledger
from noether_nix.ledger.model import NewRun
with Database.open(Path(sys.argv[1])) as database:
    ledger = Ledger(database, Path(sys.argv[1]).parent / "logs")
    for number in range(int(sys.argv[2])):
        ledger.start_run(NewRun(started=1795169730.5, graph_name="g", graph_id="",
            composition_id="", graph=b"", input_sha256="", input=b"", level="full", toolchain="{}",
            nix_version="", noether_version=""))
    print(ledger.find_run("last").state, flush=True)
    sys.stdin.readline()
"""


def start(path: Path, number: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", START, path, str(number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=SOURCE,
    )


def test_a_run_whose_process_was_killed_is_interrupted(ledger: Ledger, tmp_path: Path) -> None:
    child = start(tmp_path / "noether.sqlite", 1)
    assert child.stdout is not None
    assert child.stdout.readline() == b"running\n"
    assert ledger.find_run("last").state == "running"

    child.send_signal(signal.SIGKILL)
    child.communicate()

    assert ledger.find_run("last").state == "interrupted"


def test_processes_that_begin_runs_at_once_get_ids_of_their_own(
    database: Database, tmp_path: Path
) -> None:
    children = [start(tmp_path / "noether.sqlite", 50) for _ in range(3)]
    for child in children:
        child.communicate(b"\n")

    assert [child.returncode for child in children] == [0, 0, 0]
    assert database.row(int, "SELECT count(*) FROM runs") == 150
