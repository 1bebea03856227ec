"""The table of docs/pure.md is whole and fresh, for the Python that runs the tests too."""

import ast
import re
import sys
import tomllib

import pytest

from noether_nix.effects.source import see_in_source
from scripts.effect_scan import PRIMITIVES, Place, c_functions, find_places, places
from scripts.effect_sources import (
    PAGE,
    PLACES,
    ROWS,
    Row,
    fresh_page,
    harmless_functions,
    load_rows,
    main,
    place_row,
    read_places,
    write_places,
)

_TEXT = ROWS.read_text(encoding="utf-8")
_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
# Under which names people call what a module in C holds.
_PUBLIC = {
    "_locale": "locale", "_signal": "signal", "_socket": "socket", "_ssl": "ssl",
    "_thread": "threading", "_tracemalloc": "tracemalloc", "posix": "os",
}  # fmt: skip


def test_the_page_is_what_the_rows_and_the_contract_say() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert fresh_page(page) == page
    assert main(["--check"]) == 0


def test_every_place_in_this_library_that_takes_a_primitive_is_in_the_table() -> None:
    known = read_places(PLACES.read_text(encoding="utf-8"))

    missing = [place for place in places() if _PYTHON not in known.get(place, ())]

    assert missing == [], "run scripts/effect_sources.py with this Python, and judge them"


def test_every_function_of_a_module_that_may_tell_something_has_been_judged() -> None:
    calls = [ast.parse(row.call) for row in load_rows(_TEXT).values()]
    named = {
        ast.unparse(node)
        for call in calls
        for node in ast.walk(call)
        if isinstance(node, ast.Attribute)
    }
    harmless = harmless_functions(_TEXT)

    unjudged = [
        f"{module}.{function}"
        for module, functions in c_functions().items()
        if module in harmless
        for function in functions
        if function not in harmless[module]
        and not {f"{module}.{function}", f"{_PUBLIC.get(module)}.{function}"} & named
    ]

    assert unjudged == []


def test_every_module_in_c_has_been_judged() -> None:
    judged = {*harmless_functions(_TEXT), *tomllib.loads(_TEXT)["modules"]["harmless"].split()}

    assert c_functions().keys() <= judged


def test_every_primitive_has_a_row() -> None:
    rows = load_rows(_TEXT)

    assert [name for name, given in PRIMITIVES.items() if name + given not in rows] == []


def place(function: str, primitive: str, written: str, imported: str) -> Place:
    return Place("m", function, primitive, written, imported)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param(
            "import time\ndef f(): return time.time()",
            {place("f", "time.time", "time.time", "import time")},
            id="a call",
        ),
        pytest.param(
            "import time as _t\nclass A:\n  def f(self): return map(_t.time, [])",
            {place("A.f", "time.time", "_t.time", "import time as _t")},
            id="another name, and not called",
        ),
        pytest.param(
            "from os import urandom as _u\nx = _u",
            {place("", "os.urandom", "_u", "from os import urandom as _u")},
            id="as it is imported",
        ),
        pytest.param(
            "import os\nclass A:\n  def f(self, ask=os.getpid): pass",
            {place("A", "os.getpid", "os.getpid", "import os")},
            id="a default belongs to who makes the function",
        ),
        pytest.param(
            "def f():\n  import datetime\n  return datetime.datetime.now().year",
            {place("f", "datetime.datetime.now", "datetime.datetime.now", "import datetime")},
            id="imported where it is used",
        ),
        pytest.param(
            "import time\ndef f(x): return time.gmtime(x), time.strftime('%Y', x), time.ctime(*x)",
            set(),
            id="with its moment",
        ),
        pytest.param(
            "import time\ndef f(x): return time.gmtime(None), time.strftime('%Y')",
            {
                place("f", "time.gmtime", "time.gmtime", "import time"),
                place("f", "time.strftime", "time.strftime", "import time"),
            },
            id="without its moment",
        ),
        pytest.param("def f(time): return time.time()", set(), id="not the module"),
        pytest.param(
            "import time\nif __name__ == '__main__':\n  time.time()", set(), id="a program"
        ),
    ],
)
def test_a_place_is_found_by_what_its_names_mean(source: str, found: set[Place]) -> None:
    assert find_places("m", source) == found


@pytest.mark.parametrize(
    ("module", "function", "primitive", "answer"),
    [
        pytest.param("email.utils", "f", "time.time", "denied", id="asked for a stage"),
        pytest.param("zipfile", "f", "time.time", "fixed", id="asked for itself"),
        pytest.param("crypt", "", "os.urandom", "fixed", id="asked while imported"),
        pytest.param("queue", "f", "time.monotonic", "open", id="a duration"),
    ],
)
def test_the_answer_to_a_place_follows_from_who_asks(
    module: str, function: str, primitive: str, answer: str
) -> None:
    row = place_row(Place(module, function, primitive, primitive, ""), load_rows(_TEXT))

    assert row.answer == answer


def test_places_are_read_as_they_were_written() -> None:
    known = {place("f", "time.time", "time.time", "import time"): ("3.11", "3.9")}

    assert read_places(write_places(known)) == {next(iter(known)): ("3.9", "3.11")}


# ---------------------------------------------------------------- what code shows of it

# A class of its own below datetime's, and a seed that is taken back.
_NOT_SEEN = {"type('Own', (datetime.datetime,), {}).now()", "random.seed(1) or random.seed()"}
_CALLED = [row for row in load_rows(_TEXT).values() if row.kind != "host"]


@pytest.mark.parametrize("row", _CALLED, ids=[row.name for row in _CALLED])
def test_what_is_denied_is_seen_in_code_and_nothing_else(row: Row) -> None:
    modules = sorted(set(re.findall(r"\b([a-z_]\w*(?:\.[a-z_]\w*)*)\.", row.call)))
    code = "".join(f"import {name}\n" for name in modules) + row.call

    seen = {str(one.effect.kind) for one in see_in_source(code.encode()) if one.sure}

    wanted = set() if row.call in _NOT_SEEN or row.effect is None else {row.effect}
    assert seen & {"Clock", "Random"} == wanted
