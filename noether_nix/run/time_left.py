"""How much of a run's own time is left (the limit ``run``)."""

import time


class TimeLeft:
    """Counts from when it is made; without a limit it never ends."""

    def __init__(self, run_seconds: int | None) -> None:
        self.run_seconds = run_seconds
        self._began = time.monotonic()

    @property
    def spent_seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._began

    @property
    def left_seconds(self) -> float | None:
        """What is left, below nothing when it is over; None where there is no limit."""
        return None if self.run_seconds is None else self.run_seconds - self.spent_seconds

    def is_over(self) -> bool:
        """Whether nothing may begin any more."""
        left = self.left_seconds
        return left is not None and left <= 0
