"""Outcomes: how calls end, what each means, and what to do about it."""

import re
from collections.abc import Mapping
from typing import Any

from noether_nix.errors import CallFailedError, RunInterruptedError
from noether_nix.frozen import replace
from noether_nix.inside.retrying import SETTLED_LIMITS
from noether_nix.run.code import Code, Mover
from noether_nix.stage.quantities import Unit, render_quantity


def _outcome(
    name: str,
    sentence: str,
    words: str,
    remedy: str = "",
    *,
    mover: Mover = Mover.STAGE,
    exit_code: int = CallFailedError.exit_code,
    machine_dependent: bool = False,
    about: str = "",
) -> Code:
    return Code(
        name, "outcome", mover, exit_code, sentence, remedy, machine_dependent, about, "", words
    )


_OUTCOMES = (
    _outcome(
        "succeeded",
        "The call gave a result of its stage's output type, and the result is kept.",
        "gave a result",
        mover=Mover.NOBODY,
        exit_code=0,
    ),
    _outcome(
        "stage-raised",
        "The code of the stage raised an exception that it did not catch.",
        "{type}: {message}{where}",
        "mend the stage, or its input",
        about="The traceback has the lines of the stage's own file. Too many processes, open files "
        "or scratch bytes show themselves to the code as the system's errors (EAGAIN, EMFILE, "
        "ENOSPC), and end so too if it does not catch them. Nothing is kept: the call runs again "
        "in the next run.",
    ),
    _outcome(
        "input-invalid",
        "The value that the call was to be given is not of its stage's input type.",
        "the input is not of the stage's type: {message}",
        "mend what gives this input, or say in the stage's Input what it takes",
        mover=Mover.GRAPH,
        about="The graph's types fit, but a type may promise less than the next one asks for: a "
        "Union, a Record with more fields, a refinement. The stage did not run.",
    ),
    _outcome(
        "output-invalid",
        "What the stage gave back is no JSON, or not of its output type, or there was nothing.",
        "the result is not of the stage's type: {message}",
        "return what the stage's Output promises: JSON, with text as keys and no NaN",
        about="The pointer in the detail leads into the value. A process that ends without a word, "
        "as by os._exit, ends so with `no result`.",
    ),
    _outcome(
        "timed-out",
        "The call ran longer than its wall limit, was silent for too long, or the run was over.",
        "ran longer than {allowed}",
        "look for a loop that does not end, or raise it with --limit wall=…",
        machine_dependent=True,
        about="The detail names the limit: wall_seconds counts from the call's own start, "
        "silence_seconds from what it printed last, run_seconds from the start of the run, and "
        "that is never tried again. None is in the key: with a higher one nothing that is known "
        "runs again.",
    ),
    _outcome(
        "cpu-exceeded",
        "The call used more processor time than its limit.",
        "used more than {allowed} of processor time",
        "look for a loop that does not end, or raise it with --limit cpu=…",
        machine_dependent=True,
        about="All its threads count together. Waiting costs none: that is what the wall limit is "
        "for.",
    ),
    _outcome(
        "memory-exceeded",
        "The call asked for more memory than its limit.",
        "asked for more memory than its limit{where}",
        "raise it with --limit memory=…",
        about="The limit is what the one process of the call may write to and keep for itself; "
        "an uncaught MemoryError is this outcome too. Code can see the limit, so it is in the "
        "key: with another one every call of the stage runs again.",
    ),
    _outcome(
        "output-too-large",
        "The result of the call is larger than its output limit.",
        "its result is larger than {allowed}",
        "raise it with --limit output=…",
        about="The bytes are those of the value's encoding: compact JSON in UTF-8.",
    ),
    _outcome(
        "log-too-large",
        "The call printed more than its log limit.",
        "printed more than {allowed}",
        "print less, or raise it with --limit log=…",
        about="What it printed up to the limit is kept: noether logs RUN NODE.",
    ),
    _outcome(
        "killed",
        "A signal ended the call, and it was not ours.",
        "was ended by {signal}",
        "a crash in native code ends this way",
        machine_dependent=True,
        about="SIGSEGV, SIGBUS and SIGABRT mostly mean a fault in native code, SIGSYS a system "
        "call that no stage needs, SIGKILL that the machine had no memory left or that somebody "
        "ended the process. With lost_builds in the detail its whole build ended, twice, and "
        "nothing else ran in that: at level alone a call can end its own scheduler.",
    ),
    _outcome(
        "effect-denied",
        "The stage tried to do something that needs an effect it does not declare.",
        "{event} needs the effect {effect}{where}",
        "a pure stage can do no more than compute: take what it needs as input",
        about="Networks and other processes the kernel refuses all the same; Python's own audit "
        "gives it a name and a line. The time of day and random numbers Python itself denies: "
        "docs/pure.md has every function, and what works as ever.",
    ),
    _outcome(
        "import-missing",
        "The stage imports a module that is not there.",
        "imports {module}, which is not there{where}",
        "name a file beside the stage under Helpers, or use the standard library",
        about="A stage has the standard library without tests and graphics, and the files that it "
        "names under Helpers. Packages of the Python that runs noether are not there.",
    ),
    _outcome(
        "skipped",
        "The call did not run, because a call whose result it needs has none.",
        "not run, because {because} has no result",
        "mend the call that `because` names",
        mover=Mover.NOBODY,
    ),
    _outcome(
        "interrupted",
        "The run was stopped, or could not go on, before the call ended.",
        "not ended, because the run was stopped",
        "run again",
        mover=Mover.CALLER,
        exit_code=RunInterruptedError.exit_code,
        about="Every call that was told of as ended is kept, and is known in the next run. Where "
        "the run could not go on, the command ends with the exit code of the fault that did it. "
        "Calls that had not begun when the run's own time was over (run_seconds) end so as well, "
        "and the command then ends with 6.",
    ),
    _outcome(
        "not-taken",
        "The call stands in an arm of a Branch that was not taken.",
        "not run, because its arm was not taken",
        mover=Mover.NOBODY,
        exit_code=0,
        about="What is behind the arm goes on without it. A predicate that is neither true nor "
        "false takes no arm: whoever would need it to decide ends input-invalid.",
    ),
)

