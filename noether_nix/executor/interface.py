"""What the house asks of whoever runs calls, and the answers it understands."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass, field
from noether_nix.inside.region import Region
from noether_nix.plan.interpreter import Interpreter


@dataclass(frozen=True, slots=True)
class SandboxProved:
    """The sandbox was looked at from inside, before any call.

    Attributes:
        level: of :data:`noether_nix.inside.levels.LEVELS`; what it promises was tried and held.
        evidence: what was seen; under ``wanting`` what better levels lack, in words.
    """

    level: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallBegan:
    """The call with this index has been started."""

    index: int


@dataclass(frozen=True, slots=True)
class CallDone:
    """A call has ended, and this is all there is to know of it but its log.

    Attributes:
        outcome: of the closed set of design 5 and 11.7, or ``known``: the input turned out to
            be one whose result was known already.
        input_sha256: of the encoded input; empty when there never was one.
        value: the encoded result of a call that succeeded, else None.
        detail: the facts of an outcome that is not ``succeeded``.
        used: ``cpu_seconds``, ``memory_bytes``.
        log_bytes: how much the call printed, as far as it was kept.
        beside: whether another call ran at the same time, and may have slowed it.
        times: where the region asked for them, when on the kernel's monotonic clock it began,
            stood behind its fences, ended, and was taken down.
    """

    index: int
    outcome: str
    input_sha256: str
    seconds: float
    value: bytes | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    used: Mapping[str, Any] = field(default_factory=dict)
    log_bytes: int = 0
    beside: bool = False
    times: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class CallLogged:
    """What a call printed. Comes after its :class:`CallDone`, if it printed at all."""

    index: int
    log: bytes


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing has happened for a moment: a good time to keep what was heard."""


@dataclass(frozen=True, slots=True)
class BuildLost:
    """A build ended early, and the executor goes on by itself; in words, what and how."""

    words: str


@dataclass(frozen=True, slots=True)
class CallFailedOnce:
    """A call has ended in a way in which it need not, and is made once more after a while.

    Attributes:
        outcome: how it ended this time.
        detail: the facts of that; none where they were too many to be told.
        seconds: how long it ran.
        pause_seconds: how long it is until it begins once more.
        times: as those of :class:`CallDone`.
    """

    index: int
    outcome: str
    detail: Mapping[str, Any]
    seconds: float
    pause_seconds: float
    times: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class CallsGrown:
    """An each has grown (``inside/growing.py``), and so has its region.

    Attributes:
        each: its number.
        items: how many it has.
        first: the index of its first call.
    """

    each: int
    items: int
    first: int


ExecutorEvent: TypeAlias = (
    SandboxProved
    | CallsGrown
    | CallBegan
    | CallFailedOnce
    | CallDone
    | CallLogged
    | BuildLost
    | Idle
)
Listener: TypeAlias = Callable[[ExecutorEvent], None]


class Executor(Protocol):
    """Runs regions of calls in a sandbox."""

    def execute(
        self,
        region: Region,
        interpreter: Interpreter,
        files: Mapping[StorePath, bytes],
        on_event: Listener,
    ) -> None:
        """Run every call of ``region`` that can run; each gets one :class:`CallDone`.

        Args:
            region: what to run; its token is the executor's to set.
            interpreter: what the calls run with.
            files: the large values that the region names by path.
            on_event: is told while it happens, in this thread.

        Raises:
            SandboxUnavailableError: the isolation asked for does not stand; no call has run.
            BuilderLostError: the build ended early. Calls that were done have been told of.
            RunInterruptedError: it was stopped by who asked for it, in order; likewise.
            ToolError: Nix could not do its part.
        """
        ...
