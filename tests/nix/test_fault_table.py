"""Every fault of the table, come by for real through the command.

A fault without a fixture here, or with a stand-in for its cause, stands in a list with its reason.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from noether_nix.database.connection import Database
from noether_nix.errors import CallFailedError, DatabaseBusyError, NoetherError
from noether_nix.process.child import run
from noether_nix.run.codes import CODES
from noether_nix.run.fault import FAULTS
from noether_nix.types.model import TextType, UnionType
from noether_nix.types.text import parse_type
from noether_nix.types.validate import validator
from tests.e2e.homes import COMMAND, HELLO, PROJECT, Noether, copy_home, prepared_home
from tests.nix.endless import builders, running
from tests.nix.fused_runs import FusedRuns, open_house, stage_text

pytestmark = pytest.mark.nix

STAND_INS = {
    "nix-too-old": "no Nix before 2.8.0 can be had: a script prints the version of one",
    "internal": "a defect that is known is mended: a union is made as nobody makes one",
}
"""Faults whose cause is not the real one."""

LATER = {
    "not-deterministic": "a run warns of it and goes on; noether check ends with it",
    "cache-unreachable": "there are no caches yet",
    "cache-untrusted": "there are no caches yet",
    "cache-corrupt": "there are no caches yet",
}
"""Faults that nothing ends with yet."""

_SHOWN: set[str] = set()
Test = TypeVar("Test", bound=Callable[..., object])


def shows(*names: str) -> Callable[[Test], Test]:
    """Say which rows a test is the fixture of."""
    _SHOWN.update(names)
    return lambda test: test


def test_every_fault_has_a_fixture_or_a_reason() -> None:
    there = _SHOWN | {code for code, _, _ in WORDS}

    assert there | LATER.keys() == FAULTS.keys()
    assert not there & LATER.keys(), "what can be shown waits for nothing"
    assert STAND_INS.keys() <= there
    assert {name for name, code in FAULTS.items() if code.awaits} == LATER.keys()


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A home that all tests here add to."""
    home = tmp_path_factory.mktemp("shared") / "home"
    return copy_home(prepared_home(tmp_path_factory, worker_id), home)


@pytest.fixture
def noether(shared_home: Path, tmp_path: Path) -> Noether:
    """The command in an empty folder."""
    return Noether(shared_home, tmp_path)


@pytest.fixture
def own_noether(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str, tmp_path: Path
) -> Noether:
    """The command in an empty folder, with a home that may be spoilt."""
    (tmp_path / "work").mkdir()
    home = copy_home(prepared_home(tmp_path_factory, worker_id), tmp_path / "home")
    return Noether(home, tmp_path / "work")


@pytest.fixture
def bare_noether(tmp_path: Path) -> Noether:
    """The command in an empty folder, with a home that does not exist yet."""
    (tmp_path / "work").mkdir()
    return Noether(tmp_path / "home", tmp_path / "work")


