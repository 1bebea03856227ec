import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import StageInvalidError
from noether_nix.stage.model import MAX_SOURCE_BYTES, Stage
from noether_nix.stage.python_file import helper_names, parse_stage_file
from noether_nix.stage.template import new_stage_text
from noether_nix.types.model import NUMBER

HEAD = '''"""Double a number.

Input: Number
Output: Number
Effects: [Pure]
"""
'''
BODY = "def execute(number):\n    return 2 * number\n"
HELPED = HEAD.replace('[Pure]\n"""', '[Pure]\nHelpers: [tools.py]\n"""')


def parse(text: str | bytes, *, place: str = "double.py", tools: bytes | None = None) -> Stage:
    data = text.encode() if isinstance(text, str) else text
    helpers = {} if tools is None else {"tools.py": tools}
    return parse_stage_file(data, place=place, helpers=helpers)


def problems_of(text: str | bytes, *, tools: bytes | None = None) -> list[tuple[str, str]]:
    with pytest.raises(StageInvalidError) as caught:
        parse(text, tools=tools)
    return [(problem.code, problem.place) for problem in caught.value.problems]


def test_a_stage_is_its_contract_and_its_bytes() -> None:
    stage = parse(HEAD + BODY, place="stages/double.py")

    assert (stage.name, stage.input, stage.output) == ("double", NUMBER, NUMBER)
    assert stage.source == (HEAD + BODY).encode()
    assert stage.origin == "stages/double.py"


def test_the_id_does_not_depend_on_where_the_file_lies() -> None:
    one, two = parse(HEAD + BODY), parse(HEAD + BODY, place="/elsewhere/double.py")

    assert one.id == two.id
    assert one == two


@pytest.mark.parametrize(
    ("place", "name"),
    [("a/Count-Words.py", "count_words"), ("2nd column.py", "2nd_column"), ("x.y.py", "x_y")],
)
def test_the_name_is_that_of_the_file_made_lawful(place: str, name: str) -> None:
    assert parse(HEAD + BODY, place=place).name == name


