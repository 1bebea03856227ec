"""Repetitions in turn: the contestants of a contest meet in every round, so that a busy minute
of the machine hits all of them."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.contestants import BenchmarkError, Taken

Entry = Callable[[], Taken]

# A contest's rounds: each gives, on a fresh workload, what every contestant is to do.
Round = Callable[[], Mapping[str, Entry]]


@dataclass(frozen=True)
class Contest:
    """One line of the table.

    Attributes:
        name: what is done.
        bound: the most seconds that noether may take by the project's own promise.
        compared: whether all contestants must come to the same value.
        fewer: contestants that are too slow for every round, with how many they take part in.
    """

    name: str
    prepare: Round
    bound: float | None = None
    compared: bool = True
    fewer: Mapping[str, int] = field(default_factory=dict)


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


def hold(contest: Contest, repetitions: int, say: Callable[[str], None]) -> dict[str, Timing]:
    """Every contestant's timing, by name.

    Raises:
        BenchmarkError: one failed, or two came to different values.
    """
    seconds: dict[str, dict[int, float]] = {}
    for number in range(repetitions):
        entries = [
            (name, entry)
            for name, entry in contest.prepare().items()
            if number < contest.fewer.get(name, repetitions)
        ]
        # Who starts changes from round to round.
        turn = number % len(entries)
        answers = {}
        for name, entry in entries[turn:] + entries[:turn]:
            taken = entry()
            seconds.setdefault(name, {})[number] = taken.seconds
            answers[name] = taken.answer
        if contest.compared:
            _compare(contest.name, answers)
        told = ", ".join(f"{name} {seconds[name][number]:.3f} s" for name, _ in entries)
        say(f"{contest.name} {number + 1}/{repetitions}: {told}")
    return {name: Timing(times) for name, times in seconds.items()}


def _compare(name: str, answers: Mapping[str, object]) -> None:
    first, *others = answers.items()
    for other in others:
        if other[1] != first[1]:
            raise BenchmarkError(
                f"{name}: {first[0]} gave {str(first[1])[:200]}, {other[0]} {str(other[1])[:200]}"
            )
