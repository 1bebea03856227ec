"""One call has one derivation, whoever names it, and it gives what a fused run gives."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from noether_nix.formats.derivation import Derivation
from noether_nix.inside.contract import Json
from noether_nix.nixexpr.escape import nix_string
from noether_nix.nixexpr.render import render_call
from noether_nix.plan.interpreter import Interpreter
from noether_nix.plan.program import Program, value_path
from noether_nix.plan.regions import KnownValue
from noether_nix.process.nix_build import BuildEnd
from tests.nix.calls import Place, known, make_place, make_program, make_stage

pytestmark = pytest.mark.nix

_COUNT = 240
_PIECES = (
    '"', "\\", "${", "$${", "''", "\n", "\r", "\t", "\x01", "\x7f", "é", "ⅷ", "\U0001f600",
    "\U0010fffd", "#", "%", "{{", "}}", "{%", " ", "x" * 300,
)  # fmt: skip
_HELPERS = ("text_tools.py", "A.py", "z9.py", "_private.py", "h" * 150 + ".py")
_TYPES = ("Any", "Text", "List<Number>", '{ "é${": Text, "b"?: Null }', "Map<Text, Any>")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Place:
    return make_place(tmp_path_factory.mktemp("calls"), prepared)


# ------------------------------------------------------------------------------ one name


@dataclass(frozen=True)
class Case:
    """A generated program and an input of it."""

    program: Program
    value: KnownValue


def awkward_text(dice: random.Random) -> str:
    return "".join(dice.choice(_PIECES) for _ in range(dice.randrange(6)))


def generate(interpreter: Interpreter) -> Iterator[Case]:
    dice = random.Random(2)
    for number in range(_COUNT):
        names = dice.sample(_HELPERS, dice.choice([0, 0, 1, 3]))
        stage = make_stage(
            f"# {number} {awkward_text(dice)!r}\n{awkward_text(dice)}",
            name=dice.choice(["a", "a_b", "9", "n" * 64]),
            gives=dice.choice(_TYPES),
            helpers={name: awkward_text(dice).encode() for name in names},
            limits=dice.choice([{}, {"memory": dice.randrange(1, 1 << 40)}, {"wall": 1}]),
        )
        value: Json = {awkward_text(dice): [awkward_text(dice), dice.random(), number, None]}
        yield Case(make_program(stage, interpreter), known(value))


def test_nix_and_python_give_the_same_derivation_the_same_name(place: Place) -> None:
    cases = list(generate(place.interpreter))
    place.add(
        {
            path: data
            for case in cases
            for path, data in {
                **case.program.contents,
                value_path(case.value.sha256): case.value.data,
            }.items()
        }
    )
    expressions = [render_call(case.program, case.value.sha256) for case in cases]
    together = "[\n" + "\n".join(f"({text})" for text in expressions) + "\n]"

    named = place.instantiate(together)

    keys = [case.program.key(case.value.sha256) for case in cases]
    assert [str(key.drv) for key in keys] == named
    assert len(set(named)) == _COUNT
    for case, key in zip(cases, keys, strict=True):
        text = place.nix.physical(key.drv).read_bytes()
        derivation = case.program.derivation(case.value.sha256)
        assert derivation.render() == text
        assert Derivation.parse(text) == derivation
        assert derivation.outputs["out"].path == key.output


@pytest.mark.parametrize(
    "text",
    [
        *(pytest.param(piece, id=f"U+{ord(piece[-1]):04X}x{len(piece)}") for piece in _PIECES),
        pytest.param("".join(map(chr, range(1, 0x300))), id="the first planes' beginning"),
        pytest.param(
            "".join(chr(plane << 16 | low) for plane in range(17) for low in (1, 0xE000, 0xFFFD)),
            id="all planes",
        ),
        pytest.param("$\\${${''${\"$$${", id="openings of interpolations"),
        pytest.param("\\\n\\\\n\\r\\t\\u0041", id="escapes that are none"),
        pytest.param("a\r\nb\rc\n\rd", id="line ends"),
        pytest.param("", id="empty"),
    ],
)
def test_a_string_goes_through_nix_unchanged(place: Place, text: str) -> None:
    assert place.evaluate(nix_string(text)) == text


# ------------------------------------------------------------------------------ one result

# Everything that a pure stage may look at and that design 2 says is fixed.
SURROUNDINGS = """
import os
import sys
LOADED = sorted(sys.modules)
MADE = sorted(globals())

