"""Stages by their ids, and the names that point to them."""

import re
from collections.abc import Iterable

from noether_nix.catalog.answers import (
    AcceptedEffect,
    Added,
    Ambiguous,
    Answer,
    Candidate,
    Entry,
    Found,
    Move,
    Unknown,
)
from noether_nix.database.connection import Database
from noether_nix.errors import (
    NameTakenError,
    Problem,
    StageInvalidError,
    UnknownNameError,
)
from noether_nix.inside.contract import InvalidValueError, decode, encode
from noether_nix.stage.document import stage_from_document, stage_to_document
from noether_nix.stage.model import Stage
from noether_nix.stage.names import NAME_RULE, is_stage_name

SHORTEST_PREFIX = 8

_ID = re.compile(r"[0-9a-f]{64}")
_PREFIX = re.compile(rf"[0-9a-f]{{{SHORTEST_PREFIX},63}}")
_NEAREST = 3
_CANDIDATES = 10


class Catalog:
    """The stages of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __repr__(self) -> str:
        return f"Catalog({self._database!r})"

    def add(self, stage: Stage, now: float) -> Added:
        """Keep a stage and point its name to it; what the name pointed to stays in the catalog.

        What is there already is not written again.
        """
        (added,) = self.add_all((stage,), now)
        return added

    def add_all(self, stages: Iterable[Stage], now: float) -> tuple[Added, ...]:
        """Keep several stages, all or none."""
        rows = [(stage, encode(stage_to_document(stage)).decode()) for stage in stages]
        if all(self._is_there(stage, document) for stage, document in rows):
            return tuple(Added(stage.id, new=False, previous=None) for stage, _ in rows)
        with self._database.transaction():
            return tuple(self._add(stage, document, now) for stage, document in rows)

    def find(self, reference: str) -> Answer:
        """What a name, an id or the beginning of an id (8 digits or more) means.

        A whole id is never a name, and a name goes before the beginning of an id. An id that no
        stage has may be that of a signature: of several stages with it the one counts that their
        name points to.

        Raises:
            DatabaseDamagedError: the stage is not what its id says.
        """
        if _ID.fullmatch(reference):
            ids = [reference] if self._has(reference) else self._of_signature(reference)
        elif named := self._pointed_to(reference):
            ids = [named]
        elif _PREFIX.fullmatch(reference):
            ids = self._database.rows(
                str,
                "SELECT id FROM stages WHERE id >= ?1 AND id < ?1 || 'g' ORDER BY id LIMIT ?2",
                (reference, _CANDIDATES),
            )
        else:
            ids = []
        if len(ids) == 1:
            return Found(self._load(ids[0]))
        if ids:
            return Ambiguous(reference, tuple(Candidate(one, self._names(one)) for one in ids))
        return Unknown(reference, self._nearest(reference))

    def entries(self) -> tuple[Entry, ...]:
        """Every stage that a name points to, by name; then the others, by id.

        Raises:
            DatabaseDamagedError: a stage is not what its id says.
        """
        rows = self._database.rows(
            lambda one, added: (str(one), float(added)), "SELECT id, added FROM stages"
        )
        entries = [Entry(self._load(one), self._names(one), added) for one, added in rows]
        return tuple(
            sorted(entries, key=lambda entry: (not entry.names, entry.names, entry.stage.id))
        )

    def count(self) -> int:
        """How many stages there are, named or not."""
        return self._database.row(int, "SELECT count(*) FROM stages") or 0

    def rename(self, old: str, new: str, now: float) -> None:
        """Let the name ``new`` point to what ``old`` points to, and ``old`` to nothing.

        Raises:
            NameTakenError: ``new`` points to another stage.
            StageInvalidError: ``new`` is no name.
            UnknownNameError: there is no name ``old``.
        """
        if not is_stage_name(new) or _ID.fullmatch(new):
            message = f"{new!r} is no name for a stage"
            problem = Problem("name-invalid", message, hint=NAME_RULE)
            raise StageInvalidError(message, hint=NAME_RULE, problems=(problem,))
        with self._database.transaction():
            stage = self._expect(old)
            taken = self._pointed_to(new)
            if taken is not None and taken != stage:
                raise NameTakenError(
                    f"the name {new} points to the stage {taken}",
                    hint=f"remove the name {new} first; the stage stays in the catalog",
                )
            self._point(old, stage, None, now)
            self._point(new, None, stage, now)

    def remove_name(self, name: str, now: float) -> None:
        """Let a name point to nothing; the stage stays in the catalog.

        Raises:
            UnknownNameError: there is no such name.
        """
        with self._database.transaction():
            self._point(name, self._expect(name), None, now)

    def moves(self, name: str) -> tuple[Move, ...]:
        """Where a name has pointed, the first first."""
        query = "SELECT name, old, new, time FROM stage_name_moves WHERE name = ? ORDER BY id"
        return tuple(self._database.rows(Move, query, (name,)))

    def accept_effects(self, accepted: Iterable[AcceptedEffect], now: float) -> None:
        """Record that stages of the catalog do not have effects that their code shows."""
        with self._database.transaction():
            for one in accepted:
                self._database.execute(
                    "INSERT OR IGNORE INTO accepted_effects VALUES (?, ?, ?, ?, ?)",
                    (one.stage, one.effect, one.place, one.reason, now),
                )

    def accepted_effects(self, stage: str) -> tuple[AcceptedEffect, ...]:
        """What was recorded of the stage with that id, the first first."""
        query = (
            "SELECT stage, effect, place, reason, time FROM accepted_effects"
            " WHERE stage = ? ORDER BY rowid"
        )
        return tuple(self._database.rows(AcceptedEffect, query, (stage,)))

    # ---------------------------------------------------------------- inside

    def _add(self, stage: Stage, document: str, now: float) -> Added:
        new = not self._has(stage.id)
        # Descriptions and tags are no part of an id: of those the last word counts.
        self._database.execute(
            "INSERT INTO stages VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id)"
            " DO UPDATE SET document = ?2, origin = ?3",
            (stage.id, document, stage.origin or "", now),
        )
        previous = self._pointed_to(stage.name)
        if previous != stage.id:
            self._point(stage.name, previous, stage.id, now)
        return Added(stage.id, new=new, previous=None if previous == stage.id else previous)

    def _is_there(self, stage: Stage, document: str) -> bool:
        query = (
            "SELECT count(*) FROM stages JOIN stage_names ON stage = id"
            " WHERE id = ? AND name = ? AND document = ?"
        )
        return self._database.row(bool, query, (stage.id, stage.name, document)) or False

    def _of_signature(self, signature: str) -> list[str]:
        """The stages of a signature; only the one that its name points to, if there is one."""
        # Elsewhere in a document the same text may stand too, as in an example.
        query = "SELECT id FROM stages WHERE instr(document, ?) ORDER BY id"
        wanted = f'"signature_id":"{signature}"'
        loaded = map(self._load, self._database.rows(str, query, (wanted,)))
        stages = [stage for stage in loaded if stage.signature_id == signature]
        named = [stage for stage in stages if self._pointed_to(stage.name) == stage.id]
        return [stage.id for stage in named or stages][:_CANDIDATES]

    def _has(self, stage: str) -> bool:
        return self._database.row(str, "SELECT id FROM stages WHERE id = ?", (stage,)) is not None

    def _pointed_to(self, name: str) -> str | None:
        # Words from a command line may hold what is no text at all.
        if not is_stage_name(name):
            return None
        return self._database.row(str, "SELECT stage FROM stage_names WHERE name = ?", (name,))

    def _expect(self, name: str) -> str:
        stage = self._pointed_to(name)
        if stage is None:
            near = ", ".join(self._nearest(name))
            raise UnknownNameError(
                f"no stage is named {name!r}", hint=f"did you mean {near}?" if near else ""
            )
        return stage

    def _point(self, name: str, old: str | None, new: str | None, now: float) -> None:
        if new is None:
            self._database.execute("DELETE FROM stage_names WHERE name = ?", (name,))
        else:
            self._database.execute("INSERT OR REPLACE INTO stage_names VALUES (?, ?)", (name, new))
        self._database.execute(
            "INSERT INTO stage_name_moves VALUES (NULL, ?, ?, ?, ?)", (name, old, new, now)
        )

    def _names(self, stage: str) -> tuple[str, ...]:
        query = "SELECT name FROM stage_names WHERE stage = ? ORDER BY name"
        return tuple(self._database.rows(str, query, (stage,)))

    def _nearest(self, reference: str) -> tuple[str, ...]:
        import difflib  # only a mistake needs it

        names = self._database.rows(str, "SELECT name FROM stage_names")
        return tuple(difflib.get_close_matches(reference[:80].casefold(), names, n=_NEAREST))

    def _load(self, stage_id: str) -> Stage:
        row = self._database.row(
            lambda document, origin: (str(document), str(origin)),
            "SELECT document, origin FROM stages WHERE id = ?",
            (stage_id,),
        )
        if row is None:
            raise self._database.damaged(f"a name points to {stage_id}, and it is not there")
        try:
            document = decode(row[0].encode())
            if not isinstance(document, dict):
                raise self._database.damaged(f"what is kept as {stage_id} is no stage")
            stage = stage_from_document(document, place=stage_id, origin=row[1] or None)
        except InvalidValueError as error:
            raise self._database.damaged(f"stage {stage_id}: {error}") from error
        except StageInvalidError as error:
            raise self._database.damaged(f"stage {stage_id}: {error.message}") from error
        if stage.id != stage_id:
            raise self._database.damaged(f"what is kept as {stage_id} is the stage {stage.id}")
        return stage