_BROKEN = '"""No contract."""\ndef execute(value: return'
_SAME_NAME = stage_text("return given").replace("Input:", "Name: twice\nInput:")
_FILES = {
    "broken.py": _BROKEN,
    "one.py": _SAME_NAME,
    "two.py": _SAME_NAME + "# another\n",
    "number.py": stage_text("return given", takes="Number"),
    "online.py": stage_text("return given", effects="[Network]"),
    "clocked.py": stage_text("import time\nreturn time.time()"),
    "greedy.py": stage_text("return given").replace("Effects:", "Limits: { wall: 30s }\nEffects:"),
    "no_graph.json": "{",
    "remote.json": json.dumps(
        {
            "description": "Another server's",
            "version": "1.0.0",
            "root": {
                "op": "RemoteStage",
                "url": "https://a.org/x",
                "input": "Any",
                "output": "Text",
            },
        }
    ),
    "wrong.json": json.dumps(
        {"description": "d", "version": "1.0.0", "root": {"op": "Stage", "id": "absent_stage"}}
    ),
}
WORDS: list[tuple[str, dict[str, str], list[str | Path]]] = [
    ("usage", {}, ["fly"]),
    ("usage", {}, ["run"]),
    ("input-unreadable", {}, ["run", HELLO, "--input", "{"]),
    ("input-mismatch", {}, ["run", HELLO, "--input", "3"]),
    ("input-mismatch", {}, ["stage", "run", "./number.py", "--input", "null"]),
    ("setting-invalid", {"NOETHER_JOBS": "many"}, ["run", HELLO, "--input", '"a"']),
    ("file-unreadable", {}, ["run", "absent.json"]),
    ("input-unknown", {}, ["drv", HELLO, "/root/stages/1", "--input", '"never run before"']),
    ("unknown-run", {}, ["logs", "20000101-000000-000000"]),
    ("unknown-code", {}, ["explain", "sandbox-lost"]),
    ("graph-syntax", {}, ["run", "no_graph.json"]),
    ("graph-invalid", {}, ["run", "wrong.json"]),
    (
        "operator-unavailable",
        {},
        ["run", "remote.json", "--allow-effects", "pure,fallible,network"],
    ),
    ("unknown-node", {}, ["run", HELLO, "--input", '"a"', "--only", "/root/x"]),
    ("stage-invalid", {}, ["stage", "add", "broken.py"]),
    ("effect-undeclared", {}, ["stage", "add", "clocked.py"]),
    ("effect-undeclared", {}, ["stage", "run", "./clocked.py"]),
    ("unknown-name", {}, ["stage", "show", "absent_stage"]),
    ("name-taken", {}, ["stage", "add", "one.py", "two.py"]),
    ("effect-refused", {}, ["stage", "run", "./online.py"]),
    (
        "limit-refused",
        {"NOETHER_LIMITS_CEILING_WALL_SECONDS": "5s"},
        ["stage", "run", "./greedy.py"],
    ),
    ("nix-missing", {"NOETHER_NIX": "/absent"}, ["run", HELLO, "--input", '"no Nix"']),
    ("store-unwritable", {"NOETHER_HOME": "/proc/home"}, ["run", HELLO, "--input", '"a"']),
]


@pytest.mark.parametrize(
    ("code", "variables", "words"), WORDS, ids=[f"{code}-{words[0]}" for code, _, words in WORDS]
)
def test_a_fault_has_its_code_and_its_exit_code(
    noether: Noether, code: str, variables: dict[str, str], words: list[str | Path]
) -> None:
    for name, text in _FILES.items():
        (noether.folder / name).write_text(text)

    check_fault(replace(noether, variables=variables), code, *words)


def check_fault(noether: Noether, code: str, *words: str | Path) -> dict[str, Any]:
    """See that a command ends with this fault, for people and for programs; gives the error."""
    told, plain = noether(*words, "--json"), noether(*words)

    error: dict[str, Any] = json.loads(told.out)["error"]
    assert (told.code, error["code"]) == (CODES[code].exit_code, code), told.out + told.err
    assert plain.code == told.code
    assert plain.out == ""
    assert (f"more: noether explain {code}" in plain.err) == bool(CODES[code].about)
    assert "Traceback" not in plain.err + told.err
    return error


@shows("call-failed")
def test_in_python_an_output_that_is_not_there_is_an_error(noether: Noether) -> None:
    with open_house(noether.home) as house:
        runs = FusedRuns(house, noether.folder)
        stage = runs.write("raises", stage_text("raise KeyError(given)"))
        report = runs.run({"op": "Stage", "id": stage}, str(noether.folder))

    with pytest.raises(CallFailedError) as caught:
        assert report.output is None

    assert (caught.value.code, caught.value.exit_code) == ("call-failed", 6)


