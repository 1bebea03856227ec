import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import Problem
from noether_nix.stage.docstring import Contract, read_contract
from noether_nix.stage.effect import FALLIBLE, PURE
from noether_nix.stage.model import Example, Raises, Returns
from noether_nix.stage.problems import ProblemList, lines_of
from noether_nix.stage.sections import SECTIONS
from noether_nix.types.model import NUMBER, TEXT, list_of, record

FULL = """Count the words of a text.

    A second paragraph. Note: this is prose, and
    Beware: so is this.

    Examples:
        {"text": "two words"} -> 2
        {"text": ""} -> raises ValueError
    Properties:
        {"kind": "range", "field": "output", "min": 0}
    Limits: { wall: 30s,
        memory: 512MiB
        output: 1MiB }
    Helpers: [b_tools.py, a_tools.py]
    Tags: [text, word count]
    Name: words
    Effects: [Pure, Fallible]
    Output: Number
    Input: {
        text: Text
      }
    """


def read(text: str) -> tuple[Contract, tuple[Problem, ...]]:
    problems = ProblemList(lines_of("x.py"))
    contract = read_contract(text, first_line=1, problems=problems)
    return contract, problems.in_order()


def problems_of(text: str) -> list[tuple[str, str]]:
    return [(problem.code, problem.place) for problem in read(text)[1]]


def with_sections(*lines: str) -> str:
    return "\n".join(["Do it.", "", "Input: Number", "Output: Number", "Effects: [Pure]", *lines])


def test_every_section_is_read_in_any_order() -> None:
    contract, problems = read(FULL)

    assert problems == ()
    assert contract == Contract(
        description=(
            "Count the words of a text.\n\n"
            "A second paragraph. Note: this is prose, and\nBeware: so is this."
        ),
        name="words",
        input=record({"text": TEXT}),
        output=NUMBER,
        effects=(FALLIBLE, PURE),
        tags=("text", "word count"),
        helpers=("a_tools.py", "b_tools.py"),
        helpers_line=14,
        limits={"wall": 30, "memory": 512 << 20, "output": 1 << 20},
        properties=({"kind": "range", "field": "output", "min": 0},),
        examples=(
            Example({"text": "two words"}, Returns(2)),
            Example({"text": ""}, Raises("ValueError")),
        ),
    )


def test_any_type_can_be_input_and_output() -> None:
    contract, problems = read("Do.\n\nInput: List<Text>\nOutput: Text | Null\nEffects: [Pure]")

    assert problems == ()
    assert contract.input == list_of(TEXT)


def test_all_that_is_missing_is_told_at_once() -> None:
    assert problems_of("Do it.") == [
        ("input-missing", "x.py:1"),
        ("output-missing", "x.py:1"),
        ("effects-missing", "x.py:1"),
    ]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("Example: 1 -> 2", "did you mean Examples?"),
        ("Inputs: Text", "did you mean Input?"),
        ("tags: [a]", "did you mean Tags?"),
        ("Returns: Number", "known: Input, Output"),
    ],
)
def test_a_word_that_looks_like_a_section_is_an_error(line: str, hint: str) -> None:
    _, problems = read(with_sections(line))

    assert [(problem.code, problem.place) for problem in problems] == [
        ("section-unknown", "x.py:6")
    ]
    assert hint in problems[0].hint


