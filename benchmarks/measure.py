"""Repetitions in turn: the contestants of a contest meet in every round, so that a busy minute
of the machine hits all of them."""

import statistics
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from benchmarks.contestants import BenchmarkError, ProcessFailedError, Taken

Entry = Callable[[], Taken]

# A contest's rounds: by its number each gives what every contestant is to do.
Round = Callable[[int], Mapping[str, Entry]]


@dataclass(frozen=True)
class Contest:
    """One line of the table.

    Attributes:
        name: what is done.
        prepare: what is to be done in a round.
        bound: the most seconds that noether may take by the project's own promise.
        margin: how many times faster than every peer that isolates calls it is to be.
        compared: whether all contestants must come to the same value.
        calls: how many there are; none where that says nothing.
        left_out: who does not take part, and why.
        remarks: what the table says beside somebody's seconds; rounds may add some.
    """

    name: str
    prepare: Round
    bound: float | None = None
    margin: float | None = None
    compared: bool = True
    calls: int | None = None
    left_out: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rounds:
    """How often a contest is held.

    Attributes:
        repetitions: rounds.
        patience: a contestant goes home when one more round like its longest would bring its
            seconds in the contest above this; it always takes part in the first.
        always: contestants that stay, and with whose failure everything ends.
    """

    repetitions: int
    patience: float = float("inf")
    always: Collection[str] = ()

    def stays(self, name: str, seconds: Collection[float]) -> bool:
        """Whether a contestant that took these seconds takes part in the next round."""
        if not seconds or name in self.always:
            return True
        return sum(seconds) + max(seconds) <= self.patience


@dataclass(frozen=True)
class Timing:
    """The seconds that one contestant took, by the number of the round."""

    by_round: Mapping[int, float]

    @property
    def seconds(self) -> tuple[float, ...]:
        return tuple(self.by_round.values())

    def times_of(self, other: "Timing") -> float:
        """How many times the other's seconds: the median over the rounds in which both met.

        A ratio of two medians would compare a slow round of one with a quick one of the other
        wherever they took part in different rounds, or the machine's load changed between.
        """
        both = self.by_round.keys() & other.by_round.keys()
        return statistics.median(self.by_round[number] / other.by_round[number] for number in both)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def quartiles(self) -> tuple[float, float]:
        if len(self.seconds) < 2:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return low, high


def hold(contest: Contest, rounds: Rounds, say: Callable[[str], None]) -> dict[str, Timing]:
    """Every contestant's timing, by name.

    Whose process fails is left out from then on, and the contest says so.

    Raises:
        BenchmarkError: one that always stays failed, one did not do what is measured, or two came
            to different values.
    """
    seconds: dict[str, dict[int, float]] = {}
    for number in range(rounds.repetitions):
        entries = [
            (name, entry)
            for name, entry in contest.prepare(number).items()
            if name not in contest.left_out and rounds.stays(name, seconds.get(name, {}).values())
        ]
        # Who starts changes from round to round.
        turn = number % len(entries)
        answers = {}
        for name, entry in entries[turn:] + entries[:turn]:
            try:
                taken = entry()
            except ProcessFailedError as error:
                if name in rounds.always:
                    raise
                contest.left_out[name] = f"failed in {contest.name}"
                say(f"{name} goes home: {error}")
                continue
            seconds.setdefault(name, {})[number] = taken.seconds
            answers[name] = taken.answer
        if contest.compared:
            _compare(contest.name, answers)
        told = ", ".join(f"{name} {seconds[name][number]:.3f} s" for name in answers)
        say(f"{contest.name} {number + 1}/{rounds.repetitions}: {told}")
    return {name: Timing(times) for name, times in seconds.items()}


def _compare(name: str, answers: Mapping[str, object]) -> None:
    first, *others = answers.items()
    for other in others:
        if other[1] != first[1]:
            raise BenchmarkError(
                f"{name}: {first[0]} gave {str(first[1])[:200]}, {other[0]} {str(other[1])[:200]}"
            )