@shows("type-syntax", "type-unsupported", "internal", "program-missing")
@pytest.mark.parametrize(
    ("attempt", "code"),
    [
        pytest.param(lambda: parse_type("Record {"), "type-syntax", id="no type"),
        pytest.param(
            lambda: validator(parse_type("Stream<Text>")), "type-unsupported", id="a stream"
        ),
        pytest.param(
            lambda: run(("/absent/program",), environment={}), "program-missing", id="no program"
        ),
        pytest.param(lambda: UnionType((TextType(),)), "internal", id="a union that is none"),
    ],
)
def test_what_only_the_library_raises(attempt: Callable[[], object], code: str) -> None:
    with pytest.raises(NoetherError) as caught:
        attempt()

    assert (caught.value.code, caught.value.exit_code) == (code, CODES[code].exit_code)


# ------------------------------------------------------------------------------ faults of machines


def programs(folder: Path, text: str) -> Path:
    """A folder with programs of Nix that are all this text."""
    folder.mkdir()
    for name in ("nix-build", "nix-store", "nix-instantiate"):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


@shows("nix-too-old")
def test_a_nix_that_is_too_old_is_of_no_use(own_noether: Noether, tmp_path: Path) -> None:
    nix = programs(tmp_path / "nix", "#!/bin/sh\necho 'nix-instantiate (Nix) 2.3.16'\n")
    other = replace(own_noether, variables={"NOETHER_NIX": str(nix)})

    error = check_fault(other, "nix-too-old", "run", HELLO, "--input", '"never run"')

    assert "2.3.16" in error["message"]


@shows("toolchain-unusable")
def test_a_python_that_is_none_is_no_toolchain(bare_noether: Noether) -> None:
    other = replace(bare_noether, variables={"NOETHER_PYTHON": "/bin/true"})

    check_fault(other, "toolchain-unusable", "run", HELLO, "--input", '"a"')


@shows("sandbox-unavailable")
def test_a_kernel_without_user_namespaces_gives_no_full_sandbox(own_noether: Noether) -> None:
    refusing = (str(PROJECT / "tests/nix/without.py"), "user-namespaces")
    words = [*COMMAND, "run", str(HELLO), "--input", '"never run"', "--level", "full", "--json"]

    done = subprocess.run(
        [sys.executable, *refusing, *words],
        cwd=own_noether.folder,
        env=own_noether.environment,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (5, "sandbox-unavailable")


@shows("builder-lost")
def test_a_builder_that_somebody_kills_is_lost_and_no_call_is_blamed(own_noether: Noether) -> None:
    with running(own_noether) as process:
        while process.poll() is None:  # a build that is lost once is made again
            for builder in builders(own_noether.home):
                with suppress(psutil.NoSuchProcess):  # it went with the one before
                    builder.kill()
        out, err = process.communicate(timeout=60)

    told = json.loads(out)
    assert (process.returncode, told["error"]["code"]) == (5, "builder-lost"), err
    assert "calls" not in told


@shows("run-interrupted")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_command_says_by_what(own_noether: Noether, number: signal.Signals) -> None:
    with running(own_noether) as process:
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 128 + number
    assert json.loads(out)["error"]["code"] == "run-interrupted"


@shows("evaluation-failed")
def test_a_store_of_a_nix_of_the_future_is_refused_by_nix_itself(own_noether: Noether) -> None:
    schema = own_noether.home / "nix/nix/var/nix/db/schema"
    schema.write_text("99999")

    error = check_fault(own_noether, "evaluation-failed", "run", HELLO, "--input", '"never run"')

    assert "schema" in error["message"]


# ------------------------------------------------------------------------------ faults of stores


@contextmanager
def database_of(noether: Noether) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(noether.home / "noether.sqlite")) as connection, connection:
        yield connection


@shows("format")
def test_a_toolchain_that_is_written_down_wrongly_is_not_guessed(own_noether: Noether) -> None:
    with database_of(own_noether) as database:
        database.execute("UPDATE toolchains SET document = 'no JSON'")

    check_fault(own_noether, "format", "run", HELLO, "--input", '"never run"')


@shows("database-too-new")
def test_a_database_of_the_future_is_left_alone(own_noether: Noether) -> None:
    with database_of(own_noether) as database:
        database.execute("PRAGMA user_version = 9999")

    check_fault(own_noether, "database-too-new", "run", HELLO, "--input", '"never run"')


