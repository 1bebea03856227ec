"""Every limit bites, whoever is beside it, and says which it was."""

import hashlib
import json
import textwrap
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from noether_nix.plan.limits import call_limits
from noether_nix.run.events import CallStarted
from noether_nix.run.report import CallReport
from tests.e2e.homes import copy_home
from tests.nix.fused_runs import FusedRuns, open_house, stage_text

pytestmark = pytest.mark.nix

KIB, MIB = 1 << 10, 1 << 20

_INNOCENT = """
import time

def execute(given):
    with open("/tmp/own", "w") as file:
        file.write("x" * 1000)
    time.sleep(0.05)
    print("innocent", given)
    return [given, len(open("/tmp/own").read())]
"""


@dataclass(frozen=True)
class Case:
    """A stage that passes a limit, and how it then ends; ``value`` when it may answer."""

    name: str
    code: str
    limits: Mapping[str, int]
    outcome: str = "succeeded"
    detail: Mapping[str, Any] = field(default_factory=dict)
    value: Any = None


def _ended(limit: str, allowed: int) -> dict[str, Any]:
    return {"limit": limit, "allowed": allowed}


_COUNT_THREADS = """
import threading
stop, started = threading.Event(), 0
try:
    while True:
        threading.Thread(target=stop.wait).start()
        started += 1
except RuntimeError as error:
    stop.set()
    return [started, str(error)]
"""
_COUNT_FILES = """
import errno
files = []
try:
    while True:
        files.append(open("/dev/null"))
except OSError as error:
    count = len(files)
    files.clear()
    return [count, errno.errorcode[error.errno]]
"""
_FILL = """
import errno, os
def fill(path):
    try:
        with open(path, "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    except OSError as error:
        return [os.stat(path).st_size // 4096, errno.errorcode[error.errno]]

def execute(given):
    return [fill(path) for path in given]
"""
_NEST = """
import sys
sys.setrecursionlimit(10**6)
nested = []
for _ in range(3000):
    nested = [nested]
return len(repr(nested))
"""

