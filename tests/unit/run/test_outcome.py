"""What is said of an end, and whether another try may change it."""

from typing import Any

import pytest

from noether_nix.run.outcome import find_outcome, may_end_otherwise, outcome_in_words


def ended(limit: str, allowed: int = 3) -> dict[str, Any]:
    return {"limit": limit, "allowed": allowed}


@pytest.mark.parametrize(
    ("outcome", "detail", "words", "flag"),
    [
        ("timed-out", ended("wall_seconds"), "ran longer than 3s", "wall"),
        ("timed-out", ended("silence_seconds"), "printed nothing for 3s (silence)", "silence"),
        ("timed-out", ended("run_seconds"), "had not ended when the 3s of the whole run", "run"),
        ("interrupted", ended("run_seconds"), "had not begun when the 3s of the whole", "run"),
        ("cpu-exceeded", ended("cpu_seconds"), "used more than 3s of processor time", "cpu"),
        ("memory-exceeded", ended("memory_bytes"), "asked for more memory", "memory"),
        ("killed", ended("scratch_bytes"), "had more than 3B in its folders", "scratch"),
        ("output-too-large", ended("output_bytes", 10 << 20), "larger than 10MiB", "output"),
        ("log-too-large", ended("log_bytes"), "printed more than 3B", "log"),
    ],
)
def test_what_a_limit_ended_says_which_and_how_to_raise_it(
    outcome: str, detail: dict[str, Any], words: str, flag: str
) -> None:
    assert words in outcome_in_words(outcome, detail)
    assert f"--limit {flag}=…" in find_outcome(outcome, detail).remedy


@pytest.mark.parametrize(
    ("effect", "instead"),
    [("Clock", "the moment"), ("Random", "a seed"), ("Network", "fetch"), ("Process", "in Python")],
)
def test_a_denied_effect_comes_with_what_to_do_instead(effect: str, instead: str) -> None:
    assert instead in find_outcome("effect-denied", {"effect": effect}).remedy


@pytest.mark.parametrize("effect", ["Clock", "Random"])
def test_nobody_is_told_to_need_an_effect_that_cannot_be_declared(effect: str) -> None:
    facts = {"effect": effect, "event": "time.time", "file": "a.py", "line": 3}

    words = outcome_in_words("effect-denied", facts)

    assert effect not in words
    assert words.startswith("time.time: a pure stage ")
    assert words.endswith(" (a.py:3)")


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ("[Errno 2] No such file or directory: '/home/me/data.csv'", True),
        ("[Errno 2] No such file or directory: '/tmp/made.csv'", False),
        ("[Errno 2] No such file or directory: 'made.csv'", False),
        ("'words'", False),
    ],
)
def test_who_opens_a_file_of_the_machine_is_told_that_there_is_none(
    message: str, meant: bool
) -> None:
    detail = {"type": "FileNotFoundError", "message": message}
    assert ("--set" in find_outcome("stage-raised", detail).remedy) is meant


def test_who_was_ended_with_the_whole_build_is_told_so_and_not_of_a_signal() -> None:
    detail = {"lost_builds": 2}

    assert outcome_in_words("killed", detail).startswith("ended 2 times with the whole build")
    assert "free memory" in find_outcome("killed", detail).remedy


def test_a_run_that_was_stopped_is_not_told_of_a_limit() -> None:
    assert "--limit" not in find_outcome("interrupted", {}).remedy


@pytest.mark.parametrize(
    ("outcome", "detail", "may"),
    [
        ("timed-out", ended("wall_seconds"), True),
        ("timed-out", ended("silence_seconds"), True),
        ("timed-out", ended("run_seconds"), False),
        ("killed", {"signal": "SIGSEGV"}, True),
        ("killed", ended("scratch_bytes"), False),
        ("stage-raised", {}, False),
    ],
)
def test_what_the_machine_may_have_ended_is_tried_again_but_not_beyond_the_runs_time(
    outcome: str, detail: dict[str, Any], may: bool
) -> None:
    assert may_end_otherwise(outcome, detail, beside=True) is may
    assert not may_end_otherwise(outcome, detail, beside=False)
