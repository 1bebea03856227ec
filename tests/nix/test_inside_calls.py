"""What a stage may rely on: the same every time, and all of the standard library."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from noether_nix.inside.contract import ENVIRONMENT
from tests.e2e.homes import copy_home
from tests.nix.fused_runs import FusedRuns, open_house, stage_text
from tests.nix.inside_toolchain import shipped_modules

pytestmark = pytest.mark.nix


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[FusedRuns]:
    folder = tmp_path_factory.mktemp("calls")
    (folder / "stages").mkdir()
    with open_house(copy_home(prepared, folder / "home")) as house:
        yield FusedRuns(house, folder / "stages")


DEPENDENT = {
    "the order of a set": "return list(map(str, {'a', 'b', b'd', 'e' * 9, ('f',), 1.5, 'grün'}))",
    "hashes": "return [hash(x) for x in ('a', b'b', ('c', 1), 2.5, frozenset('de'))]",
    "the environment": "import os\nreturn dict(os.environ)",
    "modules": "import sys\nreturn sorted(sys.modules)",
    "arguments": "import sys\nreturn [sys.argv, sys.orig_argv, sys.flags.hash_randomization]",
    "the time zone": "import time\nreturn [time.tzname, time.localtime(0)[:6], time.timezone]",
    "the locale": "import locale\nreturn [locale.getpreferredencoding(), locale.setlocale(0)]",
    "limits": "import resource as r\nreturn [r.getrlimit(k) for k in range(16)][1:]",
    "encodings": "import sys\nreturn [sys.getfilesystemencoding(), sys.stdout.encoding]",
    "places": "import os, sys\nreturn [os.getcwd(), os.listdir(), sys.path, __name__, __file__]",
    "the machine as far as fixed": "import os\nreturn [os.cpu_count(), os.uname().nodename]",
    "regular expressions": "import re\nreturn re.findall(r'\\w+', 'größe ☃ naïve', re.I)",
}


@pytest.mark.parametrize("code", DEPENDENT.values(), ids=DEPENDENT)
def test_two_homes_and_two_crowds_give_the_same_bytes(
    runs: FusedRuns, tmp_path: Path, prepared: Path, code: str
) -> None:
    stage = stage_text(code)
    crowd = {f"b{number}": {"op": "Const", "value": number} for number in range(30)}
    first = runs.run({"op": "Stage", "id": runs.write("dependent", stage)}).output

    with open_house(copy_home(prepared, tmp_path / "home")) as house:
        other = FusedRuns(house, tmp_path)
        branches = {**crowd, "c": {"op": "Stage", "id": other.write("dependent", stage)}}
        second = other.run({"op": "Parallel", "branches": branches}, {}, jobs=3).output

    assert isinstance(second, dict)
    assert json.dumps(second["c"]) == json.dumps(first)


def test_a_call_finds_exactly_the_fixed_environment(runs: FusedRuns) -> None:
    found = runs.value_of("import os, sys\nreturn [dict(os.environ), sys.prefix]")

    environment, prefix = found
    assert environment == {
        **ENVIRONMENT,
        "LOCPATH": f"{prefix}/lib/locale",
        "PYTHONTZPATH": f"{prefix}/share/zoneinfo",
        "TZDIR": f"{prefix}/share/zoneinfo",
    }


WORKING = {
    "one processor": (
        "import os, multiprocessing as m\nreturn [os.cpu_count(), m.cpu_count()]", [1, 1],
    ),
    "its folder": ("import os\nreturn [os.getcwd(), os.path.expanduser('~')]",
                   ["/build", "/homeless-shelter"]),
    "time zones": (
        ("import datetime, zoneinfo\n"
        "zone = zoneinfo.ZoneInfo('Australia/Lord_Howe')\n"
        "found = datetime.datetime(2020, 1, 1, tzinfo=zone).utcoffset().total_seconds()\n"
        "return [found, len(zoneinfo.available_timezones()) > 400]"),
        [39600.0, True],
    ),
    "threads": (
        ("import queue, threading\n"
        "q = queue.Queue()\n"
        "threads = [threading.Thread(target=q.put, args=(n,)) for n in range(40)]\n"
        "[t.start() for t in threads]\n[t.join() for t in threads]\n"
        "return sorted(q.get() for _ in threads)"),
        list(range(40)),
    ),
    "asyncio": (
        ("import asyncio\n"
        "async def double(n):\n    await asyncio.sleep(0.001)\n    return 2 * n\n"
        "async def all_of_them():\n"
        "    loop = asyncio.get_running_loop()\n"
        "    threaded = await loop.run_in_executor(None, sum, [1, 2])\n"
        "    return [threaded, *await asyncio.gather(*map(double, range(3)))]\n"
        "return asyncio.run(all_of_them())"),
        [3, 0, 2, 4],
    ),
    "sqlite in memory and in a file": (
        ("import sqlite3\n"
        "found = []\n"
        "for name in (':memory:', '/tmp/database', 'here'):\n"
        "    with sqlite3.connect(name) as base:\n"
        "        base.execute('CREATE TABLE t (a)')\n"
        "        base.executemany('INSERT INTO t VALUES (?)', [(n,) for n in range(1000)])\n"
        "    with sqlite3.connect(name) as base:\n"
        "        if name != ':memory:':\n"
        "            base.execute('PRAGMA journal_mode=WAL')\n"
        "            found += base.execute('SELECT sum(a) FROM t').fetchone()\n"
        "return found"),
        [499500, 499500],
    ),
    "temporary files": (
        ("import os, tempfile\n"
        "with tempfile.NamedTemporaryFile('w+') as file:\n"
        "    file.write('x' * 100000)\n    file.seek(0)\n    found = len(file.read())\n"
        "return [found, os.path.dirname(tempfile.mkdtemp())]"),
        [100000, "/tmp"],
    ),
    "record locks on own files": (
        ("import fcntl\n"
        "with open('own', 'w') as file:\n    fcntl.lockf(file, fcntl.LOCK_EX)\n"
        "return True"),
        True,
    ),
    "shared memory of its own": (
        ("import mmap\nwith mmap.mmap(-1, 4096) as own:\n    own[:5] = b'hello'\n"
        "    return own[:5].decode()"),
        "hello",
    ),
    "pipes and pairs of sockets": (
        ("import multiprocessing, os, socket\n"
        "one, other = socket.socketpair()\none.send(b'a')\n"
        "left, right = multiprocessing.Pipe()\nleft.send('b')\n"
        "reader, writer = os.pipe()\nos.write(writer, b'c')\n"
        "return [other.recv(1).decode(), right.recv(), os.read(reader, 1).decode()]"),
        ["a", "b", "c"],
    ),
    "parsing, compiling and numbers": (
        ("import ast, decimal, fractions, statistics\n"
        "return [ast.literal_eval('[1]'), str(decimal.Decimal('0.1') * 3),\n"
        "        str(fractions.Fraction(1, 3)), statistics.mean([1, 2, 6])]"),
        [[1], "0.3", "1/3", 3],
    ),
    "compression and hashes": (
        ("import bz2, gzip, hashlib, lzma, zlib\n"
        "data = b'x' * 1000\n"
        "kinds = (bz2, gzip, lzma, zlib)\n"
        "return [all(k.decompress(k.compress(data)) == data for k in kinds),\n"
        "        hashlib.blake2b(b'').hexdigest()[:8], hashlib.md5(b'').hexdigest()[:8]]"),
        [True, "786a02f7", "d41d8cd9"],
    ),
}  # fmt: skip

MODULE_LEVEL = {
    "dataclasses with annotations as text": (
        (
            "from __future__ import annotations\n"
            "import dataclasses, typing\n\n"
            "@dataclasses.dataclass\nclass Point:\n    x: int\n"
            "    kind: typing.ClassVar[str] = 'p'\n"
            "    next: Point | None = None\n\n"
            "def execute(given):\n"
            "    names = [field.name for field in dataclasses.fields(Point)]\n"
            "    return [names, dataclasses.asdict(Point(1, Point(2)))]"
        ),
        [["x", "next"], {"x": 1, "next": {"x": 2, "next": None}}],
    ),
    "pickles of its own classes": (
        (
            "import copy, pickle\n\n"
            "class Own:\n    def __init__(self, x):\n        self.x = x\n\n"
            "def execute(given):\n"
            "    again = pickle.loads(pickle.dumps(Own(3)))\n"
            "    return [again.x, type(again) is Own, copy.deepcopy(Own(4)).x, Own.__module__]"
        ),
        [3, True, 4, "stage"],
    ),
    "its own source": (
        (
            "import inspect\n\n"
            "def execute(given):\n    return inspect.getsource(execute).splitlines()[0]"
        ),
        "def execute(given):",
    ),
    "enumerations and named tuples": (
        (
            "import collections, enum\n\nclass Colour(enum.IntEnum):\n    RED = 1\n\n"
            "Pair = collections.namedtuple('Pair', 'a b')\n\n"
            "def execute(given):\n    return [Colour.RED, Pair(1, 2), Colour.RED.name]"
        ),
        [1, [1, 2], "RED"],
    ),
}


@pytest.mark.parametrize(("code", "value"), [*WORKING.values(), *MODULE_LEVEL.values()],
                         ids=[*WORKING, *MODULE_LEVEL])  # fmt: skip
def test_what_stages_use_works(runs: FusedRuns, code: str, value: Any) -> None:
    assert runs.value_of(code) == value


# Shipped as source, and what each lacks: it is not there on the host of the toolchain either.
_NOT_IMPORTABLE = {
    "asyncio.windows_events": "win32 only",
    "asyncio.windows_utils": "win32 only",
    "dbm.gnu": "_gdbm",
    "distutils._msvccompiler": "winreg",
    "distutils.msvc9compiler": "winreg",
    "encodings.mbcs": "mbcs_encode",
    "encodings.oem": "oem_encode",
    "multiprocessing.popen_spawn_win32": "msvcrt",
}


def test_every_module_of_the_toolchain_can_be_imported_inside_a_call(runs: FusedRuns) -> None:
    code = """
    import contextlib, importlib, io
    failed = {}
    for name in given:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                importlib.import_module(name)
        except BaseException as error:
            failed[name] = repr(error)
    return failed
    """
    place = runs.value_of("import json, os\nreturn os.path.dirname(os.path.dirname(json.__file__))")
    library = runs.house.nix.store_folder / str(place).removeprefix("/nix/store/")
    names = shipped_modules(library)

    assert len(names) > 250
    failed = runs.value_of(code, names)
    reasons = {name: _NOT_IMPORTABLE.get(name, "nothing") in failed[name] for name in failed}
    assert reasons == dict.fromkeys(failed, True), failed
    # GDBM is a library that some Pythons have.
    assert _NOT_IMPORTABLE.keys() & set(names) - failed.keys() <= {"dbm.gnu"}


def test_values_of_every_kind_pass_through_a_chain_unchanged(runs: FusedRuns) -> None:
    draw = random.Random(4711)
    texts = ["".join(map(chr, range(128))), "\u2028\u2029\x7f\x80\xa0", "@nix {}", "🙂\U0010ffff"]
    texts += ["".join(chr(draw.choice(draw.choice(_RANGES))) for _ in range(40)) for _ in range(60)]
    value = {
        "texts": texts,
        "numbers": [0, -0.0, 1, 1.0, 1e300, 5e-324, 10**4299, -(2**63), 0.1, 1e16, 123456789.125],
        "order": {"z": 1, "a": {"": None, "b": True}},
        "large": "x" * 70_000,
        **{f"size{size}": "é" * size for size in (2047, 2048, 4090, 4096)},
    }
    stage = {"op": "Stage", "id": runs.write("same", stage_text("return given"))}
    given = {"op": "Stage", "id": runs.write("each", stage_text("return given['texts']"))}

    report = runs.run({"op": "Sequential", "stages": [stage, stage, stage]}, value)
    small = runs.run({"op": "Sequential", "stages": [stage, given, stage]}, value)

    assert json.dumps(report.output) == json.dumps(value)
    assert small.output == texts
    assert (
        runs.run({"op": "Sequential", "stages": [stage, stage, stage]}, value).counts()["known"]
        == 3
    )


_RANGES = (
    range(32),
    range(32, 127),
    range(127, 0x2FF),
    range(0x2000, 0x2100),
    range(0x1F300, 0x1F9FF),
)