@shows("database-damaged")
def test_a_file_that_is_no_database_is_left_alone(own_noether: Noether) -> None:
    (own_noether.home / "noether.sqlite").write_bytes(b"no database" * 1000)

    check_fault(own_noether, "database-damaged", "run", HELLO, "--input", '"never run"')


@shows("database-busy")
def test_a_database_that_another_process_holds_is_waited_for_and_then_given_up(
    own_noether: Noether,
) -> None:
    file = own_noether.home / "noether.sqlite"
    # The command itself waits for half a minute.
    with database_of(own_noether) as holder, Database.open(file, busy_seconds=0.01) as database:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseBusyError) as caught:
            database.execute("DELETE FROM runs")

    assert (caught.value.code, caught.value.exit_code) == ("database-busy", 8)


_FULL = """
set -e
mount -t tmpfs -o size="$1" none "$2"
cp -a "$3/." "$2"
head -c "$(($(df --output=avail -B1 "$2" | tail -n 1) - $4))" /dev/zero > "$2/ballast"
shift 4
exec "$@"
"""


@shows("store-full")
@pytest.mark.parametrize(
    ("room", "characters"),
    [
        pytest.param(0, 1, id="for anything"),
        pytest.param(40_000, 1, id="for the database"),
        pytest.param(120_000, 1, id="for the build"),
        pytest.param(1_500_000, 3_000_000, id="for what the builder writes"),
        pytest.param(4_000_000, 3_000_000, id="for the value"),
    ],
)
def test_a_disk_without_room_is_a_full_store_wherever_it_ran_out(
    own_noether: Noether, tmp_path: Path, room: int, characters: int
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (own_noether.folder / "large.py").write_text(stage_text(f"return 'x' * {characters}"))
    kept = () if os.geteuid() == 0 else ("--map-current-user", "--keep-caps")
    words = [*COMMAND, "stage", "run", "./large.py", "--json"]

    done = subprocess.run(
        ["unshare", "--mount", *kept, "/bin/sh", "-c", _FULL, "sh", "300m", str(full),
         str(own_noether.home), str(room), *words],
        cwd=own_noether.folder,
        env={**own_noether.environment, "NOETHER_HOME": str(full)},
        capture_output=True,
        check=False,
        timeout=100,
    )  # fmt: skip

    error: dict[str, Any] = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (8, "store-full"), (error, done.stderr)
    assert "free some space" in error["hint"]


@shows("hash-mismatch")
def test_a_toolchain_that_was_altered_in_the_store_is_refused(own_noether: Noether) -> None:
    (toolchain,) = (own_noether.home / "nix/nix/store").glob("*-python-*")
    altered = toolchain / "lib/python3.11/abc.py"
    for folder in (toolchain, toolchain / "lib", altered.parent):
        folder.chmod(0o755)
    altered.unlink()  # the other homes of these tests have the same file
    altered.write_text("# altered\n")

    check_fault(own_noether, "hash-mismatch", "toolchain", "update")


def test_a_kept_value_that_was_altered_is_told_of_and_computed_again(own_noether: Noether) -> None:
    with database_of(own_noether) as database:
        database.execute("UPDATE results SET inline = x'2222'")

    done = own_noether("run", HELLO, "--input", '"A first run"', "--limit", "wall=9s", "--json")

    told = json.loads(done.out)
    assert (done.code, told["output"]) == (0, "a-first-run")
    assert "damaged" in told["warnings"][0]
    assert not any(call["cached"] for call in told["calls"])


def test_a_second_value_under_one_key_is_kept_beside_the_first(own_noether: Noether) -> None:
    with open_house(own_noether.home) as house:
        key = house.ledger.calls(house.ledger.find_run("last").id)[0].key
        assert key is not None
        kept = house.results.find(key)
        assert kept is not None
        other = replace(kept, inline=b'"b"', value_size=3, value_sha256="0" * 64)
        (contradiction,) = house.results.record([other])

    told = json.loads(own_noether("store", "info", "--json").out)

    assert contradiction.kept == kept
    assert told["store"]["contradictions"] == 1
