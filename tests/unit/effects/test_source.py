import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.effects.clock_and_random import CLOCK_AND_RANDOM
from noether_nix.effects.source import Sight, see_effects, see_in_source
from noether_nix.effects.sources import SOURCES
from noether_nix.stage.effect import EffectKind
from tests.unit.effects.stages import stage_of

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(
    file
    for folder in ("stdlib", "examples")
    for file in (ROOT / folder).rglob("*.py")
    if b"\nEffects:" in file.read_bytes()
)


def seen(code: str) -> list[str]:
    """Effect, reason and line of what is surely seen, as texts."""
    return [f"{one.effect}: {one.reason}, {one.line}" for one in sure(code)]


def sure(code: str) -> list[Sight]:
    return [one for one in see_in_source(code.encode()) if one.sure]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param("open(value['path'])", ["FsRead: open(…), 1"], id="some file"),
        pytest.param(
            "open('/etc/hosts')", ['FsRead("/etc/hosts"): open("/etc/hosts"), 1'], id="path"
        ),
        pytest.param("open('out.txt', 'w')", ['FsWrite: open("out.txt"), 1'], id="written"),
        pytest.param(
            "open('/d/x', mode='r+')",
            ['FsRead("/d/x"): open("/d/x"), 1', 'FsWrite("/d/x"): open("/d/x"), 1'],
            id="read and written",
        ),
        pytest.param("open(f'/data/{name}')", ['FsRead("/data"): open(…), 1'], id="f-string"),
        pytest.param("open('/data/' + name)", ['FsRead("/data"): open(…), 1'], id="sum"),
        pytest.param(
            "import os\nos.open('/q', os.O_WRONLY | os.O_CREAT)",
            ['FsWrite("/q"): os.open("/q"), 2'],
            id="flags",
        ),
        pytest.param(
            "open('/dev/urandom', 'rb')", ['Random: open("/dev/urandom"), 1'], id="device"
        ),
        pytest.param(
            "from pathlib import Path\nPath(value).read_text()",
            ["FsRead: Path.read_text(…), 2"],
            id="a path",
        ),
        pytest.param(
            "import pathlib as p\n(p.Path('/data') / 'x').write_text('')",
            ['FsWrite("/data/x"): Path.write_text("/data/x"), 2'],
            id="a path of parts",
        ),
        pytest.param(
            "from pathlib import Path\ndef f(folder: Path):\n    folder.unlink()",
            ["FsWrite: Path.unlink(…), 3"],
            id="an annotated path",
        ),
        pytest.param(
            "import os as o\no.rename('/a', '/b')",
            ['FsWrite("/a"): o.rename("/a"), 2', 'FsWrite("/b"): o.rename("/b"), 2'],
            id="two paths",
        ),
        pytest.param(
            "import shutil\nshutil.copy('/a', '/b')",
            ['FsRead("/a"): shutil.copy("/a"), 2', 'FsWrite("/b"): shutil.copy("/b"), 2'],
            id="from and to",
        ),
        pytest.param(
            "import os\nfor p in map(os.remove, ps): p", ["FsWrite: os.remove, 2"], id="map"
        ),
        pytest.param(
            "import sqlite3\nsqlite3.connect('/d')",
            ['FsRead("/d"): sqlite3.connect("/d"), 2', 'FsWrite("/d"): sqlite3.connect("/d"), 2'],
            id="a database",
        ),
        pytest.param(
            "import urllib.request as r\nr.urlopen(f'https://api.example.org/{x}')",
            ['Network("api.example.org"): r.urlopen("api.example.org"), 2'],
            id="a host",
        ),
        pytest.param(
            "import urllib.request\nurllib.request.urlopen(f'https://api.example{x}')",
            ["Network: urllib.request.urlopen(…), 2"],
            id="a host that goes on",
        ),
        pytest.param(
            "from urllib.request import Request, urlopen\nurlopen(Request('http://u@h.example:80'))",
            ['Network("h.example"): urlopen("h.example"), 2'],
            id="a request",
        ),
        pytest.param(
            "import socket\nsocket.create_connection(('a.example', 80))",
            ['Network("a.example"): socket.create_connection("a.example"), 2'],
            id="host and port",
        ),
        pytest.param(
            "import socket\nsocket.socket()", ["Network: socket.socket(…), 2"], id="socket"
        ),
        pytest.param(
            "import requests\nrequests.get(url)", ["Network: requests.get(…), 2"], id="requests"
        ),
        pytest.param(
            "import http.client\nhttp.client.HTTPSConnection('h.example')",
            ['Network("h.example"): http.client.HTTPSConnection("h.example"), 2'],
            id="http",
        ),
        pytest.param(
            "from subprocess import run as go\ngo(['ls'])", ["Process: go(…), 2"], id="a program"
        ),
        pytest.param("import os\nos.system('ls')", ["Process: os.system(…), 2"], id="a shell"),
        pytest.param(
            "import os\nos.environ['HOME']", ['Env("HOME"): os.environ["HOME"], 2'], id="a variable"
        ),
        pytest.param(
            "from os import environ as e\ne.get('A')", ['Env("A"): e.get("A"), 2'], id="asked for"
        ),
        pytest.param("import os\nos.getenv(k)", ["Env: os.getenv(…), 2"], id="some variable"),
        pytest.param("import os\ndict(os.environ)", ["Env: os.environ, 2"], id="all variables"),
        pytest.param("import os\n'A' in os.environ", ['Env("A"): os.environ["A"], 2'], id="in"),
        pytest.param("import time\ntime.time()", ["Clock: time.time(…), 2"], id="time"),
        pytest.param(
            "from datetime import datetime as d\nd.now()", ["Clock: d.now(…), 2"], id="now"
        ),
        pytest.param(
            "import time\nnow = time.time\nnow()",
            ["Clock: time.time, 2", "Clock: now(…), 3"],
            id="an alias",
        ),
        pytest.param("import time\ntime.localtime()", ["Clock: time.localtime(…), 2"], id="local"),
        pytest.param(
            "import time\ntime.clock_gettime(time.CLOCK_REALTIME)",
            ["Clock: time.clock_gettime(…), 2"],
            id="one of the clocks",
        ),
        pytest.param(
            "import random\nrandom.shuffle(x)", ["Random: random.shuffle(…), 2"], id="draw"
        ),
        pytest.param(
            "import random\nrandom.Random()",
            ["Random: random.Random() without a seed, 2"],
            id="rng",
        ),
        pytest.param("import uuid\nuuid.uuid4()", ["Random: uuid.uuid4(…), 2"], id="uuid4"),
        pytest.param("from secrets import *\ntoken_hex()", ["Random: token_hex(…), 2"], id="star"),
        pytest.param(
            "from dataclasses import field\nimport uuid\nfield(default_factory=uuid.uuid4)",
            ["Random: uuid.uuid4, 3"],
            id="a factory",
        ),
        pytest.param("eval(x)", ["Unknown: eval(…), 1"], id="eval"),
        pytest.param("__import__(x)", ["Unknown: __import__(…), 1"], id="some module"),
        pytest.param(
            "__import__('os').system('x')", ["Process: __import__(…).system(…), 1"], id="os"
        ),
        pytest.param(
            "import importlib\nimportlib.import_module('os').remove('/x')",
            ['FsWrite("/x"): ….remove("/x"), 2'],
            id="import_module",
        ),
        pytest.param(
            "import os\ngetattr(os, 'remove')('/z')",
            ['FsWrite("/z"): os.remove("/z"), 2'],
            id="getattr",
        ),
        pytest.param(
            "import os\ngetattr(os, word)()", ["Unknown: getattr(os, …), 2"], id="anything of os"
        ),
        pytest.param("import builtins as b\nb.exec(x)", ["Unknown: b.exec(…), 2"], id="builtins"),
        pytest.param("vars(__builtins__)['open'](x)", ["FsRead: open(…), 1"], id="back door"),
        pytest.param("import openai", ["Llm: import openai, 1"], id="a model's client"),
        pytest.param(
            "import json, anthropic.types as a",
            ["Llm: import anthropic.types, 1"],
            id="a part of a client",
        ),
        pytest.param(
            "from google import genai", ["Llm: from google import genai, 1"], id="of a namespace"
        ),
        pytest.param(
            "def f():\n    from litellm import completion",
            ["Llm: from litellm import completion, 2"],
            id="where it is used",
        ),
        pytest.param(
            "import importlib\nimportlib.import_module('ollama')",
            ['Llm: importlib.import_module("ollama"), 2'],
            id="a client by its name",
        ),
        pytest.param("import ctypes\nctypes.CDLL(None)", ["Unknown: ctypes.CDLL(…), 2"], id="C"),
    ],
)
def test_an_effect_is_seen_with_its_reason(code: str, told: list[str]) -> None:
    assert sorted(seen(code)) == sorted(told)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import os, time, random, socket, subprocess", id="imports alone"),
        pytest.param("def execute(open):\n    open('x')", id="a name of the stage's own"),
        pytest.param("def open(x): ...\nopen('y')", id="a function of its own"),
        pytest.param("import time\ndef f(time):\n    return time.time()", id="an argument"),
        pytest.param("import time\n[time.time() for time in value]", id="of a comprehension"),
        pytest.param("open('/tmp/x', 'w')", id="a file of the call's own"),
        pytest.param("open('/dev/null', 'w')", id="nowhere"),
        pytest.param("open('x', 'w')\nopen('./x')", id="written and read back"),
        pytest.param("open(3)", id="a descriptor"),
        pytest.param(
            "import tempfile, os\nd = tempfile.mkdtemp()\nopen(os.path.join(d, 'x'), 'w')",
            id="a temporary folder",
        ),
        pytest.param(
            "import tempfile\nfrom pathlib import Path\n"
            "with tempfile.TemporaryDirectory() as d:\n    (Path(d) / 'x').write_text('')",
            id="below a temporary folder",
        ),
        pytest.param(
            "import tempfile\nwith tempfile.NamedTemporaryFile() as f:\n    open(f.name)",
            id="a temporary file",
        ),
        pytest.param("import io, zipfile\nzipfile.ZipFile(io.BytesIO(b''))", id="in memory"),
        pytest.param("import gzip\ngzip.open(value)", id="perhaps in memory"),
        pytest.param("import random\nrandom.seed(4)\nrandom.shuffle(x)", id="seeded"),
        pytest.param("import random\nrandom.Random(4).random()", id="a seeded generator"),
        pytest.param(
            "import random\nr = random.Random()\nr.seed(4)\nr.random()", id="seeded later"
        ),
        pytest.param("import time\ntime.localtime(0), time.strftime('%Y', t)", id="a moment given"),
        pytest.param("import time\ntime.clock_gettime(time.CLOCK_MONOTONIC)", id="a duration"),
        pytest.param("import time\ntime.perf_counter(), time.sleep(1)", id="durations"),
        pytest.param("import uuid\nuuid.uuid5(ns, 'x')", id="a name's identifier"),
        pytest.param("import os\nos.environ['OMP_NUM_THREADS'] = '1'", id="a variable is set"),
        pytest.param("import os\nos.path.join('a', 'b'), os.sep, os.getcwd()", id="names only"),
        pytest.param("import os\nos.listdir('.'), os.listdir()", id="the call's own folder"),
        pytest.param("import ast\nast.literal_eval(x)", id="a literal"),
        pytest.param("model.eval()", id="a method called eval"),
        pytest.param("import re\nre.compile(x)", id="a pattern"),
        pytest.param("import subprocess\nisinstance(x, subprocess.Popen)", id="a class is named"),
        pytest.param("import socket\ndef f(s: socket.socket): ...", id="an annotation"),
        pytest.param(
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    open('x')",
            id="for types only",
        ),
        pytest.param(
            "import datetime\ndatetime.datetime.fromisoformat(x)", id="a moment from text"
        ),
        pytest.param("import sqlite3\nsqlite3.connect(':memory:')", id="a database in memory"),
        pytest.param("from . import open\nopen('x')", id="a relative import"),
        pytest.param("text.replace('a', 'b'), value.get('x'), x.exists()", id="methods of others"),
        pytest.param("import urllib.parse\nurllib.parse.urlsplit(x)", id="parts of an address"),
        pytest.param("import logging\nlogging.basicConfig(level=1)", id="a log without a file"),
        pytest.param("from .openai import ask\nimport openaikit, google.auth", id="other modules"),
    ],
)
def test_nothing_is_seen_where_nothing_is(code: str) -> None:
    assert seen(code) == []