def depth(so_far=0):
    try:
        return depth(so_far + 1)
    except RecursionError:
        return so_far

def execute(value):
    import gc, importlib, locale, resource, signal, socket, tempfile, threading, time, warnings
    import zoneinfo
    limits = {name: resource.getrlimit(getattr(resource, name)) for name in dir(resource)
              if name.startswith("RLIMIT_")}
    first, second = (os.open("/etc/passwd", os.O_RDONLY) for _ in range(2))
    open_files = sorted(os.listdir("/proc/self/fd"))
    def refused(attempt):
        try:
            return str(attempt())
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return {
        "environment": dict(os.environ), "folder": os.getcwd(), "files": os.listdir(),
        "processors": os.cpu_count(), "arguments": [sys.argv, sys.orig_argv], "path": sys.path,
        "python": [sys.prefix, sys.executable, str(sys.flags), sys.version, sys._xoptions],
        "modules": LOADED, "globals": MADE, "main": sorted(vars(sys.modules["__main__"])),
        "finders": [sorted(sys.path_importer_cache), len(sys.meta_path), len(sys.path_hooks)],
        "process": [os.getpid(), os.getppid(), os.getpgid(0), os.getsid(0), os.nice(0)],
        "user": [os.getuid(), os.getgid(), os.getgroups(), os.uname().nodename],
        "mask": [os.umask(0o22), sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))],
        "signals": [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
        "limits": limits, "opened": [first, second, open_files], "depth": depth(),
        "recursion": [sys.getrecursionlimit(), sys.get_int_max_str_digits()],
        "files of the system": [open(f"/etc/{name}").read() for name in ("passwd", "hosts")],
        "locale": [locale.getlocale(), locale.setlocale(locale.LC_ALL), sys.getdefaultencoding()],
        "zone": [time.tzname, time.timezone, zoneinfo.TZPATH, time.strftime("%c", time.gmtime(0)),
                 str(zoneinfo.ZoneInfo("Europe/Berlin").key), len(zoneinfo.available_timezones())],
        "sets": [list({"b", "a", "zeta", None, 3.5, "é"}), hash("x"), hash(None)],
        "garbage": [gc.isenabled(), gc.get_threshold(), gc.get_freeze_count() > 0],
        "threads": [threading.active_count(), sys.getswitchinterval()],
        "warnings": [str(entry) for entry in warnings.filters], "input": sys.stdin.read(),
        "streams": [sys.stdin.encoding, sys.stdout.encoding, sys.stdout.errors],
        "folders": [tempfile.gettempdir(), os.listdir("/tmp"), sorted(os.listdir("/etc"))],
        "refused": [refused(os.fork), refused(socket.socket), refused(lambda: os.system("true")),
                    refused(lambda: importlib.import_module("nothing_like_it")),
                    refused(lambda: socket.getaddrinfo("localhost", 1))],
        "hashes": __import__("hashlib").sha256(b"").hexdigest(),
    }
