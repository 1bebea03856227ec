"""The facts of an outcome as the author of a stage is told them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.formats.store_path import StorePath
from noether_nix.run.telling import told_to_author
from noether_nix.stage.model import Stage
from noether_nix.stage.python_file import parse_stage_file

TOOLCHAIN = StorePath("1" * 32, "noether-python-3.11.2")
PACKAGE = StorePath("2" * 32, "orjson-3.10")
STAGE = '"""Do.\n\nInput: Any\nOutput: Number\nEffects: [Pure]\n"""\n\n'


def stage(code: str) -> Stage:
    return parse_stage_file((STAGE + code).encode(), place="./do.py")


def told(code: str, **detail: Any) -> dict[str, Any]:
    return told_to_author(stage(code), detail, TOOLCHAIN)


def frame(file: object) -> str:
    return f'  File "{file}", line 355, in raw_decode\n    raise JSONDecodeError\n'


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        pytest.param(f"{TOOLCHAIN}/lib/x.py", "<toolchain>/lib/x.py", id="the library"),
        pytest.param(f"{PACKAGE}/lib/x.py", "<orjson-3.10>/lib/x.py", id="a package"),
        pytest.param(f"/home/me/nix2{TOOLCHAIN}/lib/x.py", "<toolchain>/lib/x.py", id="elsewhere"),
        pytest.param("/nix/store/short/lib/x.py", "/nix/store/short/lib/x.py", id="no store path"),
        pytest.param("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap>", id="frozen"),
        pytest.param("stage.py", "./do.py", id="the stage"),
    ],
)
def test_a_frame_is_told_without_the_path_of_its_store(file: str, shown: str) -> None:
    trace = "Traceback (most recent call last):\n" + frame(file) + frame("aid.py") + "E: x"

    found = told("def execute(x):\n    return 1\n", traceback=trace)["traceback"]

    assert found == "Traceback (most recent call last):\n" + frame(shown) + frame("aid.py") + "E: x"


def test_only_frames_are_shortened() -> None:
    trace = f'ValueError: {TOOLCHAIN}/lib "{PACKAGE}/x"'

    assert told("def execute(x):\n    return 1\n", traceback=trace)["traceback"] == trace


@given(st.text(max_size=200))
def test_any_text_may_stand_where_a_traceback_does(text: str) -> None:
    found = told("def execute(x):\n    return 1\n", traceback=text)["traceback"]

    assert isinstance(found, str)


NUMBER = {"kind": "Number"}


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        pytest.param("def execute(x):\n    x + 1\n", "no return with a value", id="no return"),
        pytest.param("def execute(x):\n    x\n    return\n", "no return with a value", id="bare"),
        pytest.param(
            "def execute(x):\n    def f():\n        return 1\n    f()\n", "no return with a value",
            id="of another function",
        ),
        pytest.param(
            "def execute(x):\n    if x:\n        return 1\n", "every way through it",
            id="on one way",
        ),
        pytest.param("def execute(x):\n    return None\n", "every way through it", id="None"),
    ],
)  # fmt: skip
def test_a_stage_that_gives_nothing_where_it_should_is_told_of_return(code: str, hint: str) -> None:
    assert hint in told(code, pointer="", expected=NUMBER, got="Null")["hint"]


@pytest.mark.parametrize(
    "detail",
    [
        pytest.param({"pointer": "/a", "expected": NUMBER, "got": "Null"}, id="further in"),
        pytest.param({"pointer": "", "expected": NUMBER, "got": "Text \"x\""}, id="something else"),
        pytest.param({"pointer": "", "expected": NUMBER, "got": None}, id="a field is missing"),
    ],
)  # fmt: skip
def test_others_are_not(detail: dict[str, Any]) -> None:
    assert "hint" not in told("def execute(x):\n    x\n", **detail)


@pytest.mark.parametrize(
    ("detail", "hint"),
    [
        pytest.param({"message": "a date is no JSON value"}, "isoformat", id="a date"),
        pytest.param({"message": "a set is no JSON value", "pointer": "/n"}, "sorted", id="a set"),
        pytest.param({"message": "nan is no JSON number"}, "Number | Null", id="no number"),
        pytest.param({"message": "no", "traceback": "T", "line": 9}, "Fallible", id="raised"),
    ],
)
def test_what_commonly_goes_wrong_has_a_hint_of_its_own(detail: dict[str, Any], hint: str) -> None:
    code = 'def execute(x):\n    raise ValueError("no")\n'

    assert hint in told(code, **detail)["hint"]


def test_a_stage_that_raises_by_a_defect_is_not_told_to_declare_it() -> None:
    code = "def execute(x):\n    return 1 / 0\n"

    assert "hint" not in told(code, message="division by zero", traceback="T", line=9)
