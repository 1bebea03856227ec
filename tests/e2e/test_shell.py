"""A person in a call's sandbox finds what the call finds, and gets no further than it."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from typing import Self

import psutil
import pytest

from tests.e2e.homes import COMMAND, HELLO, PROJECT, Noether
from tests.nix.left_behind import left_behind

pytestmark = pytest.mark.nix

LOOKING = '''"""Say what can be seen, and end in one of many ways.

Input: Text
Output: Number
Effects: [Pure, Fallible]
Limits: { output: 1kB }
Helpers: [aid.py]
"""

import ctypes
import os
import resource
import sys
import time

import aid


def look():
    for name in ("/etc/passwd", "/etc/group", "/etc/hosts"):
        yield open(name).read()
    for name in ("/", "/build", "/tmp", "/dev", "/dev/shm", "/nix/store", "/proc", "/proc/self/fd"):
        yield name, sorted(os.listdir(name))
    yield os.getuid(), os.getgid(), os.getgroups(), os.getpid(), os.getcwd(), os.uname().nodename
    yield sorted(os.environ.items()), sys.flags, sys.path, sys.argv, sys.getrecursionlimit()
    for name in sorted(dir(resource)):
        if name.startswith("RLIMIT_"):
            yield name, resource.getrlimit(getattr(resource, name))
    status = open("/proc/self/status").read().splitlines()
    yield [line for line in status if line.startswith(("Cap", "NoNew", "Groups", "NSpid", "Umask"))]


def execute(way):
    for seen in look():
        print(seen)
    if way == "kill":
        ctypes.string_at(0)
    if way == "wait":
        time.sleep(60)
    if way == "much":
        return "x" * 9000
    if way == "exit":
        os._exit(0)
    if way == "well":
        return aid.ONE
    raise ValueError(way)
'''


@pytest.fixture
def failed(own_noether: Noether) -> Noether:
    """A folder with a stage, and a home whose last run failed."""
    (own_noether.folder / "looking.py").write_text(LOOKING)
    (own_noether.folder / "aid.py").write_text("ONE = 1\n")
    own_noether("stage", "add", "--accept-effects", "looking.py")
    done = own_noether("stage", "run", "./looking.py", "--input", '"raise"')
    assert done.code == 6, done.err
    return own_noether


def test_the_call_sees_in_a_shell_what_it_saw_in_its_run(failed: Noether) -> None:
    log = json.loads(failed("logs", "last", "--json").out)["logs"][0]["log"]

    done = failed("shell", "last", "--run", "--json")

    document = json.loads(done.out)
    assert document["shell"]["printed"].splitlines() == log.splitlines()
    assert (done.code, document["ok"], document["error"]["code"]) == (6, False, "stage-raised")
    assert document["shell"]["detail"]["type"] == "ValueError"
    assert document["shell"]["detail"]["file"].endswith("looking.py")


@pytest.mark.parametrize(
    ("way", "outcome"),
    [
        pytest.param("raise", "stage-raised", id="raise"),
        pytest.param("kill", "killed", id="kill"),
        pytest.param("wait", "timed-out", id="wait"),
        pytest.param("much", "output-too-large", id="much"),
        pytest.param("exit", "output-invalid", id="exit"),
    ],
)
def test_a_call_ends_in_a_shell_as_in_a_run(failed: Noether, way: str, outcome: str) -> None:
    given = ("--input", json.dumps(way), "--limit", "wall=2s")
    failed("stage", "run", "./looking.py", *given)
    ran = json.loads(failed("logs", "last", "--json").out)["logs"][0]["outcome"]

    again = json.loads(failed("shell", "last", "--run", "--limit", "wall=2s", "--json").out)

    assert (ran, again["shell"]["outcome"]) == (outcome, outcome)


def test_a_call_that_succeeds_gives_its_value_again(own_noether: Noether) -> None:
    own_noether("run", HELLO, "--input", '"A shell"')

    done = own_noether("shell", "last", "make_file_name", "--run")
    of_graph = own_noether(
        "shell", HELLO, "make_file_name", "--input", '"A shell"', "-c", "print(execute(input))"
    )

    assert (done.code, done.out) == (0, '"a-shell"\n')
    assert (of_graph.code, of_graph.err) == (0, "a-shell\n")


def test_code_comes_from_the_command_or_from_standard_input(failed: Noether) -> None:
    given = failed("shell", "last", "-c", "import aid; print(input, aid.ONE, execute.__name__)")
    piped = failed("shell", "last", stdin=b"print(input)\nexecute(input)\n")
    ended = failed("shell", "last", "-c", "raise SystemExit(0)")

    assert (given.code, given.err) == (0, "raise 1 execute\n")
    assert piped.code == 6
    assert piped.err.splitlines()[0] == "raise"
    assert piped.err.splitlines()[-1] == "ValueError: raise"
    assert "shell.py" not in piped.err
    assert ended.code == 0


FENCES = [
    "__import__('os').fork()",
    "__import__('os').execv('/proc/self/exe', ['x'])",
    "__import__('socket').socket()",
    "__import__('socket').socket(__import__('socket').AF_UNIX)",
    "open('/etc/shadow')",
    "open('/etc/x', 'w')",
    "open(__import__('sys').prefix + '/x', 'w')",
    "__import__('os').mkdir('/x')",
    "__import__('os').kill(2, 0)",
    "open('/proc/2/status')",
    "open('/proc/sys/kernel/hostname')",
    "open('/dev/tty')",
    "open({home!r} + '/noether.sqlite')",
    "__import__('os').setuid(0)",
    "__import__('os').chroot('/')",
]


def test_every_fence_of_a_call_stands_round_a_person(failed: Noether) -> None:
    fences = [one.replace("{home!r}", repr(str(failed.home))) for one in FENCES]
    code = f"""