@pytest.mark.parametrize("file", SHIPPED, ids=[file.stem for file in SHIPPED])
def test_no_stage_that_is_shipped_shows_more_than_it_is(file: Path) -> None:
    assert seen(file.read_text(encoding="utf-8")) == []


def test_there_are_stages_that_are_shipped() -> None:
    assert len(SHIPPED) > 50


def test_a_raise_is_a_hint_only() -> None:
    (sight,) = see_in_source(b"def execute(x):\n    raise ValueError(x)\n")

    assert (sight.effect.kind, sight.line, sight.sure) == (EffectKind.FALLIBLE, 2, False)


def test_helpers_are_read_too() -> None:
    stage = stage_of("import tools\n", helpers={"tools.py": b"import time\n\nnow = time.time()\n"})

    assert [(one.file, one.line) for one in see_effects(stage) if one.sure] == [("tools.py", 3)]


def test_a_helper_that_is_called_like_a_client_is_none() -> None:
    stage = stage_of("import ollama\n", helpers={"ollama.py": b"", "more.py": b"import ollama"})

    assert see_effects(stage) == ()


@pytest.mark.parametrize("name", [*SOURCES, *CLOCK_AND_RANDOM])
def test_every_name_of_the_tables_is_of_something_there_is(name: str) -> None:
    """A name that is misspelt would never be seen."""
    import importlib

    later = {"requests", "httpx", "aiohttp", "urllib3", "websockets"}
    gone = {"telnetlib", "nntplib"}  # with Python 3.13
    module = name.partition(".")[0]
    if module in later | gone or name in ("pathlib.Path().walk", "ssl.RAND_pseudo_bytes"):
        return  # those of a newer or an older Python, or of packages
    found: object = None
    parts = name.replace("()", "").split(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for count in range(len(parts), 0, -1):
            try:
                found = importlib.import_module(".".join(parts[:count]))
            except ModuleNotFoundError:
                continue
            for part in parts[count:]:
                found = getattr(found, part)
            break

    assert found is not None


# ---------------------------------------------------------------- total, and quick

NAMES = st.sampled_from(
    ["os", "open", "time", "Path", "x", "y", "random", "environ", "getattr", "__import__", "d"]
)
ATOMS = (
    NAMES
    | st.sampled_from(["'a'", "'/etc/x'", "1", "None", "...", "b''", "[]", "f'/tmp/{x}'", "f''"])
    | st.builds("f'{{{}}}'".format, NAMES)
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("{}.{}".format, NAMES, NAMES),
        st.builds("({}).{}".format, inner, NAMES),
        st.builds("({})({})".format, inner, inner),
        st.builds("({})({}, mode={}, *{}, **{})".format, inner, inner, inner, NAMES, NAMES),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({} / {})".format, inner, inner),
        st.builds("({} in {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("(lambda {}: {})".format, NAMES, inner),
        st.builds("[{} for {} in {}]".format, inner, NAMES, inner),
        st.builds("({} := {})".format, NAMES, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=12,
)
STATEMENTS = st.one_of(
    EXPRESSIONS,
    st.builds("{} = {}".format, NAMES, EXPRESSIONS),
    st.builds("{}, {} = {}".format, NAMES, NAMES, EXPRESSIONS),
    st.builds("import {} as {}".format, NAMES, NAMES),
    st.builds("from {} import {} as {}".format, NAMES, NAMES, NAMES),
    st.builds("from {} import *".format, NAMES),
    st.builds("with {} as {}: {}".format, EXPRESSIONS, NAMES, EXPRESSIONS),
    st.builds("def {}({}: {}): return {}".format, NAMES, NAMES, EXPRESSIONS, EXPRESSIONS),
    st.builds("class {}({}): {} = {}".format, NAMES, EXPRESSIONS, NAMES, EXPRESSIONS),
    st.builds("for {} in {}: {}".format, NAMES, EXPRESSIONS, EXPRESSIONS),
    st.builds("def f():\n global {}\n {} = {}".format, NAMES, NAMES, EXPRESSIONS),
)


@given(st.lists(STATEMENTS, max_size=8).map("\n".join))
def test_any_python_has_an_answer(code: str) -> None:
    for sight in see_in_source(code.encode()):
        assert sight.line > 0
        assert sight.reason


@given(st.binary() | st.text().map(str.encode))
def test_what_is_no_python_shows_nothing(data: bytes) -> None:
    see_in_source(data)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("a = a\na()", id="a name of itself"),
        pytest.param("a = b\nb = a\na.x()", id="two names of each other"),
        pytest.param("x = " + "x + " * 400 + "x", id="a long sum"),
        pytest.param("x" + ".y" * 300 + "()", id="a long way"),
        pytest.param("x" + "()" * 150, id="calls of calls"),
        pytest.param("x" + ".f()" * 150, id="a chain of calls"),
        pytest.param(
            "a0 = open\n" + "".join(f"a{n + 1} = a{n} or a{n}\n" for n in range(200)) + "a200(x)",
            id="aliases that double",
        ),
        pytest.param("lambda: " * 80 + "open(x)", id="functions in functions"),
        pytest.param("import os\n" + "x = os.path.join(x, x)\n" * 300 + "open(x)", id="many names"),
        pytest.param("(" * 60 + "open(x)" + ",)" * 60, id="brackets"),
    ],
)
def test_code_that_is_built_to_confuse_is_answered_in_time(code: str) -> None:
    before = time.process_time()

    see_in_source(code.encode())

    assert time.process_time() - before < 1


def test_a_stage_is_read_in_less_than_five_milliseconds() -> None:
    sources = [file.read_bytes() for file in SHIPPED]
    rounds = 3
    before = time.process_time()

    for _ in range(rounds):
        for source in sources:
            see_in_source(source)

    assert (time.process_time() - before) / (rounds * len(sources)) < 0.005
