"""Looking for an input that a stage does not stand: generated, and then made small.

First all inputs are generated and run in a few builds. Only if one fails, hypothesis generates the
same ones again and shrinks the first that failed, a build for each attempt, for a bounded time.
"""

import time
from collections.abc import Callable, Sequence
from itertools import islice

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from noether_nix.errors import InputMismatchError
from noether_nix.frozen import dataclass
from noether_nix.inside.contract import Json, encode
from noether_nix.run.stage_tests import Case, StageTrial, Verdict
from noether_nix.types.display import render_type_short
from noether_nix.types.samples import values_of

SHRINK_SECONDS = 60.0
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What came of generated inputs.

    Attributes:
        tried: how many different ones were run, without those made while shrinking.
        seed: what they were generated from.
        found: the smallest input that fails, if any does; its name tells how it was found.
        first_bytes: the encoding's size of the first that failed.
        interrupted: the user stopped it; ``tried`` had ended until then.
    """

    tried: int
    seed: int
    found: Verdict | None = None
    first_bytes: int = 0
    interrupted: bool = False


class _FoundError(Exception):
    """Carries a failing case out of hypothesis."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.verdict = verdict


def fuzz(
    trial: StageTrial,
    count: int,
    seed_number: int,
    say: Callable[[str], None],
    *,
    shrink_seconds: float = SHRINK_SECONDS,
) -> Fuzzed:
    """Try ``count`` generated inputs.

    Raises:
        InputMismatchError: no input of the stage's type can be generated.
        NoetherError: as a run does that does not come about.
    """
    strategy = values_of(trial.stage.input)
    inputs = _generate(strategy, count, seed_number, trial)
    known: dict[bytes, Verdict] = {}
    left = iter(inputs.items())
    while batch := dict(islice(left, _AT_ONCE)):
        tried = trial.run([Case("generated", value) for value in batch.values()])
        known |= {encode(one.case.input): one for one in tried.verdicts}
        if tried.interrupted:
            return Fuzzed(len(known), seed_number, interrupted=True)
        failed = [one for one in tried.verdicts if not one.ok]
        if failed:
            first = len(encode(failed[0].case.input))
            say(f"an input of {first} bytes fails; looking for a smaller one")
            ended = len(known)
            small = _shrink(trial, strategy, len(inputs), seed_number, known, shrink_seconds)
            return Fuzzed(ended, seed_number, small or failed[0], first)
    return Fuzzed(len(known), seed_number)


def _quiet(count: int, phases: Sequence[Phase]) -> settings:
    return settings(
        max_examples=count,
        phases=phases,
        database=None,
        deadline=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )


def _generate(
    strategy: st.SearchStrategy[Json], count: int, seed_number: int, trial: StageTrial
) -> dict[bytes, Json]:
    inputs: dict[bytes, Json] = {}

    @seed(seed_number)
    @_quiet(count, [Phase.generate])
    @given(strategy)
    def collect(value: Json) -> None:
        inputs[encode(value)] = value

    try:
        collect()
    except Unsatisfiable as error:
        kind = render_type_short(trial.stage.input)
        raise InputMismatchError(
            f"no value of {kind} could be generated",
            hint="too few texts and numbers have this type: test examples instead",
        ) from error
    return inputs


def _shrink(
    trial: StageTrial,
    strategy: st.SearchStrategy[Json],
    count: int,
    seed_number: int,
    known: dict[bytes, Verdict],
    shrink_seconds: float,
) -> Verdict | None:
    """The smallest failing case that is found in time; nothing more runs once that is over."""
    ends = time.monotonic() + shrink_seconds
    stopped = False

    @seed(seed_number)
    @_quiet(count, [Phase.generate, Phase.shrink])
    @given(strategy)
    def judge(value: Json) -> None:
        nonlocal known, stopped
        data = encode(value)
        if data not in known and not stopped and time.monotonic() < ends:
            tried = trial.run([Case("generated", value)])
            known |= {encode(one.case.input): one for one in tried.verdicts}
            stopped = tried.interrupted
        verdict = known.get(data)
        if verdict is not None and not verdict.ok:
            raise _FoundError(verdict)

    try:
        judge()
    except _FoundError as found:
        return found.verdict
    return None