"""

HELPER = b"import json\nSEEN = __file__, __name__\ndef twice(x):\n    return [x, x]\n"

STAGES: dict[str, tuple[str, Json]] = {
    "what surrounds it": (SURROUNDINGS, None),
    "order of keys": ("def execute(v): return {'z': 1, 'a': v, 'é': {'y': 2, 'b': 3}}", {"q": 1}),
    "numbers": (
        "def execute(v): return [v, 1, 1.0, -0.0, 1e300 * 10, 2 ** 4000, 0.1 + 0.2, 1e22, True]",
        [1, 1.0, 12345678901234567890],
    ),
    "texts": ("def execute(v): return v + '\\x00\\x7f\\u2028\\U0001f600\\\\\"'", "\x00${é}"),
    "tuples and subclasses": (
        ("import collections, enum\n"
        "class Colour(enum.IntEnum):\n    RED = 3\n"
        "def execute(v): return (collections.OrderedDict(v), Colour.RED, (), ((1,),))"),
        {"b": 1, "a": 2},
    ),
    "a dataclass with annotations as text": (
        ("from __future__ import annotations\nimport dataclasses\n"
        "@dataclasses.dataclass\nclass Point:\n    x: int\n    y: Point | None = None\n"
        "def execute(v): return dataclasses.asdict(Point(1, Point(v)))"),
        7,
    ),
    "pickle and copies": (
        ("import copy, pickle\nclass A:\n    pass\n"
        "def execute(v): return [type(pickle.loads(pickle.dumps(A()))).__module__, "
        "copy.deepcopy(v)]"),
        [[1]],
    ),
    "asyncio and threads": (
        ("import asyncio, concurrent.futures\n"
        "async def late(x):\n    await asyncio.sleep(0)\n    return x * 2\n"
        "def execute(v):\n"
        "    with concurrent.futures.ThreadPoolExecutor(3) as pool:\n"
        "        return [asyncio.run(late(v)), list(pool.map(str, range(20)))]"),
        21,
    ),
    "files of its own": (
        ("import os, pathlib, tempfile\n"
        "def execute(v):\n"
        "    with tempfile.TemporaryDirectory() as folder:\n"
        "        file = pathlib.Path(folder, 'x'); file.write_text('é' * v)\n"
        "        pathlib.Path('here').write_text('h'); os.listdir(folder)\n"
        "        return [file.stat().st_size, sorted(os.listdir()), file.read_text()[:3]]"),
        70_000,
    ),
    "a database": (
        ("import sqlite3\n"
        "def execute(v): return sqlite3.connect(':memory:').execute('SELECT 6 * ?', (v,))"
        ".fetchone()"),
        7,
    ),
    "a seeded draw": (
        ("import random\ndef execute(v):\n    draw = random.Random(v)\n"
        "    return [draw.random(), draw.sample(range(99), 9)]"),
        5,
    ),
    "another umask": ("import os\ndef execute(v): return os.umask(0)", None),
    "its own text": (
        ("import inspect\ndef execute(v):\n    try:\n        1 / 0\n"
        "    except ZeroDivisionError as error:\n"
        "        return [inspect.getsource(execute), error.__traceback__.tb_lineno, __file__,"
        " __name__]"),
        None,
    ),
    "prints and leaves a thread behind": (
        ("import threading\ndef execute(v):\n    print('x' * 1000)\n"
        "    threading.Thread(target=threading.Event().wait).start()\n    return v"),
        "answered",
    ),
    "a large value": ("def execute(v): return [v] * 30", "é" * 10_000),
}  # fmt: skip


def test_a_call_alone_gives_the_bytes_that_it_gives_fused(place: Place) -> None:
    calls = [(place.program(make_stage(source)), value) for source, value in STAGES.values()]
    helped = make_stage(
        "import text_tools\ndef execute(v): return [text_tools.twice(v), text_tools.SEEN]",
        helpers={"text_tools.py": HELPER},
    )
    calls.append((place.program(helped), "é"))

    fused = place.run_fused(calls)

    for index, (name, (program, value)) in enumerate(zip([*STAGES, "helper"], calls, strict=True)):
        alone = place.value_alone(program, value)
        assert differing(fused.value(index), alone) == {}, name
        assert fused.value(index) == alone


def differing(fused: bytes, alone: bytes) -> dict[str, Json]:
    """The fields that differ, for a message that can be read."""
    left, right = json.loads(fused), json.loads(alone)
    if not isinstance(left, dict) or not isinstance(right, dict):
        return {}
    return {
        name: [left.get(name), right.get(name)]
        for name in {**left, **right}
        if left.get(name) != right.get(name)
    }


@pytest.mark.parametrize(
    ("source", "gives", "words"),
    [
        pytest.param("def execute(v): raise ValueError('for a reason')", "Any", "for a reason"),
        pytest.param("def execute(v): return 'text'", "Number", "output-invalid", id="type"),
        pytest.param("def execute(v): return float('nan')", "Any", "output-invalid", id="NaN"),
        pytest.param("def execute(v): return {1: 2}", "Any", "output-invalid", id="key"),
        pytest.param("import os\ndef execute(v): os._exit(0)", "Any", "", id="exits"),
        pytest.param("import sys\ndef execute(v): sys.exit(0)", "Any", "SystemExit", id="leaves"),
        pytest.param("import os\ndef execute(v): os.fork()", "Any", "effect-denied", id="forks"),
        pytest.param("import nothing_like_it", "Any", "import-missing", id="import"),
        pytest.param("def execute(v):\n  while True: v = [v, v]", "Any", "Error", id="memory"),
        pytest.param("def execute(v) return", "Any", "SyntaxError", id="syntax"),
    ],
)
def test_a_call_that_fails_fails_its_derivation(
    place: Place, source: str, gives: str, words: str
) -> None:
    program = place.program(make_stage(source, gives=gives, limits={"memory": 64 << 20}))

    built = place.run_alone(program, None)

    assert built.end is BuildEnd.BUILDER_FAILED
    assert built.out is None
    assert words in built.exit.stderr_tail.decode()
