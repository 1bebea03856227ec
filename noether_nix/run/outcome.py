"""Outcomes in words: what each means, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Another machine, or this one with less to do, may end such a call differently.
MACHINE_DEPENDENT = frozenset({"timed-out", "killed"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way for a call to end: ``words`` with the facts of its detail, and what to do."""

    words: str
    remedy: str = ""


OUTCOMES: Mapping[str, Outcome] = {
    "succeeded": Outcome("gave a result"),
    "stage-raised": Outcome("{type}: {message}{where}", "mend the stage, or its input"),
    "input-invalid": Outcome(
        "the input is not of the stage's type: {message}",
        "mend what gives this input, or say in the stage's Input what it takes",
    ),
    "output-invalid": Outcome(
        "the result is not of the stage's type: {message}",
        "return what the stage's Output promises: JSON, with text as keys and no NaN",
    ),
    "timed-out": Outcome("ran longer than {allowed} s", "raise it with --limit wall=…"),
    "cpu-exceeded": Outcome("used more processor time than its limit", ""),
    "memory-exceeded": Outcome(
        "asked for more memory than its limit{where}", "raise it with --limit memory=…"
    ),
    "output-too-large": Outcome(
        "its result is larger than {allowed} bytes", "raise it with --limit output=…"
    ),
    "log-too-large": Outcome(
        "printed more than {allowed} bytes", "print less, or raise it with --limit log=…"
    ),
    "killed": Outcome("was ended by {signal}", "a crash in native code ends this way"),
    "effect-denied": Outcome(
        "{event} needs the effect {effect}{where}",
        "a pure stage can do no more than compute: take what it needs as input",
    ),
    "import-missing": Outcome(
        "imports {module}, which is not there{where}",
        "name a file beside the stage under Helpers, or use the standard library",
    ),
    "skipped": Outcome("not run, because {because} has no result"),
    "interrupted": Outcome("not ended, because the run was stopped", "run again"),
}
"""The closed set of design 5 and 11.7, as far as calls can end so by now."""


def outcome_in_words(outcome: str, detail: Mapping[str, Any]) -> str:
    """One sentence, without a full stop."""
    where = f" ({detail['file']}:{detail['line']})" if "line" in detail else ""
    facts = _Facts({name: str(value) for name, value in detail.items()}, where=where)
    return OUTCOMES[outcome].words.format_map(facts).replace(":  (", " (").rstrip(": ")


class _Facts(dict[str, str]):
    """Facts by name; one that is not there is empty."""

    def __missing__(self, _name: str) -> str:
        return ""
