"""Disks that are full, fill up in the middle, or cannot be written: real ones, of a namespace."""

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.homes import COMMAND, HELLO, PROJECT, Noether
from tests.e2e.watched import Shape, Watched, chains, growing, write_graph

pytestmark = pytest.mark.nix

_CHAINS = chains(branches=40, length=10)
_GROWING = growing(rows=10, columns=20)

# $1 the home that is copied, $2 where to; then a script that finds the command in "$@".
_ON_TMPFS = 'mkdir "$2"; mount -t tmpfs -o size=400m none "$2"; cp -a "$1/." "$2"; to=$2; shift 2;'
_FILL = 'cat /dev/zero > "$to/ballast" 2>/dev/null;'
_EMPTY = (Path("/media"), Path("/mnt"))
_READ_ONLY = 'mkdir "$2"; mount --bind "$1" "$2"; mount -o remount,bind,ro "$2"; shift 2;'

READING = (
    "paths", "version", "logs last", "show last", "store info", "stage list",
    "stage show tidy_title", "toolchain show", "explain store-full",
)  # fmt: skip


def in_namespace(noether: Noether, place: Path, script: str, *, lines: Sequence[str]) -> list[int]:
    """Run a script and then commands in a mount namespace; gives the commands' exit codes."""
    return said_in_namespace(noether, place, script, lines=lines)[0]


