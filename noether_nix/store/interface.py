"""What the house asks of those who keep results and large values, and what they answer."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

from noether_nix.frozen import dataclass
from noether_nix.store.record import Record

InputAndValue: TypeAlias = tuple[str, bytes]
"""The SHA-256 of an input in hex, and the value that a program gave for it."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One key, two values: some stage is not what it claims to be. Both are kept.

    Attributes:
        kept: the one that the key goes on to give: the first, of those of the best isolation.
        other: the other one.
    """

    key: str
    kept: Record
    other: Record


@dataclass(frozen=True, slots=True)
class Damaged:
    """A result that is not what was recorded and was moved out of the way."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Readable:
    """The results of some keys whose values can be had, and what was found damaged.

    Attributes:
        values: what the records stand for, verified just now.
    """

    records: Mapping[str, Record]
    values: Mapping[str, bytes]
    damaged: tuple[Damaged, ...] = ()


class ResultKeeper(Protocol):
    """Keeps what calls gave, under their keys."""

    def find(self, key: str) -> Record | None:
        """The record of a call, if there is one.

        Raises:
            DatabaseDamagedError: there is one, and it is not as it was written.
        """
        ...

    def find_many(self, keys: Collection[str]) -> dict[str, Record]:
        """The records that there are, by key.

        Raises:
            DatabaseDamagedError: one of them is not as it was written.
        """
        ...

    def find_readable(self, keys: Collection[str]) -> Readable:
        """The records whose values can be read and are what was recorded.

        A damaged record, or one whose value is damaged or gone, is moved out of the way: its call
        is unknown from then on, and runs again.
        """
        ...

    def find_by_inputs(self, program: str, inputs: Collection[str]) -> Readable:
        """As :meth:`find_readable`, for calls of one program, by the SHA-256 (hex) of their inputs.

        Program and input make the key, so it finds the same; but for many calls of one program it
        costs more to compute their keys than to find the records.
        """
        ...

    def record(self, records: Sequence[Record]) -> tuple[Contradiction, ...]:
        """Keep records, all or none; recording twice is recording once.

        Another value for a known key does not replace the first: both are kept, and told. But a
        record of better isolation takes the place of one of less, whatever their values.
        """
        ...

    def read(self, record: Record) -> bytes:
        """The value of a record.

        Raises:
            HashMismatchError: it is gone, or not what was recorded.
        """
        ...

    def known_inputs(
        self,
        programs: Iterable[str],
        *,
        least: str,
        limit_each: int,
        limit_bytes: int,
        limit_large: int = 0,
        limit_large_bytes: int = 0,
    ) -> dict[str, list[InputAndValue]]:
        """Other inputs of the same programs, with their values, the newest first.

        Args:
            programs: those asked about; each is in the answer.
            least: the least isolation under which they were computed.
            limit_each: at most so many for one program.
            limit_bytes: at most so many bytes of small values altogether; earlier programs go
                first.
            limit_large: of those, at most so many large values for one program.
            limit_large_bytes: at most so many bytes of large values altogether.
        """
        ...

    def touch(self, keys: Collection[str], time: float) -> int:
        """Note that results were used; says how many notes that took: one a day and key."""
        ...

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Every contradiction that was ever recorded, in that order."""
        ...


@dataclass(frozen=True, slots=True)
class HeldValue:
    """A large value that is spared by garbage collection.

    Attributes:
        path: its store path.
        since: when it was first held, in seconds since 1970.
    """

    path: str
    size_bytes: int
    since: float


class ValueFiles(Protocol):
    """Keeps large values as files that have the names of their store paths."""

    def add(self, values: Mapping[str, bytes]) -> dict[str, Path]:
        """Keep values by their flat fixed store paths; says where each file is.

        What is there and damaged is mended.

        Raises:
            InternalError: a path is not that of its value.
            HashMismatchError: a damaged file could not be mended.
            StoreFullError: there is no room.
            StoreUnwritableError: the store or the folder for roots cannot be written.
        """
        ...

    def read(self, path: str) -> bytes | None:
        """What the file holds, unverified; None when it cannot be read."""
        ...

    def remove(self, path: str) -> None:
        """Hold a value no longer: the next collection may take the file. Twice is once."""
        ...

    def held(self) -> tuple[HeldValue, ...]:
        """Every value that is held."""
        ...
