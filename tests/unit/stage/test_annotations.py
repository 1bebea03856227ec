"""Types that the code says, beside or instead of the docstring."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import StageInvalidError, TypeUnsupportedError
from noether_nix.stage.annotations import read_annotations
from noether_nix.stage.model import Stage
from noether_nix.stage.python_file import parse_stage_file
from noether_nix.stage.template import new_stage_text
from noether_nix.types.display import render_type
from noether_nix.types.model import Type
from noether_nix.types.python_source import type_to_python
from noether_nix.types.text import parse_type
from tests.unit.types.strategies import types

IMPORTS = "import typing as t\nfrom dataclasses import dataclass\nfrom typing import *\n"


def stage_from(code: str, sections: str = "") -> Stage:
    text = f'"""Tried.\n\n{sections}Effects: [Pure]\n"""\n{code}'
    return parse_stage_file(text.encode(), place="tried.py")


def annotated(code: str) -> str:
    """The input that an annotation says, as a text."""
    before, _, expression = code.rpartition("\n")
    stage = stage_from(f"{IMPORTS}{before}\ndef execute(value: {expression}) -> None: ...\n")
    return render_type(stage.input)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("str", "Text"),
        ("float", "Number"),
        ("int", "Number & Integer"),
        ("bool", "Bool"),
        ("None", "Null"),
        ("Any", "Any"),
        ("object", "Any"),
        ("list[str]", "List<Text>"),
        ("t.List[t.Optional[str]]", "List<Null | Text>"),
        ("Sequence[float]", "List<Number>"),
        ("list", "List<Any>"),
        ("tuple[str, ...]", "List<Text>"),
        ("tuple[str, float]", "List<Number | Text>"),
        ("dict[str, bool]", "Map<Text, Bool>"),
        ("dict", "Map<Text, Any>"),
        ("str | None", "Null | Text"),
        ("Union[str, float]", "Number | Text"),
        ("'list[str]'", "List<Text>"),
        ("Annotated[float, 'Range(0..=9)']", "Number & Range(0..=9)"),
        ("Annotated[float, Unit('m')]", "Number"),
        ("Literal['a', 'b']", 'Text & OneOf["a", "b"]'),
        ("Names = list[str]\nNames", "List<Text>"),
        (
            "class Row(TypedDict):\n    name: str\n    note: NotRequired[str]\nRow",
            "Record { name: Text, note?: Text }",
        ),
        (
            "class Row(TypedDict, total=False):\n    name: Required[str]\n    note: str\nlist[Row]",
            "List<Record { name: Text, note?: Text }>",
        ),
        (
            "class A(TypedDict):\n    a: str\nclass B(A):\n    b: 'A'\nB",
            "Record { a: Text, b: Record { a: Text } }",
        ),
        (
            "@dataclass(frozen=True)\nclass Row:\n    name: str\n    size: float = 1\nRow",
            "Record { name: Text, size?: Number }",
        ),
        ("Row = TypedDict('Row', {'of all': str})\nRow", 'Record { "of all": Text }'),
    ],
)  # fmt: skip
def test_an_annotation_says_a_type(code: str, told: str) -> None:
    assert annotated(code) == render_type(parse_type(told))


def test_the_docstring_may_leave_out_what_the_code_says() -> None:
    stage = stage_from("def execute(value: str) -> list[str]:\n    return [value]\n")

    assert (render_type(stage.input), render_type(stage.output)) == ("Text", "List<Text>")


@pytest.mark.parametrize(
    ("said", "annotation"),
    [
        pytest.param("Text & NonEmpty", "str", id="a refinement"),
        pytest.param("Number", "int", id="a whole number"),
        pytest.param("Number & Range(0..=9)", "int", id="a range"),
        pytest.param("Bytes", "str", id="bytes"),
        pytest.param("{ a: Text }", "dict", id="a bare dict"),
        pytest.param("{ a: List<Text> }", "dict[str, Any] | None", id="loose in part"),
        pytest.param("Any", "str", id="anything"),
        pytest.param("<T>", "Any", id="a variable"),
        pytest.param("{ a: Text }", "Row", id="a class that nobody can read"),
        pytest.param("{ a?: Text }", "TD", id="a field that may be absent"),
    ],
)
def test_docstring_and_code_agree_and_the_docstring_counts(said: str, annotation: str) -> None:
    if annotation == "dict[str, Any] | None":
        said, annotation = "Map<Text, Any>", "dict[str, Any]"
    code = "class Row: ...\nclass TD(TypedDict, total=False):\n    a: str\n"

    stage = stage_from(
        f"{IMPORTS}{code}def execute(value: {annotation}): ...\n",
        f"Input: {said}\nOutput: Any\n",
    )

    assert stage.input == parse_type(said)


@pytest.mark.parametrize(
    ("said", "annotation", "words"),
    [
        ("Text", "float", "Input is Text in the docstring and Number in the code"),
        ("{ a: Text }", "TD", "which differ at"),
        ("List<Text>", "list[float]", "Input is List<Text> in the docstring and List<Number>"),
        (
            "{ a: Text, b: Text, c: Text }",
            "TD",
            "in the docstring and Record { a: Text, b: Number }",
        ),
    ],
)
def test_where_they_disagree_both_are_told_with_the_line(
    said: str, annotation: str, words: str
) -> None:
    code = "class TD(TypedDict):\n    a: str\n    b: float\n"

    with pytest.raises(StageInvalidError) as caught:
        stage_from(
            f"{IMPORTS}{code}def execute(value: {annotation}): ...\n",
            f"Input: {said}\nOutput: Any\n",
        )

    (problem,) = caught.value.problems
    assert problem.code == "annotation-mismatch"
    assert words in problem.message
    assert problem.place == "tried.py:13"
    assert problem.hint.startswith("leave out the section Input, or write Input: ")


@pytest.mark.parametrize(
    ("annotation", "told"),
    [
        ("numpy.ndarray", "ndarray"),
        ("Row", "Row"),
        ("dict[int, str]", "int"),
        ("Self", "Self"),
        ("list[set[str]]", "set"),
        ("'no python ('", "Constant"),
        ("Literal[b'x']", "Constant"),
        ("Loop", "Loop"),
    ],
)
def test_what_is_no_type_needs_a_docstring(annotation: str, told: str) -> None:
    code = "class Row: ...\nclass Self(TypedDict):\n    inner: 'Self'\nLoop = list['Loop']\n"

    with pytest.raises(StageInvalidError) as caught:
        stage_from(f"{IMPORTS}{code}def execute(value: {annotation}) -> None: ...\n")

    (problem,) = caught.value.problems
    assert problem.code == "annotation-unknown"
    assert f"the annotation {told} is of no type" in problem.message


@pytest.mark.parametrize("inner", ["date", "'date'", "list['date']"])
def test_a_field_that_is_of_no_type_is_told_with_its_own_line(inner: str) -> None:
    code = f"class Row(TypedDict):\n    day: str\n    when: {inner}\n\n"

    with pytest.raises(StageInvalidError) as caught:
        stage_from(f"{IMPORTS}{code}def execute(value: Row) -> None: ...\n")

    (problem,) = caught.value.problems
    assert "the annotation date is of no type" in problem.message
    assert problem.place == "tried.py:10"


def test_what_is_said_nowhere_is_missing() -> None:
    with pytest.raises(StageInvalidError) as caught:
        stage_from("def execute(value: str): ...\n")

    assert [problem.code for problem in caught.value.problems] == ["output-missing"]


@pytest.mark.parametrize("typed", [False, True])
def test_a_new_stage_says_its_types_either_way(typed: bool) -> None:
    stage = parse_stage_file(new_stage_text("count", typed=typed).encode(), place="count.py")

    assert stage.input == parse_type("{ text: Text }")
    assert stage.output == parse_type("{ words: Number }")


def _in_python(whole: Type) -> str | None:
    try:
        return type_to_python(whole, "Whole")
    except TypeUnsupportedError:
        return None


@given(types)
def test_what_we_write_as_python_reads_back(whole: Type) -> None:
    source = _in_python(whole)
    if source is None:
        return

    read = read_annotations(ast.parse(f"{source}\ndef execute(value: Whole): ...\n")).input

    assert read is not None
    assert not read.unread
    assert type_to_python(read.type, "Whole") == source


WORDS = st.sampled_from(
    [
        "str",
        "int",
        "list",
        "dict",
        "Optional",
        "Literal",
        "Annotated",
        "A",
        "B",
        "t.Any",
        "'A'",
        "...",
    ]
)
EXPRESSIONS = st.recursive(
    WORDS | st.sampled_from(["None", "1", "'a b'", "()", "x()", "lambda: 0", "'\\ud800'"]),
    lambda inner: st.one_of(
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}[{}, {}]".format, inner, inner, inner),
        st.builds("({} | {})".format, inner, inner),
        st.builds("TypedDict('N', {{{}: {}}})".format, inner, inner),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS, EXPRESSIONS, EXPRESSIONS)
def test_any_annotation_has_an_answer(one: str, two: str, three: str) -> None:
    code = f"A = {one}\nclass B(TypedDict):\n    b: {two}\ndef execute(value: {three}): ...\n"
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return

    assert read_annotations(tree).input is not None
