"""The command when it is stopped, when nobody listens, and on a terminal."""

import ctypes
import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.e2e.homes import COMMAND, HELLO, Done, Noether

pytestmark = pytest.mark.nix

PR_SET_CHILD_SUBREAPER = 36

ENDLESS = '''"""Never end.

Input: Any
Output: Any
Effects: [Pure]
"""

import signal


def execute(value):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass
'''


@pytest.fixture
def orphans() -> Iterator[None]:
    """Whoever is left behind by a child becomes a child of this process."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    assert prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    yield
    assert prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) == 0


def living_children() -> list[str]:
    found = psutil.Process().children(recursive=True)
    return [str(one) for one in found if one.status() != psutil.STATUS_ZOMBIE]


def wait_for_event(fifo: Path, name: str) -> None:
    """Read events, which the command writes into a pipe, until one has this name."""
    with fifo.open() as events:
        for line in events:
            if json.loads(line)["event"] == name:
                return
    raise AssertionError(f"there was no event {name}")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGINT, 130, id="Ctrl-C"),
        pytest.param(signal.SIGTERM, 143, id="SIGTERM"),
        pytest.param(signal.SIGHUP, 129, id="the terminal goes"),
    ],
)
@pytest.mark.usefixtures("orphans")
def test_a_stopped_run_leaves_no_process_and_says_that_it_was_stopped(
    noether: Noether, number: signal.Signals, code: int
) -> None:
    (noether.folder / "endless.py").write_text(ENDLESS)
    events = noether.folder / "events"
    os.mkfifo(events)
    before = living_children()
    words = ("stage", "run", "./endless.py", "--events", events, "--json")
    process = noether.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for_event(events, "call-started")

    process.send_signal(number)
    out, err = process.communicate(timeout=60)

    assert (process.returncode, json.loads(out)["error"]["code"]) == (code, "run-interrupted")
    assert b"Traceback" not in err
    assert living_children() == before


def test_a_run_whose_reader_goes_away_says_nothing_and_ends_as_a_pipe_does(
    noether: Noether,
) -> None:
    words = ("run", HELLO, "--input", '"nobody reads this"', "-q")
    process = noether.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None

    _, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (128 + signal.SIGPIPE, b"")


def in_shell(noether: Noether, places: str, *words: str | Path) -> Done:
    """The command with its outputs where a shell puts them, as in ``>/dev/full``."""
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$@" {places}', "sh", *COMMAND, *map(str, words)],
        cwd=noether.folder,
        env=noether.environment,
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("places", "words", "said"),
    [
        pytest.param(
            ">/dev/full", ("paths",), "the output cannot be written: No space", id="a line"
        ),
        pytest.param(
            ">/dev/full", ("version", "--json"), "the output cannot be written", id="an envelope"
        ),
        pytest.param(
            ">/dev/full",
            ("run", HELLO, "--input", '"nobody can keep this"', "-q"),
            "the output cannot be written: No space",
            id="an output",
        ),
        pytest.param(">&-", ("paths",), "standard output is closed", id="no output at all"),
        pytest.param(">/dev/full 2>&1", ("paths",), "", id="nowhere to say it"),
    ],
)
def test_an_output_that_cannot_be_written_is_the_callers_to_mend_and_no_defect(
    noether: Noether, places: str, words: tuple[str, ...], said: str, unbuffered: str
) -> None:
    done = in_shell(replace(noether, variables={"PYTHONUNBUFFERED": unbuffered}), places, *words)

    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == (1 if said else 0)


def test_a_run_without_a_place_for_words_gives_its_output(noether: Noether) -> None:
    done = in_shell(noether, "2>&-", "run", HELLO, "--input", '"No words"')

    assert (done.code, done.out) == (0, '"no-words"\n')


@pytest.mark.usefixtures("orphans")
def test_a_collection_leaves_the_store_alone_while_a_run_is_going_on(noether: Noether) -> None:
    (noether.folder / "endless.py").write_text(ENDLESS)
    events = noether.folder / "events"
    os.mkfifo(events)
    process = noether.start("stage", "run", "./endless.py", "--events", events, "-q")
    wait_for_event(events, "call-started")

    done = noether("store", "gc", "--json")
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)
    later = noether("store", "gc", "--json")

    during, after = json.loads(done.out), json.loads(later.out)
    assert during["gc"]["store_paths"] == []
    assert "a run is going on" in during["warnings"][0]
    assert after["warnings"] == []
    assert after["gc"]["store_paths"] != []


def on_terminal(noether: Noether, *words: str | Path) -> tuple[int, str]:
    """Exit code and screen of the command on a terminal."""
    master, slave = pty.openpty()
    process = noether.start(*words, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    screen = b""
    while True:
        try:
            screen += os.read(master, 65536)
        except OSError:  # the last one has closed the terminal
            break
    os.close(master)
    return process.wait(timeout=60), screen.decode()


def test_a_terminal_gets_a_live_view_and_no_colour_where_none_is_wanted(noether: Noether) -> None:
    plain = Noether(noether.home, noether.folder, {"TERM": "xterm-256color", "NO_COLOR": "1"})

    code, screen = on_terminal(plain, "run", HELLO, "--input", '"on a terminal"', "--raw")

    assert code == 0
    assert "✓ make_file_name" in screen
    assert "on-a-terminal\r\n" in screen
    assert not any(f"\x1b[3{colour}" in screen for colour in range(8))


def test_what_a_stage_says_cannot_act_on_the_terminal(noether: Noether) -> None:
    source = ENDLESS.partition("import signal")[0]
    source += 'def execute(value):\n    raise ValueError("\\x1b]0;owned\\x07\\x1b[2J")\n'
    (noether.folder / "hostile.py").write_text(source)
    terminal = Noether(noether.home, noether.folder, {"TERM": "xterm-256color"})

    code, screen = on_terminal(terminal, "stage", "run", "./hostile.py")

    assert code == 6
    assert "\\x1b]0;owned\\x07" in screen
    assert "\x1b]0" not in screen
    assert "\x1b[2J" not in screen


@pytest.mark.parametrize("option", ["-o", "--trace", "--events"])
def test_a_graph_is_not_written_over(noether: Noether, option: str) -> None:
    graph = noether.folder / "graph.json"
    text = '{"description":"","version":"1.0.0","root":{"op":"Const","value":1}}'
    graph.write_text(text)

    done = noether("run", "graph.json", option, "./graph.json")

    assert done.code == 2
    assert "graph.json is the graph itself" in done.err
    assert graph.read_text() == text
