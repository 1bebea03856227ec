"""What is said of an end, and whether another try may change it."""

from typing import Any

import pytest

from noether_nix.run.outcome import find_outcome, may_end_otherwise, outcome_in_words


def ended(limit: str, allowed: int = 3) -> dict[str, Any]:
    return {"limit": limit, "allowed": allowed}


@pytest.mark.parametrize(
    ("outcome", "detail", "words", "flag"),
    [
        ("timed-out", ended("wall_seconds"), "ran longer than 3 s", "wall"),
        ("timed-out", ended("silence_seconds"), "printed nothing for 3 s (silence)", "silence"),
        ("timed-out", ended("run_seconds"), "had not ended when the 3 s of the whole run", "run"),
        ("interrupted", ended("run_seconds"), "had not begun when the 3 s of the whole", "run"),
        ("cpu-exceeded", ended("cpu_seconds"), "used more than 3 s of processor time", "cpu"),
        ("memory-exceeded", ended("memory_bytes"), "asked for more memory", "memory"),
        ("output-too-large", ended("output_bytes"), "larger than 3 bytes", "output"),
        ("log-too-large", ended("log_bytes"), "printed more than 3 bytes", "log"),
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


def test_a_run_that_was_stopped_is_not_told_of_a_limit() -> None:
    assert "--limit" not in find_outcome("interrupted", {}).remedy


@pytest.mark.parametrize(
    ("outcome", "detail", "may"),
    [
        ("timed-out", ended("wall_seconds"), True),
        ("timed-out", ended("silence_seconds"), True),
        ("timed-out", ended("run_seconds"), False),
        ("killed", {"signal": "SIGSEGV"}, True),
        ("stage-raised", {}, False),
    ],
)
def test_what_the_machine_may_have_ended_is_tried_again_but_not_beyond_the_runs_time(
    outcome: str, detail: dict[str, Any], may: bool
) -> None:
    assert may_end_otherwise(outcome, detail) is may
