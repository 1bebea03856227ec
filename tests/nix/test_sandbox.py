"""The sandbox of design 3, as stages see it through an ordinary run."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from noether_nix.inside.contract import ENVIRONMENT
from tests.e2e.homes import copy_home
from tests.nix.fused_runs import FusedRuns, open_house, stage_text
from tests.nix.hostile_stages import MEETINGS

pytestmark = pytest.mark.nix

_LOOK_AROUND = """
import os, sys

def read(name):
    with open(f"/proc/self/{name}", errors="replace") as file:
        return file.read()

def lines(name):
    return read(name).splitlines()

def is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True

def execute(given):
    folders = ("/", "/dev", "/etc", "/tmp", "/build", "/dev/shm", "/nix", "/nix/store", "/proc")
    return {
        "mountinfo": lines("mountinfo"),
        "status": dict(line.split(":\\t") for line in lines("status") if ":\\t" in line),
        "limits": {line[:25].strip(): line[26:].split()[:2] for line in lines("limits")},
        "environ": read("environ").strip("\\0"),
        "cmdline": read("cmdline").split("\\0"),
        "maps": sorted({line.split()[5] for line in lines("maps") if "/" in line}),
        "environment": dict(os.environ),
        "identity": [os.getuid(), os.geteuid(), os.getgid(), os.getpid(), os.getppid()],
        "folders": {folder: sorted(os.listdir(folder)) for folder in folders},
        "devices": [line.split(":")[0].strip() for line in lines("net/dev") if ":" in line],
        "routes": lines("net/route")[1:],
        "passwd": open("/etc/passwd").read(),
        "hosts": open("/etc/hosts").read(),
        "descriptors": [number for number in range(256) if is_open(number)],
        "targets": [os.readlink(f"/proc/self/fd/{n}").split(":")[0] for n in (0, 1, 2, 4)],
        "cwd": os.getcwd(), "cpu_count": os.cpu_count(), "host": os.uname().nodename,
        "prefix": sys.prefix, "nice": os.nice(0), "umask": os.umask(0),
    }
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[FusedRuns]:
    folder = tmp_path_factory.mktemp("sandbox")
    (folder / "stages").mkdir()
    with open_house(copy_home(prepared, folder / "home")) as house:
        yield FusedRuns(house, folder / "stages")


@pytest.fixture(scope="module")
def seen(runs: FusedRuns) -> dict[str, Any]:
    seen = runs.value_of(_LOOK_AROUND)
    assert isinstance(seen, dict)
    return seen


def test_a_call_has_a_small_read_only_root_and_folders_of_its_own(seen: dict[str, Any]) -> None:
    toolchain = seen["prefix"]
    mounts = [line.split() for line in seen["mountinfo"]]
    shown = [(mount[4], mount[5].split(",")[0], mount[mount.index("-") + 1]) for mount in mounts]
    store = next(kind for place, _, kind in shown if place == toolchain)

    assert shown == [
        ("/", "ro", "tmpfs"),
        (toolchain, "ro", store),
        *((f"/dev/{name}", "ro", "devtmpfs") for name in ("null", "zero", "full")),
        *((f"/dev/{name}", "ro", "devtmpfs") for name in ("random", "urandom")),
        ("/proc", "ro", "proc"),
        ("/proc", "ro", "proc"),
        *((place, "rw", "tmpfs") for place in ("/tmp", "/build", "/dev/shm", "/tmp")),
    ]
    assert all("nosuid" in mount[5] for mount in mounts)
    assert all("nodev" in mount[5] for mount in mounts if mount[5].startswith("rw"))
    assert "subset=pid" in seen["mountinfo"][8]
    assert all("size=262144k,nr_inodes=16384" in line for line in seen["mountinfo"][9:])
    assert seen["folders"] == {
        "/": ["build", "dev", "etc", "nix", "proc", "tmp"],
        "/dev": ["fd", "full", "null", "random", "shm", "urandom", "zero"],
        "/etc": ["group", "hosts", "passwd"],
        "/tmp": [],
        "/build": [],
        "/dev/shm": [],
        "/nix": ["store"],
        "/nix/store": [toolchain.removeprefix("/nix/store/")],
        "/proc": ["1", "self", "thread-self"],
    }


def test_a_call_is_nobody_in_particular_and_may_become_no_one_else(seen: dict[str, Any]) -> None:
    status = seen["status"]

    assert seen["identity"][0] != 0
    assert seen["identity"] == [1000, 1000, 100, 1, 0]
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"], status["Threads"]) == ("1", "2", "1")
    assert "nixbld" in seen["passwd"]
    assert not re.search("/home/|/root/", seen["passwd"])
    assert (seen["host"], seen["nice"], seen["umask"]) == ("localhost", 0, 0o022)


def test_a_call_sees_no_network_and_no_process_but_itself(
    runs: FusedRuns, seen: dict[str, Any]
) -> None:
    assert (seen["devices"], seen["routes"]) == (["lo"], [])
    assert seen["folders"]["/proc"] == ["1", "self", "thread-self"]
    devices = runs.run_stage("import socket\nreturn socket.if_nameindex()")
    assert (devices.outcome, devices.detail["type"]) == ("stage-raised", "PermissionError")
    runs.value_of(f"return 'fresh {len(runs.events)}'")
    assert runs.evidence["build"]["interfaces"] == ["lo"]
    assert runs.evidence["build"]["uid_outside"] not in (None, 0)
    assert runs.evidence["build"]["process"] == 1


