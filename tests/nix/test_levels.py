"""The levels below full, on kernels that refuse what the better ones need."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from noether_nix.errors import SandboxUnavailableError
from noether_nix.run.events import SandboxChecked
from noether_nix.run.report import Report
from tests.e2e.homes import copy_home
from tests.nix.fused_runs import FusedRuns, open_house, stage_text
from tests.nix.left_behind import left_behind
from tests.nix.lesser_kernels import KERNELS, lesser_nix

pytestmark = pytest.mark.nix

# Without root, Nix itself needs the namespaces that these kernels refuse.
_NEEDS_ROOT = ("confined", "alone")


class Places:
    """One home for each kernel, made when it is first asked for."""

    def __init__(self, folder: Path, prepared: Path) -> None:
        self._folder = folder
        self._prepared = prepared
        self._runs: dict[str, FusedRuns] = {}

    def on(self, kernel: str) -> FusedRuns:
        """What runs on that kernel."""
        if kernel not in self._runs:
            folder = self._folder / kernel.replace(" ", "-")
            (folder / "stages").mkdir(parents=True)
            nix = None if kernel == "full" else lesser_nix(folder / "nix", kernel)
            home = copy_home(self._prepared, folder / "home")
            house = open_house(home, nix=nix).__enter__()
            self._runs[kernel] = FusedRuns(house, folder / "stages")
        return self._runs[kernel]

    def close(self) -> None:
        """Close every house."""
        for runs in self._runs.values():
            runs.house.__exit__(None, None, None)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[Places]:
    places = Places(tmp_path_factory.mktemp("levels"), prepared)
    yield places
    places.close()


@pytest.fixture(params=KERNELS)
def kernel(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run(
    places: Places, kernel: str, root: Mapping[str, Any], value: Any = None, **more: Any
) -> Report | None:
    """The report of a run on that kernel; None where this user has no sandbox on it at all."""
    runs = places.on(kernel)
    if kernel in _NEEDS_ROOT and os.geteuid() != 0:
        with pytest.raises(SandboxUnavailableError):
            runs.run(root, value, **more)
        return None
    report = runs.run(root, value, **more)
    assert report.sandbox == kernel.split(maxsplit=1)[0]
    assert left_behind(runs.house.settings.home) == []
    return report


def stage(places: Places, kernel: str, name: str, code: str) -> dict[str, Any]:
    return {"op": "Stage", "id": places.on(kernel).write(name, stage_text(code))}


_WORK = """
import os, tempfile

def execute(given):
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/file", "w") as file:
            file.write(str(given))
        read = open(f"{folder}/file").read()
    print("worked on", given)
    return {"read": read, "cwd": os.getcwd(), "tmp": tempfile.gettempdir(),
            "own": [os.listdir(place) for place in ("/tmp", "/build", "/dev/shm")],
            "environment": dict(os.environ), "processors": os.cpu_count()}