CASES = [
    Case("burns", "while True:\n    pass", {"cpu": 1, "wall": 30}, "cpu-exceeded",
         _ended("cpu_seconds", 1)),
    Case("burns and answers", """
         import time
         while time.process_time() < 1.3:
             pass
         return "done"
         """, {"cpu": 1, "wall": 30}, "cpu-exceeded", _ended("cpu_seconds", 1)),
    Case("burns in a thread that has ended", """
         import threading, time
         def burn():
             while time.thread_time() < 1.2:
                 pass
         thread = threading.Thread(target=burn)
         thread.start()
         thread.join()
         time.sleep(20)
         """, {"cpu": 1, "wall": 30}, "cpu-exceeded", _ended("cpu_seconds", 1)),
    Case("sleeps within its processor time", "import time\ntime.sleep(1.5)\nreturn 1",
         {"cpu": 1, "wall": 30}, value=1),
    Case("sleeps in silence", "import time\nprint('here')\ntime.sleep(60)",
         {"silence": 1, "wall": 30}, "timed-out", _ended("silence_seconds", 1)),
    Case("speaks now and then", """
         import time
         for number in range(7):
             print(number)
             time.sleep(0.3)
         return "spoke"
         """, {"silence": 1, "wall": 30}, value="spoke"),
    Case("is silent and beyond its time", "import time\ntime.sleep(60)",
         {"silence": 2, "wall": 1}, "timed-out", _ended("wall_seconds", 1)),
    Case("recurses within a large stack", _NEST, {"stack": 64 * MIB}, value=6002),
    Case("recurses beyond a small stack", _NEST, {"stack": 512 * KIB}, "killed",
         {"signal": "SIGSEGV"}),
    Case("recurses in Python", "def execute(given):\n    return execute(given)",
         {"stack": 512 * KIB}, "stage-raised", {"type": "RecursionError"}),
    Case("starts threads", _COUNT_THREADS, {"processes": 5}, value=[4, "can't start new thread"]),
    Case("starts no thread", _COUNT_THREADS, {"processes": 1}, value=[0, "can't start new thread"]),
    Case("forks", "import os\nos.fork()", {"processes": 5}, "effect-denied",
         {"effect": "Process"}),
    Case("opens files", _COUNT_FILES, {"open_files": 32}, value=[28, "EMFILE"]),
    Case("opens fewer files", _COUNT_FILES, {"open_files": 16}, value=[12, "EMFILE"]),
    Case("fills one file", _FILL, {"scratch": MIB}, value=None),
    Case("makes many small files", """
         import errno, os
         made = 0
         try:
             while True:
                 os.mkdir(f"/build/{made}")
                 made += 1
         except OSError as error:
             return [made > 10_000, errno.errorcode[error.errno]]
         """, {"scratch": 256 * MIB}, value=[True, "ENOSPC"]),
    Case("takes memory", "return len(bytes(256 << 20))", {"memory": 64 * MIB}, "memory-exceeded"),
    Case("maps memory", "import mmap\nreturn len(mmap.mmap(-1, 256 << 20, mmap.MAP_PRIVATE)[:])",
         {"memory": 64 * MIB}, "stage-raised",
        {"type": "OSError", "message": "[Errno 12] Cannot allocate memory"}),
    Case("shares memory", """
         import mmap, time
         shared = mmap.mmap(-1, 256 << 20)
         for place in range(0, len(shared), 4096):
             shared[place] = 1
         time.sleep(60)
         """, {"memory": 64 * MIB, "scratch": 4 * MIB}, "memory-exceeded",
         _ended("memory_bytes", 64 * MIB)),
    Case("answers at length", "return 'x' * 5000", {"output": 4096}, "output-too-large",
         _ended("output_bytes", 4096)),
    Case("prints at length", "print('x' * 5000)", {"log": 4096}, "log-too-large",
         _ended("log_bytes", 4096)),
    Case("has the least of everything",
         "import decimal, json, random, tempfile\nreturn tempfile.mkdtemp()[:5]",
         {"memory": 32 * MIB, "stack": 512 * KIB, "processes": 1, "open_files": 16,
          "scratch": 4 * KIB}, value="/tmp/"),
]  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[FusedRuns]:
    folder = tmp_path_factory.mktemp("limits")
    (folder / "stages").mkdir()
    with open_house(copy_home(prepared, folder / "home")) as house:
        yield FusedRuns(house, folder / "stages")


def among_innocents(
    runs: FusedRuns, case: str, code: str, limits: Mapping[str, int], given: Any = None
) -> tuple[CallReport, list[CallReport]]:
    """Run a stage with neighbours under the same limits; gives its call and theirs."""
    limited = runs.write("limited", stage_text(textwrap.dedent(code)))
    innocent = runs.write("innocent", stage_text(_INNOCENT))
    branches: dict[str, Any] = {
        f"i{number}": {
            "op": "Sequential",
            "stages": [
                {"op": "Const", "value": f"{case} {number}"},
                {"op": "Stage", "id": innocent},
            ],
        }
        for number in range(3)
    }
    branches["limited"] = {
        "op": "Sequential",
        "stages": [{"op": "Const", "value": given}, {"op": "Stage", "id": limited}],
    }
    report = runs.run({"op": "Parallel", "branches": branches}, limits=limits)
    (call,) = (one for one in report.calls if one.stage_name == "limited")
    return call, [one for one in report.calls if one is not call]


def sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_limit_ends_the_call_that_passes_it_and_no_other(runs: FusedRuns, case: Case) -> None:
    given, value = None, case.value
    if case.code is _FILL:
        # All folders are one; a file alone may be as large as all together.
        given, value = ["/tmp/a", "/dev/shm/b"], [[256, "EFBIG"], [0, "ENOSPC"]]

    call, innocents = among_innocents(runs, case.name, case.code, case.limits, given)

    assert call.outcome == case.outcome, call.detail
    assert {name: call.detail.get(name) for name in case.detail} == case.detail
    if case.outcome == "succeeded":
        assert call.value_sha256 == sha256(value)
    assert (call.seconds or 0) < 15
    for number, innocent in enumerate(innocents):
        assert innocent.outcome == "succeeded", innocent.detail
        assert innocent.value_sha256 == sha256([f"{case.name} {number}", 1000])


