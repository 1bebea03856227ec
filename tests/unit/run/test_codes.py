"""One table of codes, in step with everything that gives them out."""

import ast
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import noether_nix
from noether_nix.errors import NoetherError, UnknownCodeError
from noether_nix.run.code import Code, Mover
from noether_nix.run.codes import CODES, find_code
from noether_nix.run.fault import FAULTS
from noether_nix.run.outcome import MACHINE_DEPENDENT, OUTCOMES, outcome_in_words
from noether_nix.run.problem import PROBLEMS

# Design 5 and 11.7, word for word.
_DESIGNED_OUTCOMES = """
succeeded stage-raised input-invalid output-invalid timed-out cpu-exceeded memory-exceeded
output-too-large log-too-large killed effect-denied import-missing skipped interrupted not-taken
"""
_DESIGNED_FAULTS = """
nix-missing nix-too-old sandbox-unavailable evaluation-failed builder-lost store-full hash-mismatch
not-deterministic cache-unreachable cache-untrusted cache-corrupt
"""
# What no class of error stands for: click's own, and what a later issue brings.
_WITHOUT_A_CLASS = {"usage", "cache-unreachable", "cache-untrusted", "cache-corrupt"}
# What notes a problem has its code first.
_NOTING = {"Finding", "Problem", "add", "note"}
ALL = [pytest.param(code, id=code.name) for code in CODES.values()]


def raised_classes(root: type[NoetherError] = NoetherError) -> list[type[NoetherError]]:
    """The classes that are raised: those below which there are no others."""
    below = root.__subclasses__()
    return [kind for one in below for kind in raised_classes(one)] if below else [root]


def test_the_outcomes_are_those_of_the_design() -> None:
    assert list(OUTCOMES) == _DESIGNED_OUTCOMES.split()


def test_the_faults_of_the_design_are_there_and_no_name_is_both() -> None:
    assert set(_DESIGNED_FAULTS.split()) <= set(FAULTS)
    assert len(CODES) == len(OUTCOMES) + len(FAULTS) + len(PROBLEMS)


def test_every_class_of_error_has_a_row_and_every_fault_a_class() -> None:
    classes = {kind("").code: kind for kind in raised_classes()}

    assert classes.keys() | _WITHOUT_A_CLASS == FAULTS.keys()
    assert {name: kind.exit_code for name, kind in classes.items()} == {
        name: FAULTS[name].exit_code for name in classes
    }


def noted_problems() -> set[str]:
    """The codes of all problems that are noted anywhere, read off the source."""
    found = {"input-missing", "output-missing"}  # of sections, by their names
    for file in Path(noether_nix.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            called = node.func.id if isinstance(node.func, ast.Name) else called
            first = node.args[0]
            if called in _NOTING and isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found


def test_every_problem_that_is_noted_has_a_row_and_every_row_is_noted() -> None:
    noted = noted_problems()

    assert noted - PROBLEMS.keys() <= FAULTS.keys(), "a problem can be a fault of its own, too"
    assert PROBLEMS.keys() <= noted


# Design 11.6.
@pytest.mark.parametrize(
    ("names", "exit_code"),
    [
        pytest.param("usage input-unreadable input-mismatch unknown-code", 2, id="the caller"),
        pytest.param("graph-syntax graph-invalid", 3, id="graphs"),
        pytest.param("stage-invalid name-taken", 4, id="stages"),
        pytest.param(
            "nix-missing nix-too-old sandbox-unavailable evaluation-failed builder-lost",
            5,
            id="tool and sandbox",
        ),
        pytest.param("stage-raised killed skipped timed-out call-failed", 6, id="calls"),
        pytest.param("not-deterministic", 7, id="not deterministic"),
        pytest.param(
            "store-full hash-mismatch cache-unreachable cache-untrusted cache-corrupt",
            8,
            id="store and cache",
        ),
        pytest.param("effect-refused", 9, id="policy"),
        pytest.param("internal", 70, id="us"),
        pytest.param("run-interrupted interrupted", 130, id="interrupted"),
        pytest.param("succeeded not-taken", 0, id="well"),
    ],
)
def test_exit_codes_are_those_of_the_design(names: str, exit_code: int) -> None:
    assert {CODES[name].exit_code for name in names.split()} == {exit_code}


@pytest.mark.parametrize("code", ALL)
def test_a_row_says_what_it_means_and_what_to_do(code: Code) -> None:
    assert re.fullmatch(r"[A-Z].*\.", code.sentence)
    assert code.remedy or code.mover is Mover.NOBODY or code.sort == "problem"
    assert (code.exit_code is None) == (code.sort == "problem")
    assert not code.remedy.endswith(".")
    assert code.about == "" or code.about.endswith(".")
    assert (code.sort == "outcome") == bool(code.words)


def test_a_call_is_tried_again_when_another_machine_might_end_it_otherwise() -> None:
    assert {"timed-out", "cpu-exceeded", "killed"} == MACHINE_DEPENDENT


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_has_words_whatever_its_detail(outcome: str) -> None:
    facts = {"message": "{no} %s", "type": "T", "line": 3, "file": "f.py"}

    assert outcome_in_words(outcome, {})
    assert "{no}" not in outcome_in_words(outcome, {}), "facts are filled in, never read"
    assert outcome_in_words(outcome, facts).count("{no}") <= 1


@pytest.mark.parametrize(
    "written", ["memory-exceeded", "MEMORY-EXCEEDED", "memory_exceeded", "MemoryExceeded"]
)
def test_a_code_is_found_however_it_is_written(written: str) -> None:
    assert find_code(written).name == "memory-exceeded"


def test_a_code_is_found_by_the_class_that_python_shows() -> None:
    assert find_code("NixTooOldError").name == "nix-too-old"


@pytest.mark.parametrize(
    ("meant", "near"),
    [
        pytest.param("timedout2", "timed-out", id="a letter too many"),
        pytest.param("memory", "memory-exceeded", id="a part"),
        pytest.param("builder", "builder-lost", id="the beginning"),
        pytest.param("hash-missmatch", "hash-mismatch", id="misspelt"),
        pytest.param("qqq", "--list", id="nothing like it"),
        pytest.param("", "--list", id="nothing at all"),
    ],
)
def test_an_unknown_code_is_told_its_nearest_ones(meant: str, near: str) -> None:
    with pytest.raises(UnknownCodeError) as caught:
        find_code(meant)

    assert near in caught.value.hint
    assert caught.value.exit_code == 2


@given(st.text() | st.text(string.ascii_lowercase + "-", max_size=200_000))
def test_any_word_is_a_code_or_the_error_that_says_so(word: str) -> None:
    try:
        found = find_code(word)
    except UnknownCodeError as error:
        told = f"{error.message} {error.hint}"
    else:
        told = found.name

    assert len(told) < 1000
