"""`noether stage test`: the examples and properties of stages, and generated inputs."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from noether_nix.cli.given import read_level, read_limits, read_policy_options
from noether_nix.cli.lazy import example
from noether_nix.cli.options import (
    allow_effects_option,
    json_option,
    level_option,
    limit_option,
    policy_option,
    unsandboxed_option,
)
from noether_nix.cli.printing import tell
from noether_nix.cli.safe import safely
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import error_document, note, show_error, show_json
from noether_nix.cli.stopping import stopping
from noether_nix.errors import CallFailedError, StageInvalidError
from noether_nix.frozen import replace
from noether_nix.run.house import House
from noether_nix.run.options import RunOptions
from noether_nix.run.stage_tests import StageTrial, Tried, Verdict, shown
from noether_nix.run.stages import load_stages

if TYPE_CHECKING:
    from noether_nix.run.stage_fuzz import Fuzzed
    from noether_nix.stage.model import Stage

_MOST_INPUTS = 100_000


@click.command(
    epilog=example(
        "noether stage test ./count_words.py",
        "noether stage test ./stages --fuzz 200",
    )
)
@click.argument(
    "references", metavar="FILE|FOLDER|NAME|ID...", nargs=-1, required=True, type=click.Path()
)
@click.option(
    "--fuzz",
    "count",
    type=click.IntRange(1, _MOST_INPUTS),
    metavar="N",
    help="Also try N inputs that are generated from the Input type.",
)
@click.option(
    "--seed", default=0, show_default=True, help="What --fuzz begins with: another, other inputs."
)
@limit_option
@allow_effects_option
@policy_option
@level_option
@unsandboxed_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but what does not hold.")
@json_option
def test(
    references: Sequence[str],
    count: int | None,
    seed: int,
    limits: Sequence[str],
    level: str | None,
    allowed_effects: Sequence[str],
    policy_file: Path | None,
    *,
    allow_unsandboxed: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Run the examples of stages in the sandbox, and hold them against what they should give.

    Every property is held against every output. With --fuzz, the stage is also called with inputs
    of its Input type that are made up, the same ones each time: it must give what its Output says,
    with every property, and may raise only if Fallible is among its effects. An input that fails
    is made as small as can be found in a minute.

    A stage without examples is an error unless --fuzz is given: nothing would be tested.
    """
    say = note if not (quiet or as_json) else lambda _words: None
    least = read_level(level, allow_unsandboxed=allow_unsandboxed)
    policies = read_policy_options(allowed_effects, policy_file)
    options = RunOptions(read_limits(limits), level=least, policies=policies)
    answers: list[_Answer] = []
    with House(load_settings(), say=say) as house, stopping(quiet=quiet or as_json) as stop:
        stages = load_stages(house, references)
        _check_there_is_something([stage for stage, _ in stages], count)
        for stage, of_file in stages:
            trial = StageTrial(
                house, stage, options, cancellation=stop.cancellation, register=of_file
            )
            answers.append(_answer(trial, count, seed, say))
            if not as_json:
                _print(answers[-1], quiet=quiet)
            if answers[-1].interrupted:
                break
    ok = all(answer.ok for answer in answers)
    error = stop.error or (None if ok else _error(answers))
    if as_json:
        noun: dict[str, Any] = {"stages": [answer.to_document() for answer in answers]}
        show_json(noun | ({"error": error_document(error)} if error else {}), ok=ok)
    elif stop.error is not None:
        show_error(stop.error, as_json=False)
    if error is not None:
        sys.exit(error.exit_code)


def _error(answers: "Sequence[_Answer]") -> CallFailedError:
    failed = [(answer, one) for answer in answers for one in answer.failed]
    stages = len({answer.stage.name for answer, _ in failed})
    problems = [
        replace(one.problem, place=f"{answer.stage.name}: {one.case.name}")
        for answer, one in failed
        if one.problem
    ]
    message = f"{_count(len(failed), 'case')} of {_count(stages, 'stage')} failed"
    return CallFailedError(message, hint="mend the stage or its contract", problems=problems)


