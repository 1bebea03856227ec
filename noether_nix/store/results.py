"""Results in the database, large values beside it."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from noether_nix.database.connection import Database
from noether_nix.database.retention import DAY_SECONDS
from noether_nix.errors import HashMismatchError
from noether_nix.frozen import dataclass, replace
from noether_nix.inside.levels import is_at_least, levels_down_to
from noether_nix.store.interface import (
    Contradiction,
    Damaged,
    InputAndValue,
    Readable,
    ValueFiles,
)
from noether_nix.store.record import (
    COLUMNS,
    Record,
    check_value,
    record_from_row,
    record_to_row,
)

# A place for the row's number and for each of the columns of a record.
_INSERT = """
    INSERT INTO results
    VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_CONTRADICTION = _INSERT.replace("INTO results", "OR IGNORE INTO contradictions")
# The reason stands before what came later.
_MOVE_ASIDE = """
    INSERT INTO damaged_results (id, $columns, reason)
    SELECT id, $columns, ? FROM results WHERE id = ?
""".replace("$columns", ", ".join(COLUMNS))
_BROKEN = "the record is not as it was written"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of results: its record, or None when it is not as it was written."""

    id: int
    key: str
    record: Record | None


class ResultStore:
    """The :class:`~noether_nix.store.interface.ResultKeeper` of one database."""

    def __init__(self, database: Database, values: ValueFiles) -> None:
        self._database = database
        self._values = values

    def __repr__(self) -> str:
        return f"ResultStore({self._database!r})"

    def find(self, key: str) -> Record | None:
        """See :class:`~noether_nix.store.interface.ResultKeeper`, here and below."""
        return self.find_many((key,)).get(key)

    def find_many(self, keys: Collection[str]) -> dict[str, Record]:
        found: dict[str, Record] = {}
        for row in self._look_up(keys):
            if row.record is None:
                raise self._database.damaged(f"{_BROKEN}: {row.key}")
            found[row.key] = row.record
        return found

    def find_readable(self, keys: Collection[str]) -> Readable:
        return self._readable(self._look_up(keys))

    def find_by_inputs(self, program: str, inputs: Collection[str]) -> Readable:
        wanted = set(inputs)
        rows = self._database.rows(
            _row,
            "SELECT * FROM results WHERE program = ?"
            " AND input_sha256 IN (SELECT value FROM json_each(?))",
            (program, json.dumps(list(wanted))),
        )
        return self._readable(
            row if _is_of(row.record, program, wanted) else replace(row, record=None)
            for row in rows
        )

    def _readable(self, rows: Iterable[_Row]) -> Readable:
        records: dict[str, Record] = {}
        values: dict[str, bytes] = {}
        unreadable: list[tuple[_Row, str]] = []
        for row in rows:
            value = None if row.record is None else self._bytes(row.record)
            reason = _fault(row.record, value)
            if row.record is None or value is None or reason is not None:
                unreadable.append((row, reason or _BROKEN))
            else:
                records[row.key], values[row.key] = row.record, value
        if unreadable:
            self._move_aside(unreadable)
        return Readable(records, values, tuple(Damaged(row.key, why) for row, why in unreadable))

    def record(self, records: Sequence[Record]) -> tuple[Contradiction, ...]:
        with self._database.transaction():
            rows = self._look_up({record.key for record in records})
            self._move_aside([(row, _BROKEN) for row in rows if row.record is None])
            known = {row.key: row.record for row in rows}
            new: dict[str, Record] = {}
            replaced: set[str] = set()
            contradictions: list[Contradiction] = []
            for record in records:
                kept = known.get(record.key)
                better = kept is None or not is_at_least(kept.level, record.level)
                if better:
                    known[record.key] = new[record.key] = record
                if kept is not None and better:
                    replaced.add(record.key)
                if kept is not None and not kept.gives_the_value_of(record):
                    first, other = (record, kept) if better else (kept, record)
                    contradictions.append(Contradiction(record.key, first, other))
            self._remove(replaced)
            self._database.execute_many(_INSERT, map(record_to_row, new.values()))
            others = (record_to_row(both.other) for both in contradictions)
            self._database.execute_many(_INSERT_CONTRADICTION, others)
        return tuple(contradictions)

    def read(self, record: Record) -> bytes:
        value = self._bytes(record)
        reason = "the value is gone" if value is None else check_value(record, value)
        if value is None or reason is not None:
            raise HashMismatchError(
                f"result of {record.key}: {reason}",
                hint="run the graph again: a damaged result is found, set aside and computed anew",
            )
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
        room, large_room = limit_bytes, limit_large_bytes
        known: dict[str, list[InputAndValue]] = {}
        for program in dict.fromkeys(programs):
            known[program] = []
            large_left = limit_large
            for record in self._newest(program, least, limit_each, large=limit_large > 0):
                is_large = record.value_path is not None
                if record.value_size > (large_room if is_large else room):
                    continue
                if is_large and large_left == 0:
                    continue
                value = self._bytes(record)
                if value is None or check_value(record, value) is not None:
                    continue
                known[program].append((record.input_sha256, value))
                if is_large:
                    large_left -= 1
                    large_room -= len(value)
                else:
                    room -= len(value)
        return known

    def touch(self, keys: Collection[str], time: float) -> int:
        day = int(time // DAY_SECONDS)
        stale = self._database.rows(
            str,
            "SELECT results.key FROM results LEFT JOIN result_uses USING (key)"
            " WHERE results.key IN (SELECT value FROM json_each(?)) AND coalesce(day, 0) < ?",
            (json.dumps(list(keys)), day),
        )
        # Nearly always there is nothing to write, and a run that does nothing writes nothing.
        if not stale:
            return 0
        return self._database.execute_many(
            # The results may have gone in the meantime.
            "INSERT OR REPLACE INTO result_uses SELECT key, ? FROM results WHERE key = ?",
            [(day, key) for key in stale],
        )

    def contradictions(self) -> tuple[Contradiction, ...]:
        others = [
            row.record
            for row in self._database.rows(_row, "SELECT * FROM contradictions ORDER BY id")
            if row.record is not None
        ]
        # The kept one may have been collected: then there is no contradiction any more.
        kept = self.find_many({other.key for other in others})
        return tuple(
            Contradiction(other.key, kept[other.key], other)
            for other in others
            if other.key in kept
        )

    # ---------------------------------------------------------------- inside

    def _look_up(self, keys: Collection[str]) -> list[_Row]:
        """The row of every key that there is; one that the index got wrong has no record."""
        wanted = set(keys)
        rows = self._database.rows(
            _row,
            "SELECT * FROM results WHERE key IN (SELECT value FROM json_each(?))",
            (json.dumps(list(wanted)),),
        )
        return [row if row.key in wanted else replace(row, record=None) for row in rows]

    def _newest(self, program: str, least: str, limit: int, *, large: bool) -> Iterator[Record]:
        rows = self._database.rows(
            _row,
            "SELECT * FROM results WHERE program = ? AND (inline IS NOT NULL OR ?)"
            " AND level IN (SELECT value FROM json_each(?))"
            " ORDER BY time DESC, id DESC LIMIT ?",
            (program, large, json.dumps(levels_down_to(least)), limit),
        )
        records = (row.record for row in rows)
        return (record for record in records if record is not None and record.program == program)

    def _bytes(self, record: Record) -> bytes | None:
        if record.value_path is None:
            return record.inline
        return self._values.read(record.value_path)

    def _remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._database.execute("DELETE FROM results WHERE key = ?", (key,))

    def _move_aside(self, unreadable: Iterable[tuple[_Row, str]]) -> None:
        with self._database.transaction():
            for row, reason in unreadable:
                self._database.execute(_MOVE_ASIDE, (reason, row.id))
                self._database.execute("DELETE FROM results WHERE id = ?", (row.id,))


def _fault(record: Record | None, value: bytes | None) -> str | None:
    if record is None:
        return _BROKEN
    return "the value is gone" if value is None else check_value(record, value)


def _is_of(record: Record | None, program: str, inputs: Collection[str]) -> bool:
    return record is not None and record.program == program and record.input_sha256 in inputs


def _row(number: int, *columns: Any) -> _Row:
    return _Row(number, str(columns[0]), record_from_row(columns))