def test_a_misspelt_section_in_front_is_one_problem_and_no_more() -> None:
    assert problems_of("Do it.\n\nImput: Text\nOutput: Number\nEffects: [Pure]") == [
        ("section-unknown", "x.py:3")
    ]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        pytest.param(with_sections("Input: Text"), "section-twice", "x.py:6", id="twice"),
        pytest.param(with_sections("more words"), "text-misplaced", "x.py:6", id="stray text"),
        pytest.param(
            "Do it.\nInput: Text\nOutput: Text\nEffects: [Pure]",
            "blank-line-missing",
            "x.py:2",
            id="no blank line",
        ),
        pytest.param(
            "\n\nInput: Text\nOutput: Text\nEffects: [Pure]",
            "description-missing",
            "x.py:1",
            id="no description",
        ),
        pytest.param(
            "Do it.\n\nInput: {\n    a: Text,\n    b: Txt\n  }\nOutput: Text\nEffects: [Pure]",
            "type-invalid",
            "x.py:5",
            id="a type's own line",
        ),
        pytest.param(
            "Do it.\n\nInput: {\n    a: Text\n}\nOutput: Text\nEffects: [Pure]",
            "text-misplaced",
            "x.py:5",
            id="closing brace not indented",
        ),
        pytest.param(
            "Do it.\n\nInput: Text\nOutput:\nEffects: [Pure]",
            "output-missing",
            "x.py:4",
            id="empty section",
        ),
        pytest.param(with_sections("Name: My Stage"), "name-invalid", "x.py:6", id="name"),
        pytest.param(with_sections("Tags: a, b"), "tags-invalid", "x.py:6", id="no brackets"),
        pytest.param(with_sections("Tags: [a, a]"), "tags-invalid", "x.py:6", id="tag twice"),
        pytest.param(with_sections("Tags: [a, ]"), "tags-invalid", "x.py:6", id="empty tag"),
        pytest.param(
            with_sections("Helpers: [../x.py]"), "helpers-invalid", "x.py:6", id="path trick"
        ),
        pytest.param(with_sections("Limits: 30s"), "limits-invalid", "x.py:6", id="no braces"),
        pytest.param(
            with_sections("Limits: { wal: 30s }"), "limits-invalid", "x.py:6", id="unknown limit"
        ),
        pytest.param(
            with_sections("Limits: { wall: 30 }"), "limits-invalid", "x.py:6", id="no unit"
        ),
        pytest.param(
            with_sections("Limits: { wall: 3s, wall: 4s }"),
            "limits-invalid",
            "x.py:6",
            id="limit twice",
        ),
        pytest.param(
            with_sections("Limits: { wall }"), "limits-invalid", "x.py:6", id="limit without colon"
        ),
        pytest.param(
            with_sections("Properties:", "    {broken"), "property-invalid", "x.py:7", id="no JSON"
        ),
        pytest.param(
            with_sections("Properties:", "    [1]"), "property-invalid", "x.py:7", id="no object"
        ),
        pytest.param(
            with_sections("Examples:", "    1 -> 1", "    1 = 2"),
            "example-invalid",
            "x.py:8",
            id="no arrow",
        ),
        pytest.param(
            with_sections("Examples:", '    1 -> "one"'), "example-mismatch", "x.py:7", id="type"
        ),
        pytest.param(
            with_sections("Examples:", "    1 -> NaN"), "example-invalid", "x.py:7", id="NaN"
        ),
        pytest.param(
            with_sections("Examples: 1 -> raises 7"), "example-invalid", "x.py:6", id="no name"
        ),
        pytest.param(
            with_sections("Examples:", "    " + "[" * 9000), "example-invalid", "x.py:7", id="deep"
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, code: str, place: str) -> None:
    assert problems_of(text) == [(code, place)]


def test_a_bad_example_says_what_was_expected_where() -> None:
    text = "Do.\n\nInput: { a: List<Text> }\nOutput: Null\nEffects: [Pure]\nExamples:\n"

    _, problems = read(text + '    {"a": ["x", 1]} -> null')

    assert [problem.message for problem in problems] == [
        "the example's input: at /a/1: Text is expected, but Number 1 is given"
    ]


def test_examples_of_a_stream_cannot_be_given() -> None:
    text = "Do.\n\nInput: Stream<Text>\nOutput: Null\nEffects: [Pure]\nExamples:\n    [] -> null"

    assert problems_of(text) == [("type-unsupported", "x.py:7")]


def test_lost_backslashes_are_the_hint_where_the_literal_is_not_raw() -> None:
    problems = ProblemList(lines_of("x.py"))
    text = with_sections("Examples:", '    "a"b" -> 1')

    read_contract(text, first_line=1, problems=problems, escaped=True)

    assert 'r"""' in problems.in_order()[0].hint


@given(
    st.lists(
        st.sampled_from([*(f"{name}:" for name in SECTIONS), "    ", "\n", "[", "]", "{", "}"])
        | st.sampled_from(["Pure", "->", ",", "x.py", "wall: 3s", '"', "raises E", "Text"])
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    ).map("".join)
)
def test_no_text_breaks_the_reader(text: str) -> None:
    read(text)