"""


def test_keys_and_values_are_those_of_level_full(places: Places, kernel: str) -> None:
    def graph(where: str) -> dict[str, Any]:
        work = stage(places, where, "work", _WORK)
        again = stage(places, where, "again", "return [given['read'], len(given)]")
        return {
            "op": "Parallel",
            "branches": {
                f"b{number}": {
                    "op": "Sequential",
                    "stages": [{"op": "Const", "value": number % 2}, work, again],
                }
                for number in range(3)
            },
        }

    report = run(places, kernel, graph(kernel))
    full = run(places, "full", graph("full"))

    assert full is not None
    if report is not None:
        assert report.output == full.output
        assert [(call.key, call.value_sha256) for call in report.calls] == [
            (call.key, call.value_sha256) for call in full.calls
        ]


def test_large_values_pass_from_call_to_call(places: Places, kernel: str) -> None:
    stages = [
        stage(places, kernel, "make", "print('x' * 200_000)\nreturn 'y' * 500_000"),
        stage(places, kernel, "turn", "return given.upper()"),
        stage(places, kernel, "measure", "return [len(given), given[0]]"),
    ]

    report = run(places, kernel, {"op": "Sequential", "stages": stages})

    if report is not None:
        assert report.output == [500_000, "Y"]
        log = places.on(kernel).house.ledger.logs.read(report.run, 0)
        assert log == b"x" * 200_000 + b"\n"


def test_what_fails_is_told_and_skips_what_needs_it(places: Places, kernel: str) -> None:
    bad = stage(places, kernel, "bad", "raise ValueError(given)")
    after = stage(places, kernel, "after", "return given")
    good = stage(places, kernel, "good", "return 1")
    root = {
        "op": "Parallel",
        "branches": {"bad": {"op": "Sequential", "stages": [bad, after, after]}, "good": good},
    }

    report = run(places, kernel, root, "words")

    if report is not None:
        assert [call.outcome for call in report.calls] == [
            "stage-raised", "skipped", "skipped", "succeeded",
        ]  # fmt: skip
        assert {call.because for call in report.calls} == {None, "/root/branches/bad/stages/0"}


def test_the_level_and_what_better_ones_lack_are_told_with_the_run(
    places: Places, kernel: str
) -> None:
    report = run(places, kernel, stage(places, kernel, "told", "return 'told'"))

    if report is not None:
        runs = places.on(kernel)
        checked = [event for event in runs.events if isinstance(event, SandboxChecked)]
        assert [event.level for event in checked] == [kernel.split(maxsplit=1)[0]]
        assert checked[0].evidence["wanting"]["full"]
        recorded = runs.house.ledger.find_run(report.run)
        assert recorded.level == kernel.split(maxsplit=1)[0]
        record = runs.house.results.find(str(report.calls[0].key))
        assert record is not None
        assert record.level == kernel.split(maxsplit=1)[0]


_LEAVE = """
import os
for place in ("/tmp", "/build", "/dev/shm"):
    os.makedirs(f"{place}/left/deeper")
    open(f"{place}/left/deeper/file", "w").write("left")
    os.chmod(f"{place}/left/deeper", 0)
    os.chmod(f"{place}/left", 0)
for attempt in (lambda: os.chmod("/build", 0), lambda: os.utime("/build", (1, 1)),
                lambda: os.setxattr("/build", "user.left", b"left"), lambda: os.nice(5)):
    try:
        attempt()
    except OSError:
        pass
return "left"
"""
_LOOK = """
import os
found = [sorted(os.listdir(place)) for place in ("/tmp", "/build", "/dev/shm")]
return found + [oct(os.stat("/build").st_mode), os.listxattr("/build"), os.nice(0)]
"""


def test_nothing_of_one_call_is_there_in_the_next(places: Places, kernel: str) -> None:
    stages = [
        stage(places, kernel, "leave", _LEAVE),
        stage(places, kernel, "look", _LOOK),
    ]

    report = run(places, kernel, {"op": "Sequential", "stages": stages})

    if report is not None:
        assert report.output == [[], [], [], "0o40700", [], 0]


# What a call may try against the scheduler, the log and the output of its build, where nothing
# but Nix's sandbox and the scheduler's own care is in its way.
_FORGE = """
import ctypes, glob, json, os, signal, struct, time
libc = ctypes.CDLL(None, use_errno=True)

def quietly(attempt, *arguments):
    try:
        return attempt(*arguments)
    except (OSError, ValueError):
        return None

