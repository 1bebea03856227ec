"""What is remembered of questions, under names that stand for all that decides their answers.

Every text is sealed with its name: a row that was edited, or stands under another's name, is not
there. What is forgotten costs time and nothing else.
"""

import hashlib
import json
import os
from pathlib import Path

from noether_nix import __version__
from noether_nix.database.connection import Database
from noether_nix.run.house import House

_KEPT = 500


def keep_memo(house: House, name: str, text: str) -> None:
    """Keep what may be asked for by that name, and of all memos the last few hundred."""
    database = house.database
    with database.transaction():
        database.execute(
            "INSERT OR REPLACE INTO memos VALUES (?, ?, ?, ?)",
            (name, text, _seal(name, text), house.now()),
        )
        database.execute(
            "DELETE FROM memos WHERE name NOT IN"
            " (SELECT name FROM memos ORDER BY time DESC LIMIT ?)",
            (_KEPT,),
        )


def forget_all(house: House) -> None:
    """Forget every memo: what it needs may be gone, and it holds inputs that are to go."""
    house.database.execute("DELETE FROM memos")


def find_memo(database: Database, name: str) -> str | None:
    """What was kept by that name, unless it is not what was kept."""
    found = database.row(
        lambda text, seal: (str(text), str(seal)),
        "SELECT document, seal FROM memos WHERE name = ?",
        (name,),
    )
    return None if found is None or _seal(name, found[0]) != found[1] else found[0]


def code_digest(*rooms: str) -> str:
    """Changes with our own code in these rooms, as what a graph means and what its keys are."""
    package = Path(__file__).parent.parent
    stamps = []
    for room in rooms:
        with os.scandir(package / room) as entries:
            files = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py")]
        stamps += [(room, name, at.st_mtime_ns, at.st_size) for name, at in sorted(files)]
    facts = [__version__, str(package), stamps]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _seal(name: str, text: str) -> str:
    """Joins question and answer, so that neither is believed with another's."""
    return hashlib.sha256(f"{name}\n{text}".encode()).hexdigest()