def test_a_file_whose_name_has_nothing_lawful_needs_a_name() -> None:
    with pytest.raises(StageInvalidError, match="no name can be made of 'äö'"):
        parse(HEAD + BODY, place="äö.py")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("def execute(number, factor=2):\n    return factor * number\n", id="default"),
        pytest.param("def execute(number, /, *, f=2, **rest):\n    return f\n", id="by name"),
        pytest.param("def execute(input):\n    return input['x']\n", id="called input"),
        pytest.param("import sys\ndef execute(x):\n    print(x, file=sys.stderr)\n", id="stderr"),
        pytest.param(
            "import numbers, os.path\nfrom json import loads\ndef execute(x):\n"
            "    import sqlite3\n    return x\n",
            id="standard library",
        ),
        pytest.param(
            "def execute(x):\n    def items():\n        yield x\n    return list(items())\n",
            id="inner generator",
        ),
    ],
)
def test_code_that_can_be_called_is_taken(body: str) -> None:
    assert parse(HEAD + body).name == "double"


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        pytest.param("", "execute-missing", None, id="nothing"),
        pytest.param("def exec(x):\n    return x\n", "execute-missing", None, id="another name"),
        pytest.param("execute = len\n", "execute-missing", 7, id="assigned"),
        pytest.param("from json import loads as execute\n", "execute-missing", 7, id="imported"),
        pytest.param("class A:\n  def execute(x): ...\n", "execute-missing", 8, id="method"),
        pytest.param("async def execute(x): ...\n", "execute-async", 7, id="async"),
        pytest.param("def execute(x):\n    yield x\n", "execute-generator", 7, id="generator"),
        pytest.param("def execute(): ...\n", "execute-arguments", 7, id="no argument"),
        pytest.param("def execute(a, b): ...\n", "execute-arguments", 7, id="two arguments"),
        pytest.param("def execute(*a): ...\n", "execute-arguments", 7, id="any arguments"),
        pytest.param("def execute(a, *, b): ...\n", "execute-arguments", 7, id="one by name"),
        pytest.param(BODY + "input('?')\n", "standard-input", 9, id="input"),
        pytest.param(BODY + "import sys\nsys.stdin\n", "standard-input", 10, id="stdin"),
        pytest.param(BODY + "import sys as s\ns.stdin\n", "standard-input", 10, id="alias"),
        pytest.param(BODY + "from sys import stdin\n", "standard-input", 9, id="from sys"),
        pytest.param(
            BODY + 'if __name__ == "__main__":\n    execute(1)\n', "main-block", 9, id="main"
        ),
        pytest.param(
            BODY + "if '__main__' == __name__: execute(1)\n", "main-block", 9, id="main turned"
        ),
        pytest.param(BODY + "import numpy\n", "import-undeclared", 9, id="package"),
        pytest.param(BODY + "import os, numpy.linalg\n", "import-undeclared", 9, id="submodule"),
        pytest.param(BODY + "from requests import get\n", "import-undeclared", 9, id="from"),
        pytest.param(
            "def execute(x):\n    import numpy\n", "import-undeclared", 8, id="inside a function"
        ),
        pytest.param(BODY + "import stage\n", "import-undeclared", 9, id="itself"),
        pytest.param(BODY + "from . import tools\n", "import-relative", 9, id="relative"),
        pytest.param(BODY + "from .tools import x\n", "import-relative", 9, id="relative module"),
        pytest.param(
            BODY + "import importlib\nimportlib.import_module('numpy')\n",
            "import-undeclared",
            10,
            id="import_module",
        ),
        pytest.param(BODY + "__import__('numpy')\n", "import-undeclared", 9, id="__import__"),
        pytest.param(BODY + "def (\n", "syntax-invalid", 9, id="syntax"),
        pytest.param(BODY + "return 1\n", "syntax-invalid", 9, id="return at the top"),
        pytest.param(BODY + "x = '\0'\n", "syntax-invalid", 9, id="null byte"),
    ],
)
def test_what_cannot_work_is_refused_with_its_line(body: str, code: str, line: int | None) -> None:
    place = f"double.py:{line}" if line else "double.py"

    assert problems_of(HEAD + body) == [(code, place)]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        pytest.param(BODY, "contract-missing", "double.py:1", id="no docstring"),
        pytest.param("", "execute-missing", "double.py", id="empty"),
        pytest.param(b"# \xe4\n", "not-utf-8", "double.py:1", id="latin-1"),
        pytest.param(b"# coding: latin-1\n", "not-utf-8", "double.py:1", id="coding comment"),
        pytest.param(b"# coding: nonsense\n", "not-utf-8", "double.py:1", id="unknown coding"),
        pytest.param(b"#" * (MAX_SOURCE_BYTES + 1), "source-too-large", "double.py", id="large"),
        pytest.param(b"(" * 9000, "syntax-invalid", "double.py:1", id="deep"),
        pytest.param(b"-" * 90000 + b"1", "syntax-invalid", "double.py", id="deep operators"),
        pytest.param(b"a" + b".b" * 90000, "syntax-invalid", "double.py", id="deep attributes"),
    ],
)
def test_what_is_no_stage_file_is_refused(text: str | bytes, code: str, place: str) -> None:
    found = problems_of(text)

    assert found[0] == (code, place)


def test_a_nearly_right_function_is_named_in_the_hint() -> None:
    with pytest.raises(StageInvalidError) as caught:
        parse(HEAD + "def exceute(x):\n    return x\n")

    assert caught.value.hint == "rename exceute"


def test_problems_of_contract_and_code_come_together_by_line() -> None:
    text = HEAD.replace("[Pure]", "[Pur]") + "import numpy\nimport pandas\n" + BODY

    assert problems_of(text) == [
        ("effect-unknown", "double.py:5"),
        ("import-undeclared", "double.py:7"),
        ("import-undeclared", "double.py:8"),
    ]


@pytest.mark.parametrize(
    ("opening", "line"), [('"""\\\n', 7), ('r"""', 6), ("# a comment\n\n'''", 8)]
)
def test_lines_are_counted_however_the_docstring_begins(opening: str, line: int) -> None:
    closing = "'''" if opening.endswith("'''") else '"""'
    text = HEAD.replace('"""', opening, 1).replace('\n"""\n', f"\nBad: x\n{closing}\n")

    assert problems_of(text + BODY) == [("section-unknown", f"double.py:{line}")]


