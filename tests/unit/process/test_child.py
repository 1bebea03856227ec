import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from noether_nix.errors import ProgramMissingError
from noether_nix.process.child import Cancellation, Stop, run
from noether_nix.process.launch import find_setpriv, setpriv_prefix

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
PYTHON = sys.executable


def python(code: str) -> tuple[str, ...]:
    return (PYTHON, "-I", "-c", code)


def gone(pid: int) -> bool:
    """Whether ``pid`` has ended; one that is only unreaped by a foreign parent has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def wait_until_gone(pid: int) -> bool:
    descriptor = _pidfd(pid)
    if descriptor is None:
        return True
    try:
        import select

        return bool(select.select([descriptor], [], [], 20)[0])
    finally:
        os.close(descriptor)


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("pass", (0, None), id="well"),
        pytest.param("raise SystemExit(7)", (7, None), id="with a code"),
        pytest.param("import os; os.kill(os.getpid(), 9)", (None, 9), id="by a signal"),
    ],
)
def test_the_end_of_a_child_is_its_code_or_its_signal(
    code: str, expected: tuple[int | None, int | None]
) -> None:
    end = run(python(code), environment=ENVIRONMENT)

    assert (end.code, end.signal) == expected
    assert end.ok == (expected == (0, None))


def test_a_child_gets_the_given_environment_and_folder_and_nothing_else(tmp_path: Path) -> None:
    end = run(("/usr/bin/env",), environment={"A": "1"}, directory=tmp_path)
    where = run(("/bin/pwd",), environment={}, directory=tmp_path)

    assert end.stdout == b"A=1\n"
    assert where.stdout.decode().strip() == str(tmp_path)


def test_a_child_inherits_no_descriptor(tmp_path: Path) -> None:
    with (tmp_path / "open").open("wb") as file:
        os.set_inheritable(file.fileno(), True)

        end = run(("/bin/ls", "/proc/self/fd"), environment=ENVIRONMENT)

    # The fourth is the one with which ls reads the folder.
    assert end.stdout.split() == [b"0", b"1", b"2", b"3"]


@pytest.mark.parametrize(
    "program", ["/no/such/program", "ls", "/etc/passwd"], ids=["absent", "relative", "no program"]
)
def test_a_program_that_cannot_be_started_is_named(program: str) -> None:
    with pytest.raises(ProgramMissingError, match=program):
        run((program,), environment=ENVIRONMENT)


def test_an_absent_folder_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissingError, match="No such file"):
        run(("/bin/true",), environment=ENVIRONMENT, directory=tmp_path / "absent")


def test_all_three_streams_may_be_large_at_once() -> None:
    size = 8 << 20
    code = (
        "import sys\n"
        "for _ in range(128):\n"
        "    sys.stderr.write('e' * 65535 + '\\n'); sys.stdout.write('o' * 65536)\n"
        "sys.stdout.write(sys.stdin.read())\n"
    )
    lines: list[int] = []

    end = run(
        python(code),
        environment=ENVIRONMENT,
        stdin=b"i" * size,
        on_line=lambda line: lines.append(len(line)),
    )

    assert end.ok
    assert end.stdout == b"o" * size + b"i" * size
    assert lines == [65535] * 128
    assert len(end.stderr_tail) == 1 << 16


def test_a_child_that_reads_nothing_of_its_input_is_no_error() -> None:
    assert run(("/bin/true",), environment=ENVIRONMENT, stdin=b"x" * (1 << 20)).ok


def test_output_can_be_taken_in_pieces_as_it_comes() -> None:
    pieces: list[bytes] = []

    end = run(
        python("print('a' * 300000, end='')"), environment=ENVIRONMENT, on_output=pieces.append
    )

    assert end.stdout == b""
    assert b"".join(pieces) == b"a" * 300000


def test_lines_come_while_the_child_still_runs() -> None:
    code = (
        "import sys, signal\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n"
        "print('ready', file=sys.stderr, flush=True)\n"
        "signal.pause()\n"
    )
    with Cancellation() as cancellation:
        end = run(
            python(code),
            environment=ENVIRONMENT,
            cancellation=cancellation,
            on_line=lambda _line: cancellation.cancel(),
        )

    assert end.stopped is Stop.CANCELLED
    assert end.code == 3
    assert end.stderr_tail == b"ready\n"


def test_a_line_without_an_end_and_very_long_lines_are_given_too() -> None:
    lines: list[bytes] = []

    run(
        python("import sys; sys.stderr.write('x' * 3000000 + '\\nlast')"),
        environment=ENVIRONMENT,
        on_line=lines.append,
    )

    assert b"".join(lines) == b"x" * 3000000 + b"last"
    assert lines[-1] == b"last"
    assert max(map(len, lines)) < 1200000


def test_a_child_that_takes_too_long_is_ended() -> None:
    end = run(("/bin/sleep", "100"), environment=ENVIRONMENT, timeout_seconds=0.05)

    assert end.stopped is Stop.TIMED_OUT
    assert end.signal == signal.SIGTERM
    assert end.seconds < 5


@pytest.mark.parametrize("seconds", [2**31 / 1000, 2.0**53], ids=["25 days", "for ever"])
def test_a_child_may_have_more_time_than_the_kernel_waits(seconds: float) -> None:
    end = run(python("pass"), environment=ENVIRONMENT, timeout_seconds=seconds)

    assert end.ok


def test_a_child_that_ignores_being_asked_is_killed_after_the_grace() -> None:
    code = "import signal; signal.signal(15, signal.SIG_IGN); signal.pause(); signal.pause()"

    end = run(python(code), environment=ENVIRONMENT, timeout_seconds=0.3, grace_seconds=0.1)

    assert end.stopped is Stop.TIMED_OUT
    assert end.signal == signal.SIGKILL


def test_another_thread_can_stop_a_child() -> None:
    with Cancellation() as cancellation:
        threading.Timer(0.05, cancellation.cancel).start()

        end = run(("/bin/sleep", "100"), environment=ENVIRONMENT, cancellation=cancellation)

    assert end.stopped is Stop.CANCELLED


def test_a_cancellation_stops_every_run_that_has_it_and_those_that_begin_later() -> None:
    with Cancellation() as cancellation:
        cancellation.cancel()

        ends = [
            run(("/bin/sleep", "100"), environment=ENVIRONMENT, cancellation=cancellation)
            for _ in range(3)
        ]

    assert [end.stopped for end in ends] == [Stop.CANCELLED] * 3


def test_what_a_listener_raises_comes_out_and_the_group_is_gone() -> None:
    pids: list[int] = []

    def listen(line: bytes) -> None:
        pids.extend(map(int, line.split()))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(
            ("/bin/sh", "-c", "sleep 100 & echo $$ $! >&2; wait"),
            environment=ENVIRONMENT,
            on_line=listen,
        )

    assert len(pids) == 2
    assert all(map(gone, pids))


def test_what_a_child_leaves_in_its_group_ends_with_it() -> None:
    end = run(("/bin/sh", "-c", "sleep 100 & echo $!"), environment=ENVIRONMENT)

    assert end.ok
    assert end.seconds < 5
    assert gone(int(end.stdout))


def test_descendants_that_left_the_group_are_killed_with_a_stubborn_child() -> None:
    code = (
        "import os, signal, subprocess, sys\n"
        "signal.signal(15, signal.SIG_IGN)\n"
        "stray = subprocess.Popen(['/bin/sleep', '100'], start_new_session=True)\n"
        "print(stray.pid, flush=True)\n"
        "stray.wait()\n"
    )

    end = run(python(code), environment=ENVIRONMENT, timeout_seconds=1, grace_seconds=0.1)

    assert wait_until_gone(int(end.stdout))


@pytest.mark.parametrize("how", ["timeout", "raised"])
def test_descendants_that_left_the_group_do_not_outlive_a_child_that_ends_when_asked(
    how: str,
) -> None:
    code = (
        "import subprocess, sys\n"
        "stray = subprocess.Popen(['/bin/sleep', '100'], start_new_session=True)\n"
        "print(stray.pid, file=sys.stderr, flush=True)\n"
        "stray.wait()\n"
    )
    pids: list[int] = []

    def listen(line: bytes) -> None:
        pids.append(int(line))
        if how == "raised":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) if how == "raised" else nullcontext():
        run(python(code), environment=ENVIRONMENT, on_line=listen, timeout_seconds=1)

    assert [gone(pid) for pid in pids] == [True]


def test_a_stranger_who_holds_the_pipes_open_is_not_awaited() -> None:
    code = (
        "import subprocess\n"
        "stray = subprocess.Popen(['/bin/sleep', '5'], start_new_session=True)\n"
        "print(stray.pid, flush=True)\n"
    )
    began = time.monotonic()

    end = run(python(code), environment=ENVIRONMENT)

    assert time.monotonic() - began < 4
    os.kill(int(end.stdout), signal.SIGKILL)


@pytest.mark.parametrize("grand", [False, True], ids=["main thread", "worker thread"])
def test_a_child_ends_when_we_are_killed_without_warning(grand: bool) -> None:
    code = (
        "import sys, threading\n"
        "from noether_nix.process.child import run\n"
        "def work(): run(('/bin/sh', '-c', 'echo $$ >&2; exec sleep 100'), environment={},\n"
        "                on_line=lambda line: print(line.decode(), flush=True))\n"
        f"threading.Thread(target=work).start() if {grand} else work()\n"
    )
    with subprocess.Popen(
        [PYTHON, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    ) as ours:
        assert ours.stdout is not None
        child = int(ours.stdout.readline())

        ours.kill()
        ours.wait()

    assert wait_until_gone(child)


def test_only_an_util_linux_setpriv_is_taken(tmp_path: Path) -> None:
    busybox = tmp_path / "busybox"
    busybox.touch(mode=0o755)
    (tmp_path / "setpriv").symlink_to(busybox)
    real = tmp_path / "real-setpriv"
    real.touch(mode=0o755)

    candidates = (str(tmp_path / "absent"), str(tmp_path / "setpriv"), str(real))

    assert find_setpriv(candidates) == str(real)
    assert find_setpriv(candidates[:2]) is None


def test_another_user_comes_with_its_group_and_no_other() -> None:
    assert setpriv_prefix("/bin/setpriv", 54321) == (
        "/bin/setpriv",
        "--reuid=54321",
        "--regid=54321",
        "--clear-groups",
        "--pdeathsig",
        "TERM",
        "--",
    )


def test_importing_the_door_does_not_import_what_starting_takes() -> None:
    code = "import sys, noether_nix.process.child as c; print('subprocess' in sys.modules)"

    end = run((PYTHON, "-c", code), environment=ENVIRONMENT, directory=Path(__file__).parents[3])

    assert end.stdout == b"False\n"