class _Answer:
    """What came of one stage."""

    def __init__(self, stage: "Stage", tried: Tried | None, fuzzed: "Fuzzed | None") -> None:
        self.stage = stage
        self.tried = tried
        self.fuzzed = fuzzed

    @property
    def failed(self) -> list[Verdict]:
        found = [one for one in (self.tried.verdicts if self.tried else ()) if not one.ok]
        return found + ([self.fuzzed.found] if self.fuzzed and self.fuzzed.found else [])

    @property
    def interrupted(self) -> bool:
        return any(part is not None and part.interrupted for part in (self.tried, self.fuzzed))

    @property
    def ok(self) -> bool:
        return not self.failed and not self.interrupted

    def to_document(self) -> dict[str, Any]:
        examples = self.tried.verdicts if self.tried else ()
        document: dict[str, Any] = {
            "name": self.stage.name,
            "id": self.stage.id,
            "ok": self.ok,
            "run": self.tried.run if self.tried else None,
            "examples": [_verdict_document(one) for one in examples],
            "properties": len(self.stage.properties),
        }
        fuzzed = self.fuzzed
        document["fuzz"] = fuzzed and {
            "tried": fuzzed.tried,
            "seed": fuzzed.seed,
            "first_bytes": fuzzed.first_bytes or None,
            "counterexample": fuzzed.found and _verdict_document(fuzzed.found),
        }
        return document


def _answer(trial: StageTrial, count: int | None, seed: int, say: Any) -> _Answer:
    cases = trial.examples()
    tried = trial.run(cases) if cases else None
    if count is None or (tried is not None and tried.interrupted):
        return _Answer(trial.stage, tried, None)
    from noether_nix.run.stage_fuzz import fuzz

    return _Answer(trial.stage, tried, fuzz(trial, count, seed, say))


def _check_there_is_something(stages: "Sequence[Stage]", count: int | None) -> None:
    empty = [stage for stage in stages if not stage.examples]
    if empty and count is None:
        names = ", ".join(stage.name for stage in empty[:5])
        more = f" and {len(empty) - 5} more" if len(empty) > 5 else ""
        raise StageInvalidError(
            f"there is nothing to test: no examples in {names}{more}",
            hint="write a section Examples (INPUT -> OUTPUT in JSON), or try inputs with --fuzz",
        )


def _verdict_document(one: Verdict) -> dict[str, Any]:
    return {
        "case": one.case.name,
        "ok": one.ok,
        "code": one.problem and one.problem.code,
        "message": one.problem and one.problem.message,
        "hint": one.problem and one.problem.hint,
        "input": one.case.input,
        "output": one.output,
        "outcome": one.call.outcome,
        "key": one.call.key,
    }


def _print(answer: _Answer, *, quiet: bool) -> None:
    for one in answer.failed:
        fault = one.problem.message if one.problem else ""
        tell(safely(f"✗ {answer.stage.name}, {one.case.name}: {fault}"))
        tell(safely(f"    input  {shown(one.case.input)}"))
        traceback = one.call.detail.get("traceback")
        if isinstance(traceback, str):
            for line in traceback.rstrip().splitlines():
                tell(safely(f"    {line}"))
        if one.problem and one.problem.hint:
            tell(safely(f"    hint: {one.problem.hint}"))
    if not quiet:
        tell(safely(_summary(answer)))


def _summary(answer: _Answer) -> str:
    verdicts = answer.tried.verdicts if answer.tried else ()
    held = sum(one.ok for one in verdicts)
    words = [f"{held} of {_count(len(verdicts), 'example')} held"] if verdicts else []
    if answer.stage.properties:
        words.append(_count(len(answer.stage.properties), "property", "properties"))
    if (fuzzed := answer.fuzzed) is not None:
        fate = "one failed" if fuzzed.found else "all held"
        inputs = _count(fuzzed.tried, "generated input")
        words.append(f"{inputs} (seed {fuzzed.seed}): {fate}")
    sign = "✓" if answer.ok else "✗"
    stopped = "   stopped" if answer.interrupted else ""
    return f"{sign} {answer.stage.name:<24} {', '.join(words)}{stopped}"


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"