def test_a_call_has_the_fixed_environment_and_five_descriptors_at_most(
    seen: dict[str, Any],
) -> None:
    zones = {
        "LOCPATH": f"{seen['prefix']}/lib/locale",
        "PYTHONTZPATH": f"{seen['prefix']}/share/zoneinfo",
        "TZDIR": f"{seen['prefix']}/share/zoneinfo",
    }

    assert seen["environment"] == {**ENVIRONMENT, **zones}
    assert (seen["cwd"], seen["cpu_count"]) == ("/build", 1)
    assert seen["descriptors"] == [0, 1, 2, 4]
    assert seen["targets"] == ["/dev/null", "pipe", "pipe", "pipe"]


def test_a_call_sees_neither_plan_nor_random_number_of_its_build(
    runs: FusedRuns, seen: dict[str, Any]
) -> None:
    text = json.dumps({key: seen[key] for key in ("environ", "cmdline", "maps", "environment")})

    paths = set(re.findall(r"/nix/store/[^/\"\\: ]+", text))
    assert seen["environ"] == ""
    assert paths == {seen["prefix"]}
    assert str(runs.house.settings.home) not in text


def test_a_call_is_bounded_as_its_key_says(seen: dict[str, Any]) -> None:
    limits = {name: soft for name, (soft, _) in seen["limits"].items() if name != "Limit"}

    assert {
        name: limits[name]
        for name in ("Max data size", "Max stack size", "Max processes", "Max open files",
                     "Max file size", "Max core file size", "Max locked memory")
    } == {
        "Max data size": str(1 << 30),
        "Max stack size": str(8 << 20),
        "Max processes": "64",
        "Max open files": "256",
        "Max file size": str(256 << 20),
        "Max core file size": "0",
        "Max locked memory": "0",
    }  # fmt: skip


@pytest.mark.parametrize("code", MEETINGS.values(), ids=MEETINGS)
def test_two_calls_of_one_build_cannot_meet(runs: FusedRuns, code: str) -> None:
    stage = runs.write("meeting", stage_text(code))
    root = {
        "op": "Parallel",
        "branches": {
            role: {
                "op": "Sequential",
                "stages": [{"op": "Const", "value": role}, {"op": "Stage", "id": stage}],
            }
            for role in ("listener", "speaker")
        },
    }

    report = runs.run(root)

    assert [call.cached for call in report.calls] == [False, False]
    assert report.output == {"listener": [], "speaker": []}


_SPY = """
import os

def everything():
    for folder, _, files in os.walk("/"):
        for name in files:
            if not folder.startswith(("/proc", "/dev")):
                yield os.path.join(folder, name)

def memory():
    for line in open("/proc/self/maps"):
        begin, end = (int(part, 16) for part in line.split()[0].split("-"))
        with open("/proc/self/mem", "rb") as file:
            try:
                file.seek(begin)
                yield file.read(end - begin)
            except (OSError, ValueError, OverflowError):
                continue

def execute(given):
    words = [word[::-1].encode() for word in given]
    found = {path for path in everything() for word in words if word in open(path, "rb").read()}
    for folder, names, files in os.walk("/proc/self"):
        for name in files:
            if name == "mem" or folder.endswith("/fd"):
                continue
            try:
                with open(os.path.join(folder, name), "rb") as file:
                    data = file.read(1 << 22)
            except OSError:
                continue
            found |= {f"{folder}/{name}" for word in words if word in data}
    for part in memory():
        # Its own copies of the words are made while looking for them.
        found |= {"memory" for word in words if part.count(word) > 40}
    return sorted(found)
"""


def test_a_call_finds_neither_inputs_nor_sources_of_its_neighbours(runs: FusedRuns) -> None:
    # The spy is given the words backwards, so that it does not find them in what it was given.
    secrets = ["secret-of-an-input-4711", "secret_of_a_source_4711", "secret-of-a-result-4711"]
    code = "import time\nsecret_of_a_source_4711 = 'secret-of-a-result-4711'\ntime.sleep(0.5)\n"
    neighbour = runs.write(
        "neighbour", stage_text(code + "return [given, secret_of_a_source_4711]")
    )
    spy = runs.write("spy", stage_text(_SPY))

    def call(stage: str, value: Any) -> dict[str, Any]:
        return {
            "op": "Sequential",
            "stages": [{"op": "Const", "value": value}, {"op": "Stage", "id": stage}],
        }

    branches = {f"n{number}": call(neighbour, [secrets[0] * 50, number]) for number in range(4)}
    branches["n1-spy"] = call(spy, [word[::-1] for word in secrets])

    report = runs.run({"op": "Parallel", "branches": branches}, limits={"wall": 20})

    assert isinstance(report.output, dict)
    assert report.output["n1-spy"] == []


def test_nothing_of_one_call_is_there_in_the_next(runs: FusedRuns) -> None:
    leave = """
    import builtins, json, os, sys
    builtins.left = sys.left = json.left = "left"
    sys.modules["left"] = json
    for folder in ("/tmp", "/build", "/dev/shm"):
        open(f"{folder}/left", "w").close()
    os.environ["LEFT"] = "left"
    return "left"
    """
    look = """
    import builtins, json, os, sys
    found = [hasattr(place, "left") for place in (builtins, sys, json)]
    found += ["left" in sys.modules, "LEFT" in os.environ]
    return found + [os.path.exists(f"{folder}/left") for folder in ("/tmp", "/build", "/dev/shm")]
    """
    stages = [
        {"op": "Stage", "id": runs.write(name, stage_text(code))}
        for name, code in (("leave", leave), ("look", look))
    ]

    report = runs.run({"op": "Sequential", "stages": stages}, jobs=1)

    assert report.output == [False] * 8