def test_an_error_of_the_system_that_is_not_handled_ends_with_the_limit_in_its_hint(
    runs: FusedRuns,
) -> None:
    ends = {
        "processes=5": "import threading\nwhile True:\n"
        "    threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "open_files=32": "return [open('/dev/null') for _ in range(99)]",
        "scratch=64KiB": "with open('/tmp/a', 'wb', 0) as file:\n"
        "    while file.write(bytes(4096)):\n        pass",
    }
    limits = {"processes": 5, "open_files": 32, "scratch": 64 * KIB}

    for named, code in ends.items():
        call, _ = among_innocents(runs, f"hint {named}", code, limits)

        assert call.outcome == "stage-raised"
        assert named in call.detail["hint"]


def test_too_many_files_are_not_blamed_on_the_limit_of_their_bytes(runs: FusedRuns) -> None:
    # It goes on for a moment: what is seen of a call is seen ten times a second while it lives.
    code = """
    import time
    try:
        for number in range(20_000):
            open(f"/tmp/{number}", "x").close()
    finally:
        time.sleep(0.5)
    """

    call, _ = among_innocents(runs, "many", code, {})

    assert call.used["scratch_files"] == 16_384
    assert call.detail["message"].startswith("[Errno 28]")
    assert "16,384 files and folders" in call.detail["hint"]
    assert "--limit" not in call.detail["hint"]


def test_every_limit_is_reported_with_what_was_used_of_it(runs: FusedRuns) -> None:
    code = """
    import time
    data = bytearray(40 << 20)
    with open("/tmp/a", "wb") as file:
        file.write(bytes(1 << 20))
    print("x" * 99)
    time.sleep(0.3)
    while time.process_time() < 0.2:
        pass
    return "y" * 998
    """

    call, _ = among_innocents(runs, "report", code, {"silence": 20})

    used = {name: both["used"] for name, both in call.limits.items()}
    assert {name: both["limit"] for name, both in call.limits.items()} == call_limits(
        {}, {"silence": 20}
    ).facts()
    assert used["wall_seconds"] == call.seconds
    assert 0.3 <= used["wall_seconds"] < 20
    assert 0.2 <= used["cpu_seconds"] < 10
    assert 0.3 <= used["silence_seconds"] <= used["wall_seconds"]
    assert 40 * MIB <= used["memory_bytes"] < 200 * MIB
    assert used["scratch_bytes"] == MIB
    assert (used["output_bytes"], used["log_bytes"]) == (1000, 100)
    assert (used["stack_bytes"], used["processes"], used["open_files"]) == (None, None, None)


def test_limits_of_nodes_hold_for_the_calls_in_them_and_move_only_their_keys(
    runs: FusedRuns,
) -> None:
    slow = sleeper(runs, 3)
    seen = "import resource\nreturn [given, resource.getrlimit(resource.RLIMIT_NOFILE)[0]]"
    count = {"op": "Stage", "id": runs.write("seen", stage_text(seen))}
    plain = runs.run({"op": "Parallel", "branches": {"a": count, "b": count}}, "nodes").output
    root = {
        "op": "Parallel",
        "limits": {"wall": "1s"},
        "branches": {"a": count, "b": {**count, "limits": {"open_files": 99}}, "c": slow},
    }

    report = runs.run(root, "nodes")

    ends = {call.pointer.rpartition("/")[2]: call for call in report.calls}
    assert plain == {"a": ["nodes", 256], "b": ["nodes", 256]}
    assert (ends["a"].cached, ends["b"].cached, ends["c"].outcome) == (True, False, "timed-out")
    assert ends["c"].detail == _ended("wall_seconds", 1)
    assert ends["b"].value_sha256 == sha256(["nodes", 99])


