"""Which limit the system's error came of that ended a call (design 11.7).

Threads, open files and scratch space show themselves to code as errors of the system. What a
stage says of itself is not proof, so a hint is all that comes of it.
"""

import re
from collections.abc import Mapping
from typing import Any

from noether_nix.plan.limits import CallLimits
from noether_nix.stage.limits import CALL_LIMITS

# What the C library says begins so in the text of an OSError; others give no number.
_SIGNS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"can't start new thread"), ("processes", "memory")),
    (re.compile(r"\[Errno 11\]"), ("processes",)),
    (re.compile(r"\[Errno 12\]"), ("memory",)),
    (re.compile(r"\[Errno 24\]"), ("open_files",)),
    (re.compile(r"\[Errno 27\]"), ("scratch",)),
    (re.compile(r"\[Errno 28\]"), ("scratch",)),
    (re.compile(r"database or disk is full"), ("scratch",)),
)
_WHY: Mapping[str, str] = {
    "processes": "threads count",
    "memory": "a thread's stack counts",
}
# As many files and folders as a call can have, whatever its limits: see inside/ground.py.
MOST_FILES = 16_384


def limit_hint(
    outcome: str,
    detail: Mapping[str, Any],
    limits: CallLimits,
    used: Mapping[str, Any] | None = None,
) -> str:
    """What to do about an end that a limit may have caused; empty where none comes to mind."""
    if outcome == "killed" and detail.get("signal") == "SIGSEGV":
        return (
            "a crash in native code ends this way, and so does recursion in it beyond the limit "
            f"{_named('stack', limits)}: {_raise('stack')}"
        )
    if outcome != "stage-raised":
        return ""
    names = next(
        (names for sign, names in _SIGNS if sign.match(str(detail.get("message", "")))), None
    )
    if names is None:
        return ""
    if str(detail.get("message", "")).startswith("[Errno 28]"):
        return _full(limits, used or {})
    reasons = [
        f"{_named(name, limits)}{f' ({_WHY[name]})' if name in _WHY else ''}" for name in names
    ]
    return f"so the limit {' or '.join(reasons)} shows itself: {_raise(*names)}"


def _full(limits: CallLimits, used: Mapping[str, Any]) -> str:
    """Which of the two bounds of a call's own folders was met, where that was seen."""
    too_many = f"there are {MOST_FILES:,} files and folders, which no limit raises: make fewer"
    too_large = f"the limit {_named('scratch', limits)} shows itself: {_raise('scratch')}"
    if used.get("scratch_files", 0) >= MOST_FILES:
        return too_many
    if used.get("scratch_bytes", 0) >= 0.9 * (limits.facts()["scratch_bytes"] or 0):
        return f"so {too_large}"
    # What it had made may be gone since: stages tidy up on their way out.
    return f"so {too_large}; or there were {MOST_FILES:,} files and folders, which no limit raises"


def _named(name: str, limits: CallLimits) -> str:
    limit = CALL_LIMITS[name]
    return f"{name}={limit.show(limits.facts()[limit.fact])}"


def _raise(*names: str) -> str:
    flags = " or ".join(f"--limit {name}=…" for name in names)
    return f"use less, or raise it with {flags}"