for text in {fences!r}:
    try:
        eval(text)
    except (OSError, RuntimeError) as error:
        print("refused")
    else:
        print("done:", text)
"""

    done = failed("shell", "last", "-c", code)

    assert (done.code, done.err.splitlines()) == (0, ["refused"] * len(fences))


def test_what_could_act_on_a_terminal_is_written_out(failed: Noether) -> None:
    done = failed("shell", "last", "-c", r"print('\x1b]0;owned\x07')")

    assert done.err == "\\x1b]0;owned\\x07\n"


class Terminal:
    """The command on a terminal of its own."""

    def __init__(self, noether: Noether, *words: str) -> None:
        self.descriptor, theirs = pty.openpty()
        self.process = subprocess.Popen(
            ["/usr/bin/setsid", "--ctty", *COMMAND, *words],
            cwd=noether.folder,
            env=noether.environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.descriptor)

    def hear(self, until: str) -> str:
        """What is printed up to and with ``until``."""
        heard, ends = b"", time.monotonic() + 30
        while until.encode() not in heard:
            left = max(0.0, ends - time.monotonic())
            ready, _, _ = select.select([self.descriptor], [], [], left)
            assert ready, f"{until!r} does not come: {heard!r}"
            heard += os.read(self.descriptor, 1 << 16)
        return heard.decode(errors="replace").replace("\r\n", "\n")

    def say(self, line: str) -> str:
        """Type, and hear what is printed until the next line may come."""
        os.write(self.descriptor, line.encode())
        return self.hear(">>> ")


def test_a_person_can_talk_to_it_and_stop_what_never_ends(failed: Noether) -> None:
    with Terminal(failed, "shell", "last") as person:
        before = termios.tcgetattr(person.descriptor)
        banner = person.hear(">>> ")
        value = person.say("input\n")
        raised = person.say("execute(input)\n")
        os.write(person.descriptor, b"exec('print(1 + 1)\\nwhile True: pass')\n")
        person.hear("\n2")
        stopped = person.say("\x03")
        typed = person.say("import fcntl; fcntl.ioctl(0, 0x5412, b'x')\n")
        below = psutil.Process(person.process.pid).children(recursive=True)
        users = below[-1].uids()
        os.write(person.descriptor, b"\x04")
        code = person.process.wait(timeout=30)
        after = termios.tcgetattr(person.descriptor)

    assert "its sandbox, its code and its input" in banner
    assert "'raise'" in value
    assert raised.rstrip().endswith("ValueError: raise\n>>>")
    assert "KeyboardInterrupt" in stopped
    assert "PermissionError" in typed
    assert 0 not in users
    assert code == 0
    assert before == after


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_nothing_stays_when_the_command_is_killed(failed: Noether, number: signal.Signals) -> None:
    process = failed.start(
        "shell", "last", "-c", "print('here')\nwhile True: pass", stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    assert process.stderr.readline() == b"here\n"

    process.send_signal(number)
    process.wait(timeout=20)

    process.stderr.close()
    assert left_behind(failed.home, within_seconds=5.0) == []


@pytest.mark.parametrize(
    ("words", "code", "name"),
    [
        pytest.param(["last", "absent", "--run"], 3, "unknown-node", id="no such node"),
        pytest.param([str(HELLO), "/root/stages/1", "--input", '"new"', "--run"], 2,
                     "input-unknown", id="an input that is not known"),
        pytest.param([str(HELLO), "--run"], 2, "usage", id="no node"),
        pytest.param(["nonsense", "--run"], 2, "unknown-run", id="neither run nor file"),
        pytest.param(["last", "--run", "-c", "1"], 2, "usage", id="run and code"),
        pytest.param(["last", "--input", "1", "--run"], 2, "input-unreadable", id="input of a run"),
        pytest.param(["last", "-c", "1/0"], 6, "call-failed", id="code that raises"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(
    failed: Noether, words: list[str], code: int, name: str
) -> None:
    done = failed("shell", *words, "--json")

    assert (done.code, json.loads(done.out)["error"]["code"]) == (code, name), done.err


def test_without_user_namespaces_there_is_no_shell(failed: Noether) -> None:
    refusing = [sys.executable, PROJECT / "tests/nix/without.py", "user-namespaces", *COMMAND]

    done = subprocess.run(
        [*map(str, refusing), "shell", "last", "--run", "--json"],
        cwd=failed.folder,
        env=failed.environment,
        capture_output=True,
        check=False,
        timeout=60,
    )

    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (5, "sandbox-unavailable")
    assert error["hint"].startswith("allow user namespaces")
