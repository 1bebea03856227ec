"""Results in dictionaries, for tests of those who need some; see tests/contract."""

from collections.abc import Collection, Iterable, Sequence

from noether_nix.errors import HashMismatchError
from noether_nix.inside.levels import is_at_least
from noether_nix.store.interface import (
    Contradiction,
    Damaged,
    InputAndValue,
    Readable,
    ValueFiles,
)
from noether_nix.store.record import Record, check_value


class MemoryResults:
    """A ResultKeeper that forgets everything with its process."""

    def __init__(self, values: ValueFiles) -> None:
        self._values = values
        self._records: dict[str, Record] = {}
        self._others: dict[tuple[str, str], Record] = {}
        self._days: dict[str, int] = {}

    def forget(self, keys: Iterable[str]) -> None:
        """Lose results, as when somebody collects garbage."""
        for key in keys:
            self._records.pop(key, None)

    def find(self, key: str) -> Record | None:
        return self._records.get(key)

    def find_many(self, keys: Collection[str]) -> dict[str, Record]:
        return {key: self._records[key] for key in keys if key in self._records}

    def find_readable(self, keys: Collection[str]) -> Readable:
        damaged: list[Damaged] = []
        for key, record in self.find_many(keys).items():
            try:
                self.read(record)
            except HashMismatchError as error:
                del self._records[key]
                damaged.append(Damaged(key, error.message))
        found = self.find_many(keys)
        return Readable(
            found, {key: self.read(record) for key, record in found.items()}, tuple(damaged)
        )

    def find_by_inputs(self, program: str, inputs: Collection[str]) -> Readable:
        found = [
            key
            for key, record in self._records.items()
            if record.program == program and record.input_sha256 in inputs
        ]
        return self.find_readable(found)

    def record(self, records: Sequence[Record]) -> tuple[Contradiction, ...]:
        contradictions: list[Contradiction] = []
        for record in records:
            kept = self._records.setdefault(record.key, record)
            first, other = kept, record
            if not is_at_least(kept.level, record.level):
                self._records[record.key] = first = record
                other = kept
            if not kept.gives_the_value_of(record):
                self._others.setdefault((record.key, other.value_sha256), other)
                contradictions.append(Contradiction(record.key, first, other))
        return tuple(contradictions)

    def read(self, record: Record) -> bytes:
        value = record.inline
        if record.value_path is not None:
            value = self._values.read(record.value_path)
        reason = "gone" if value is None else check_value(record, value)
        if value is None or reason is not None:
            raise HashMismatchError(f"{record.key}: {reason}")
        return value

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
        known: dict[str, list[InputAndValue]] = {}
        newest = sorted(self._records.values(), key=lambda each: each.time, reverse=True)
        for program in programs:
            known[program] = []
            large_left = limit_large
            same = [
                each
                for each in newest
                if each.program == program
                and (each.inline is not None or limit_large)
                and is_at_least(each.level, least)
            ]
            for record in same[:limit_each]:
                large = record.inline is None
                if large and (not large_left or record.value_size > limit_large_bytes):
                    continue
                if not large and record.value_size > limit_bytes:
                    continue
                try:
                    value = self.read(record)
                except HashMismatchError:
                    continue
                known[program].append((record.input_sha256, value))
                large_left -= large
                limit_large_bytes -= len(value) if large else 0
                limit_bytes -= 0 if large else len(value)
        return known

    def touch(self, keys: Collection[str], time: float) -> int:
        day = int(time // 86_400)
        stale = [key for key in self.find_many(keys) if self._days.get(key, 0) < day]
        self._days.update(dict.fromkeys(stale, day))
        return len(stale)

    def contradictions(self) -> tuple[Contradiction, ...]:
        return tuple(
            Contradiction(key, self._records[key], other)
            for (key, _), other in self._others.items()
            if key in self._records
        )