OUTCOMES: Mapping[str, Code] = {code.name: code for code in _OUTCOMES}
"""The closed set of design 5 and 11.7."""

MACHINE_DEPENDENT = frozenset(code.name for code in _OUTCOMES if code.machine_dependent)
"""Calls that end so while others run beside them are tried once more before it is told."""


_RUN_SECONDS = "run_seconds"
_RUN_REMEDY = "run again, for what had ended is kept; or raise it with --limit run=…"


def _said_of(outcome: str, words: str, remedy: str) -> Code:
    return replace(OUTCOMES[outcome], words=words, remedy=remedy)


# The limit that was passed says more than the outcome alone.
_BY_LIMIT: Mapping[tuple[str, str], Code] = {
    ("timed-out", "silence_seconds"): _said_of(
        "timed-out",
        "printed nothing for {allowed} (silence)",
        "print what goes on, or raise it with --limit silence=…",
    ),
    ("timed-out", _RUN_SECONDS): _said_of(
        "timed-out", "had not ended when the {allowed} of the whole run were over", _RUN_REMEDY
    ),
    ("killed", "scratch_bytes"): _said_of(
        "killed",
        "had more than {allowed} in its folders",
        "write less, or raise it with --limit scratch=…",
    ),
    ("interrupted", _RUN_SECONDS): _said_of(
        "interrupted", "had not begun when the {allowed} of the whole run were over", _RUN_REMEDY
    ),
}


_NEEDED = OUTCOMES["effect-denied"].words
# What to do instead, by the effect that was denied. A pure stage can take moment and seed as input,
# so nobody is told to declare Clock or Random.
_BY_EFFECT: Mapping[str, Code] = {
    effect: _said_of("effect-denied", words, remedy)
    for effect, words, remedy in (
        (
            "Clock",
            "{event}: a pure stage has no clock{where}",
            "take the moment as input; time.perf_counter is there for durations",
        ),
        (
            "Random",
            "{event}: a pure stage draws nothing that it has not seeded{where}",
            "take a seed as input, and draw from random.Random(seed)",
        ),
        ("Process", _NEEDED, "do it in Python: a pure stage starts no programs"),
        ("Network", _NEEDED, "take what it would fetch as input"),
    )
}


_NO_FILE = replace(
    OUTCOMES["stage-raised"],
    remedy="a call sees no file of this machine: give it what is in the file, as with --set "
    "FIELD=@FILE",
)
_WITH_ITS_BUILD = _said_of(
    "killed",
    "ended {lost_builds} times with the whole build, in which nothing else ran: it or something "
    "that it started ended its own scheduler",
    "level alone keeps no call from that: leave the other processes of the build alone. If it "
    "does, look at free memory, or for somebody who ends builders",
)
# A name without a folder is of a file that the stage itself should have made.
_OF_THE_MACHINE = re.compile(r"\[Errno 2\] [^:]*: '/(?!build/|tmp/|dev/shm/)")


def find_outcome(outcome: str, detail: Mapping[str, Any]) -> Code:
    """What an outcome with these facts means."""
    if outcome == "effect-denied":
        return _BY_EFFECT.get(str(detail.get("effect")), OUTCOMES[outcome])
    if outcome == "killed" and "lost_builds" in detail:
        return _WITH_ITS_BUILD
    if outcome == "stage-raised" and _OF_THE_MACHINE.match(str(detail.get("message"))):
        return _NO_FILE
    return _BY_LIMIT.get((outcome, str(detail.get("limit"))), OUTCOMES[outcome])


def may_end_otherwise(outcome: str, detail: Mapping[str, Any], *, beside: bool) -> bool:
    """Whether another try, alone, might end such a call differently.

    Args:
        outcome: how it ended.
        detail: the facts of that.
        beside: whether others ran at the same time: only they can be gone in another try.
    """
    return beside and outcome in MACHINE_DEPENDENT and detail.get("limit") not in SETTLED_LIMITS


def outcome_in_words(outcome: str, detail: Mapping[str, Any]) -> str:
    """One sentence, without a full stop."""
    where = f" ({detail['file']}:{detail['line']})" if "line" in detail else ""
    facts = _Facts({name: str(value) for name, value in detail.items()}, where=where)
    if "allowed" in detail:
        facts["allowed"] = _allowed(str(detail.get("limit")), detail["allowed"])
    code = find_outcome(outcome, detail)
    words = code.words.format_map(facts).replace(":  (", " (").strip(": ")
    return words or code.sentence.rstrip(".")


def _allowed(limit: str, amount: object) -> str:
    """A limit as ``--limit`` takes it."""
    unit = next((unit for unit in Unit if limit.endswith(f"_{unit.value}")), None)
    if unit is None or type(amount) is not int:
        return str(amount)
    return render_quantity(amount, unit)


class _Facts(dict[str, str]):
    """Facts by name; one that is not there is empty."""

    def __missing__(self, _name: str) -> str:
        return ""