def test_only_a_call_that_others_ran_beside_waits_for_its_limit_twice(runs: FusedRuns) -> None:
    quick = {"op": "Stage", "id": runs.write("quick", stage_text("return [given]"))}
    slow = {**sleeper(runs, 61), "limits": {"wall": "1s"}}
    other = {**sleeper(runs, 62), "limits": {"wall": "1s"}}

    chain = runs.run({"op": "Sequential", "stages": [quick, slow, quick]}, 61)
    in_chain = started(runs)
    both = runs.run({"op": "Parallel", "branches": {"a": slow, "b": other}}, 62, jobs=2)
    beside = started(runs)
    runs.run({"op": "Parallel", "branches": {"a": slow, "b": other}}, 63, jobs=1)
    in_turn = started(runs)

    assert [call.outcome for call in chain.calls] == ["succeeded", "timed-out", "skipped"]
    assert [call.outcome for call in both.calls] == ["timed-out", "timed-out"]
    assert (in_chain, beside, in_turn) == ([0, 1], [0, 0, 1, 1], [0, 1])


def started(runs: FusedRuns) -> list[int]:
    return sorted(event.index for event in runs.events if isinstance(event, CallStarted))


def sleeper(runs: FusedRuns, seconds: float) -> dict[str, Any]:
    code = f"import time\ntime.sleep({seconds})\nreturn given"
    return {"op": "Stage", "id": runs.write(f"sleeps_{int(seconds)}", stage_text(code))}


def test_when_the_time_of_a_run_is_over_everything_ends_and_what_had_ended_is_kept(
    runs: FusedRuns,
) -> None:
    quick = {"op": "Stage", "id": runs.write("quick", stage_text("return [given]"))}
    slow = sleeper(runs, 60)
    root = {
        "op": "Parallel",
        "branches": {
            "a": quick,
            "b": {"op": "Sequential", "stages": [slow, quick]},
            "c": {"op": "Sequential", "stages": [quick, slow]},
            "d": {"op": "Sequential", "stages": [quick, quick, slow, quick]},
        },
    }

    began = time.monotonic()
    report = runs.run(root, 4711, limits={"run": 3, "wall": 60}, jobs=2)

    assert time.monotonic() - began < 20
    ends = {call.pointer: call for call in report.calls}
    branch = "/root/branches"
    assert {name: call.outcome for name, call in ends.items()} == {
        f"{branch}/a": "succeeded",
        f"{branch}/b/stages/0": "timed-out",
        f"{branch}/b/stages/1": "skipped",
        f"{branch}/c/stages/0": "succeeded",
        f"{branch}/c/stages/1": "timed-out",
        f"{branch}/d/stages/0": "succeeded",
        f"{branch}/d/stages/1": "interrupted",
        f"{branch}/d/stages/2": "skipped",
        f"{branch}/d/stages/3": "skipped",
    }
    for outcome in ("timed-out", "interrupted"):
        stopped = [call for call in report.calls if call.outcome == outcome]
        assert all(call.detail == _ended("run_seconds", 3) for call in stopped)
    assert ends[f"{branch}/d/stages/3"].because == f"{branch}/d/stages/1"
    assert runs.house.ledger.find_run(report.run).state == "failed"
    again = runs.run(root, 4711, limits={"run": 2, "wall": 60}, jobs=2)
    known = {call.pointer for call in again.calls if call.cached}
    assert {f"{branch}/a", f"{branch}/c/stages/0", f"{branch}/d/stages/0"} <= known


def test_limits_that_code_cannot_notice_move_no_key_and_the_others_do(runs: FusedRuns) -> None:
    graph = {"op": "Stage", "id": runs.write("keyed", stage_text("return 1"))}
    unseen = {"wall": 50, "cpu": 40, "silence": 30, "output": 9000, "log": 8000, "run": 600}
    seen = {"memory": 512 * MIB, "stack": 4 * MIB, "processes": 32, "open_files": 128,
            "scratch": 128 * MIB}  # fmt: skip

    first = runs.run(graph, limits={}).calls[0]
    unmoved = [runs.run(graph, limits={name: most}).calls[0] for name, most in unseen.items()]
    moved = [runs.run(graph, limits={name: most}).calls[0] for name, most in seen.items()]

    assert [(call.key, call.cached) for call in unmoved] == [(first.key, True)] * len(unseen)
    assert not any(call.cached for call in moved)
    assert len({first.key, *(call.key for call in moved)}) == len(seen) + 1