@pytest.mark.parametrize("escape", ["\\n", "\\x0a", "\\\n", "\\ud800"])
def test_escapes_that_change_the_docstring_are_refused(escape: str) -> None:
    text = HEAD.replace("Double a", f"Double{escape} a")

    assert problems_of(text + BODY) == [("docstring-escapes", "double.py:1")]


def test_windows_line_ends_are_no_matter() -> None:
    text = (HEAD.replace("[Pure]", "[Pur]") + BODY).replace("\n", "\r\n")

    assert problems_of(text) == [("effect-unknown", "double.py:5")]


def test_a_byte_order_mark_is_no_matter() -> None:
    assert parse(b"\xef\xbb\xbf" + (HEAD + BODY).encode()).name == "double"


def test_an_odd_escape_in_code_says_nothing() -> None:
    assert parse(HEAD + BODY + "PATTERN = '\\d'\n").name == "double"


def test_helpers_are_part_of_the_stage() -> None:
    stage = parse(HELPED + "import tools\n" + BODY, tools=b"import json\n")

    assert stage.helpers == (("tools.py", b"import json\n"),)
    assert stage.id != parse(HELPED + "import tools\n" + BODY, tools=b"import re\n").id


def test_only_declared_helpers_are_asked_for() -> None:
    asked: list[str] = []

    def read(name: str) -> bytes:
        asked.append(name)
        return b""

    parse_stage_file((HELPED + BODY).encode(), place="x.py", helpers=read)

    assert asked == ["tools.py"]
    assert helper_names((HELPED + BODY).encode()) == ("tools.py",)


def test_unlawful_helpers_are_not_asked_for() -> None:
    assert helper_names(HELPED.replace("tools.py", "../tools.py").encode()) == ()


@pytest.mark.parametrize("data", [b"", b"def (", BODY.encode(), b"\xff"])
def test_a_file_that_cannot_be_read_declares_no_helpers(data: bytes) -> None:
    assert helper_names(data) == ()


@pytest.mark.parametrize(
    ("source", "code", "line"),
    [
        (b"import numpy\n", "import-undeclared", ":1"),
        (b"\nfrom . import x\n", "import-relative", ":2"),
        (b"input()\n", "standard-input", ":1"),
        (b"def (\n", "syntax-invalid", ":1"),
        (b"# \xff\n", "not-utf-8", ":1"),
    ],
)
def test_helpers_are_held_to_the_same_rules(source: bytes, code: str, line: str) -> None:
    assert problems_of(HELPED + BODY, tools=source) == [(code, f"tools.py{line}")]


def test_a_missing_helper_is_named() -> None:
    assert problems_of(HELPED + BODY) == [("helper-missing", "double.py:6")]


def test_a_helper_has_no_modules_inside() -> None:
    text = HELPED + "import tools.inner\n" + BODY

    assert problems_of(text, tools=b"") == [("import-undeclared", "double.py:8")]


def test_the_template_is_a_stage() -> None:
    stage = parse(new_stage_text("count_words"), place="count_words.py")

    assert stage.name == "count_words"
    assert len(stage.examples) == 2


def test_the_template_keeps_its_examples() -> None:
    namespace: dict[str, object] = {}
    text = new_stage_text("count_words")
    exec(text, namespace)

    execute = namespace["execute"]

    assert callable(execute)
    assert [execute({"text": "two words"}), execute({"text": ""})] == [{"words": 2}, {"words": 0}]


def test_the_template_refuses_an_unlawful_name() -> None:
    with pytest.raises(StageInvalidError) as caught:
        new_stage_text("Count Words")

    assert caught.value.hint.endswith(": count_words")


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_bytes_raise_only_our_error(data: bytes) -> None:
    with pytest.raises(StageInvalidError):
        parse(data)


@given(st.text(st.sampled_from('(){}[]:="\\\n \tadefxlmbi.,*-"#'), max_size=40))
def test_code_raises_only_our_error(code: str) -> None:
    with contextlib.suppress(StageInvalidError):
        parse(HEAD + BODY + code)