def forge(token):
    done = {"event": "ended", "call": 0, "outcome": "succeeded", "input": "", "seconds": 0,
            "used": {}, "log_bytes": 0, "value": '"forged"'}
    line = json.dumps({"noether": token, "events": [done]}) + "\\n"
    for place in (*glob.glob("/proc/[0-9]*/fd/*"), "/dev/tty", "/dev/console", "/dev/pts/0",
                  "/dev/pts/1", "/dev/pts/2", "/dev/ptmx"):
        if f"/{os.getpid()}/" not in place:
            descriptor = quietly(os.open, place, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            if descriptor is not None and not place.endswith("ptmx"):
                quietly(os.write, descriptor, line.encode())

def spoil_output():
    head = {"schema": 2, "calls": [{"index": 0, "outcome": "succeeded", "input_sha256": "",
            "detail": {}, "value_bytes": 8, "log_bytes": 0}]}
    text = json.dumps(head).encode() + b'\\n"forged"'
    for _ in range(200):
        for name in quietly(os.listdir, "/nix/store") or ():
            quietly(lambda: open(f"/nix/store/{name}", "wb").write(text))
        time.sleep(0.005)

def execute(given):
    token = ""
    for plan in glob.glob("/nix/store/*plan.json"):
        token = json.loads(quietly(lambda: open(plan).read()) or "{}").get("token", "")
    forge(token)
    buffer = ctypes.create_string_buffer(b"x" * 64)
    vector = struct.pack("QQ", ctypes.addressof(buffer), 64)
    for process in (1, 2, 3, 4, 5, 6):
        if process != os.getpid():
            libc.syscall(101, 16, process, 0, 0)  # PTRACE_ATTACH
            libc.syscall(310, process, vector, 1, vector, 1, 0)  # process_vm_readv
            libc.syscall(438, libc.syscall(434, process, 0), 2, 0)  # pidfd_getfd
            quietly(lambda: open(f"/proc/{process}/mem", "r+b").write(b"x"))
            quietly(lambda: open(f"/proc/{process}/environ").read())
    for process in range(1, 60):
        if process != os.getpid():
            for number in (signal.SIGINT, signal.SIGSTOP, signal.SIGKILL):
                quietly(os.kill, process, number)
    if libc.fork() == 0:
        os.setsid()
        if libc.fork() == 0:
            spoil_output()
        os._exit(0)
    return given
"""


def test_a_call_cannot_forge_what_is_heard_of_it_or_what_it_gave(
    places: Places, kernel: str
) -> None:
    root = {
        "op": "Parallel",
        "branches": {
            "forger": stage(places, kernel, "forger", _FORGE),
            "other": stage(places, kernel, "other", "return [given]"),
        },
    }

    report = run(places, kernel, root, "true")

    if report is not None:
        assert report.output == {"forger": "true", "other": ["true"]}


def test_more_is_demanded_than_there_is(places: Places, kernel: str) -> None:
    runs = places.on(kernel)
    node = stage(places, kernel, "demanding", "return 'demanding'")

    with pytest.raises(SandboxUnavailableError) as caught:
        runs.run(node, level="full")

    assert caught.value.hint
    assert runs.house.ledger.find_run("last").level == "full"


def test_what_was_computed_with_less_than_is_demanded_is_not_known(
    places: Places, kernel: str
) -> None:
    node = stage(places, kernel, "weak", "return 'weak'")
    if run(places, kernel, node) is None:
        return
    known = run(places, kernel, node)
    assert known is not None
    assert [call.cached for call in known.calls] == [True]

    with pytest.raises(SandboxUnavailableError):
        places.on(kernel).run(node, level="full")


def test_a_graph_grows_alike_at_every_level(places: Places, kernel: str) -> None:
    make = stage(places, kernel, "grow_make", "return [given, 2, 3]")
    even = stage(places, kernel, "grow_even", "return given % 2 == 0")
    twice = stage(places, kernel, "grow_twice", "return given * 2")
    fail = stage(places, kernel, "grow_fail", "raise ValueError(given)")
    body = {"op": "Branch", "predicate": even, "if_true": twice, "if_false": fail}

    for given, ends in ((4, "stage-raised"), (4, "stage-raised")):
        root = {"op": "Sequential", "stages": [make, {"op": "Map", "body": body}, twice]}
        report = run(places, kernel, root, given)
        if report is None:
            return
        told = {call.pointer: call.outcome for call in report.calls}
        assert told["/root/stages/1#0/body/if_true"] == "succeeded"
        assert told["/root/stages/1#0/body/if_false"] == "not-taken"
        assert told["/root/stages/1#2/body/if_false"] == ends
        assert told["/root/stages/2"] == "skipped"
        assert len(report.calls) == 11