def said_in_namespace(
    noether: Noether, place: Path, script: str, *, lines: Sequence[str]
) -> tuple[list[int], str]:
    """The same, with all that was said."""
    kept = () if os.geteuid() == 0 else ("--map-current-user", "--keep-caps")
    commands = "".join(f'"$@" {line}; echo "@exit $?";' for line in lines)
    done = subprocess.run(
        ["unshare", "--mount", *kept, "/bin/sh", "-c", f"{script} {commands}",
         "sh", str(noether.home), str(place), *COMMAND],
        cwd=noether.folder,
        env={**noether.environment, "NOETHER_HOME": str(place)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=100,
    )  # fmt: skip
    said = done.stdout.decode(errors="replace")
    print(said)  # noqa: T201 - shown when the test fails
    codes = [int(line.split()[1]) for line in said.splitlines() if line.startswith("@exit ")]
    assert len(codes) == len(lines)
    return codes, said


@pytest.fixture
def used(own_noether: Noether) -> Noether:
    """A home with a reserve, a run and its results."""
    own_noether("run", HELLO, "--input", '"Once"', "-q")
    own_noether("store", "gc")
    return own_noether


def test_on_a_full_disk_everything_that_only_reads_works_and_so_does_letting_go(
    used: Noether, tmp_path: Path
) -> None:
    run = f"run {HELLO} --input '\"More\"' -q"
    lines = (*READING, "store gc --dry-run", run, "store gc --older-than 0h", "store info")

    codes = in_namespace(used, tmp_path / "full", _ON_TMPFS + _FILL, lines=lines)

    assert dict(zip(lines, codes, strict=True)) == {**dict.fromkeys(lines, 0), run: 8}


def test_on_a_full_disk_without_a_reserve_a_collection_says_that_there_is_no_room(
    used: Noether, tmp_path: Path
) -> None:
    nothing_aside = 'rm -f "$to/noether.sqlite-reserve" "$to/nix/nix/var/nix/db/reserved";'

    codes, said = said_in_namespace(
        used, tmp_path / "full", _ON_TMPFS + nothing_aside + _FILL, lines=("store gc",)
    )

    assert codes == [8]
    assert "store-full" in said
    assert "free some space" in said


def test_after_a_full_disk_has_room_again_runs_go_on(used: Noether, tmp_path: Path) -> None:
    run = f"run {HELLO} --input '\"More\"' -q"

    codes = in_namespace(
        used, tmp_path / "full", _ON_TMPFS + _FILL, lines=(run, "version; rm $to/ballast; : ", run)
    )

    assert codes == [8, 0, 0]


def test_in_a_read_only_home_everything_that_only_reads_works(
    used: Noether, tmp_path: Path
) -> None:
    run = f"run {HELLO} --input '\"More\"' -q"
    lines = (*READING, run)

    codes = in_namespace(used, tmp_path / "ro", _READ_ONLY, lines=lines)

    assert dict(zip(lines, codes, strict=True)) == {**dict.fromkeys(lines, 0), run: 8}


@pytest.mark.parametrize(
    "left",
    [
        pytest.param("", id="as it was left"),
        pytest.param("noether.sqlite-shm", id="copied without the file that processes share"),
    ],
)
def test_in_a_read_only_home_that_a_killed_run_has_left_everything_that_only_reads_works(
    used: Noether, tmp_path: Path, left: str
) -> None:
    graph = write_graph(used.folder, 1, branches=4, length=50)
    run = Watched.start(used, graph)
    for _ in run.read():
        if len(run.computed) >= 8:
            break
    run.end(signal.SIGKILL)
    assert (used.home / "noether.sqlite-wal").stat().st_size
    if left:
        (used.home / left).unlink()
    before = tree_of(used.home)
    lines = (*READING, "logs last --json", f"run {HELLO} --input '\"More\"' -q")

    codes, said = said_in_namespace(used, tmp_path / "ro", _READ_ONLY, lines=lines)

    assert dict(zip(lines, codes, strict=True)) == {**dict.fromkeys(lines, 0), lines[-1]: 8}
    # The run that was killed stands in the write-ahead log alone.
    assert str(run.lines[0]["run"]) in said
    assert tree_of(used.home) == before


def tree_of(home: Path) -> dict[str, bytes]:
    """The files of the home itself."""
    return {file.name: file.read_bytes() for file in home.iterdir() if file.is_file()}


@pytest.mark.parametrize(
    ("shape", "room"),
    [
        *(pytest.param(_CHAINS, room, id=f"chains-{room}") for room in (300_000, 600_000, 1 << 20)),
        pytest.param(_GROWING, 600_000, id="growing-600000"),
    ],
)
def test_when_the_disk_fills_up_in_the_middle_nothing_that_was_told_is_lost(
    used: Noether, tmp_path: Path, shape: Shape, room: int
) -> None:
    graph = shape.write(used.folder, room)
    stage = used.folder / "work.py"
    stage.write_text(stage.read_text().replace("given[1] + 1]", "given[1] + 1, 'x' * 3500]"))
    free = f'$(($(df --output=avail -B1 "$to" | tail -n 1) - {room}))'
    almost = f'head -c {free} /dev/zero > "$to/ballast";'
    run = f"run {graph} -o out.json --events"

    codes = in_namespace(
        used,
        tmp_path / "full",
        _ON_TMPFS + almost,
        lines=(f"{run} first", "version; rm $to/ballast; :", f"{run} second"),
    )

    assert codes == [8, 0, 0]
    output = json.loads((used.folder / "out.json").read_text())
    if not shape.grows:
        output = {name: value[:2] for name, value in output.items()}
    assert output == shape.expected(room)
    told = {event["node"] for event in events(used, "first", "call-ended") if event["value"]}
    ran = {event["node"] for event in events(used, "second", "call-started")}
    assert told.isdisjoint(ran)
    assert len(told) + len(ran) == shape.calls


def events(noether: Noether, file: str, name: str) -> list[dict[str, str]]:
    found = []
    for line in (noether.folder / file).read_text().splitlines():
        event = json.loads(line)
        if event["event"] == name:
            found.append({"node": event["node"], "value": event.get("outcome") == "succeeded"})
    return found


def test_a_full_folder_for_temporary_files_stops_nothing(used: Noether, tmp_path: Path) -> None:
    # The checkout may lie below /tmp: it is shown where it was. The home may not lie where others
    # may write, as newer ones of Nix have no store there.
    elsewhere = next(place for place in _EMPTY if not PROJECT.is_relative_to(place))
    own = f"mount -t tmpfs -o mode=755 none {elsewhere};"
    small = f'mkdir {elsewhere}/checkout; mount --bind "{PROJECT}" {elsewhere}/checkout;'
    small += "mount -t tmpfs -o size=64k,mode=1777 none /tmp;"
    small += f'mkdir -p "{PROJECT}"; mount --bind {elsewhere}/checkout "{PROJECT}";'
    small += "cat /dev/zero > /tmp/ballast 2>/dev/null;"
    run = f"run {HELLO} --input '\"More\"' -q"

    lines = (run, "logs last", "store gc")
    codes = in_namespace(used, elsewhere / "home", own + _ON_TMPFS + small, lines=lines)

    assert codes == [0, 0, 0]


def test_logs_on_a_full_disk_of_their_own_cost_no_result(used: Noether, tmp_path: Path) -> None:
    graph = write_graph(used.folder, 2, branches=2, length=3)
    stage = used.folder / "work.py"
    stage.write_text(
        stage.read_text().replace("    time.sleep", "    print('x' * 100)\n    time.sleep")
    )
    small = 'mkdir -p "$to/logs"; mount -t tmpfs -o size=64k none "$to/logs";'
    small += 'cat /dev/zero > "$to/logs/ballast" 2>/dev/null;'
    run = f"run {graph} --json --events"

    codes, said = said_in_namespace(
        used,
        tmp_path / "full",
        _ON_TMPFS + small,
        lines=(f"{run} first", f"{run} second", "version; rm $to/logs/ballast; :", f"{run} third"),
    )

    assert codes == [8, 0, 0, 0]
    error = json.loads(said.split("@exit")[0])["error"]
    assert error["code"] == "store-full"
    assert f"{tmp_path}/full/logs/" in error["message"]
    assert f"disk of {tmp_path}/full/logs" in error["hint"]
    told = {event["node"] for event in events(used, "first", "call-ended") if event["value"]}
    assert len(told) == 6
    assert events(used, "second", "call-started") == []
