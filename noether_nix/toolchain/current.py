"""The toolchain that stages run with: taken once, kept by name, changed only on request.

A system's next upgrade would otherwise silently give every call another key.
"""

import shlex
import time
from collections.abc import Callable

from noether_nix.database.connection import Database
from noether_nix.errors import HashMismatchError, ToolchainUnusableError
from noether_nix.process.nix import Nix
from noether_nix.toolchain.choice import ToolchainChoice
from noether_nix.toolchain.model import ToolchainReference
from noether_nix.toolchain.named import CURRENT, find_document


def find_toolchain(database: Database) -> ToolchainReference | None:
    """The toolchain that was taken, if one was; starts nothing and looks at no store.

    Raises:
        FormatError: the database holds something else under its name.
    """
    document = find_document(database)
    return None if document is None else ToolchainReference.parse(document)


def current_toolchain(
    database: Database, nix: Nix, choice: ToolchainChoice, *, say: Callable[[str], None]
) -> ToolchainReference:
    """The toolchain that was taken, in the store; taken now if this is the first time.

    Args:
        database: where it is named.
        nix: whose store it must be in.
        choice: what was chosen about toolchains; it matters only when one is taken.
        say: told in a few words what takes the time, if anything does.

    Raises:
        ToolchainUnusableError: none can be made, or the one that was taken is gone from the
            store and where it came from no longer gives it.
        HashMismatchError: the store's copy is not what was added to it.
    """
    known = find_toolchain(database)
    if known is None:
        return _take(database, nix, choice, say)
    if nix.physical(known.path).exists():
        if _is_altered(database, known):
            raise _altered(nix, known)
        return known
    found = _make(nix, choice.again(known), say)
    _note_whole(database, found)
    if found.path != known.path:
        raise ToolchainUnusableError(
            f"the toolchain {known.path} is gone from the store, and Python "
            f"{found.python_version} ({found.source}) now gives another ({found.path})",
            hint="noether toolchain update takes the new one; calls then have new keys",
        )
    _spare(nix, known)
    return known


def update_toolchain(
    database: Database, nix: Nix, choice: ToolchainChoice, *, say: Callable[[str], None]
) -> tuple[ToolchainReference | None, ToolchainReference]:
    """Take the toolchain anew; the one before may go with the next garbage collection.

    Returns:
        The toolchain before, if there was one, and the one from now on; they may be equal.

    Raises:
        ToolchainUnusableError: none can be made.
        HashMismatchError: the store's copy is not what was added to it.
    """
    before = find_toolchain(database)
    found = _make(nix, choice, say)
    _note_whole(database, found)
    _spare(nix, found)
    with database.transaction():
        _record(database, found)
    if before is not None and before.path != found.path:
        nix.drop_root(_root(before))
    return before, found


def _take(
    database: Database, nix: Nix, choice: ToolchainChoice, say: Callable[[str], None]
) -> ToolchainReference:
    found = _make(nix, choice, say)
    _spare(nix, found)
    with database.transaction():
        # Another process may have been as quick: the first one stands.
        first = find_toolchain(database)
        if first is None:
            _record(database, found)
    return found if first is None else first


def _make(nix: Nix, choice: ToolchainChoice, say: Callable[[str], None]) -> ToolchainReference:
    began = time.monotonic()
    found = choice.find_provider().make(nix, say=say)
    # The store takes what it already has on trust; it may be years old, or another's.
    if not nix.verify(found.path):
        raise _altered(nix, found)
    say(f"toolchain {found.path}, {time.monotonic() - began:.1f} s")
    return found


def check_toolchain(database: Database, nix: Nix, toolchain: ToolchainReference) -> None:
    """Hash every byte of a toolchain again; from one that was altered no run starts any more.

    Raises:
        HashMismatchError: it is not what was added to the store.
    """
    if nix.verify(toolchain.path):
        _note_whole(database, toolchain)
        return
    database.execute(
        "INSERT OR REPLACE INTO facts (name, value) VALUES (?, 'altered')",
        (_mark(toolchain),),
    )
    raise _altered(nix, toolchain)


def _mark(toolchain: ToolchainReference) -> str:
    return f"toolchain {toolchain.path}"


def _is_altered(database: Database, toolchain: ToolchainReference) -> bool:
    query = "SELECT value FROM facts WHERE name = ?"
    return database.row(str, query, (_mark(toolchain),)) is not None


def _note_whole(database: Database, toolchain: ToolchainReference) -> None:
    if _is_altered(database, toolchain):
        database.execute("DELETE FROM facts WHERE name = ?", (_mark(toolchain),))


def _altered(nix: Nix, toolchain: ToolchainReference) -> HashMismatchError:
    store = f" --store {shlex.quote(str(nix.folder))}" if nix.private else ""
    return HashMismatchError(
        f"{toolchain.path} in the store is not what was added to it",
        # Nix deletes nothing that others in the store refer to, as what was built with it.
        hint=f"noether store gc; nix-store{store} --delete --ignore-liveness {toolchain.path}; "
        "then run the command again",
    )


def _record(database: Database, toolchain: ToolchainReference) -> None:
    database.execute(
        "INSERT INTO toolchains (name, document) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET document = excluded.document",
        (CURRENT, toolchain.render()),
    )


def _spare(nix: Nix, toolchain: ToolchainReference) -> None:
    nix.add_root(_root(toolchain), toolchain.path)


def _root(toolchain: ToolchainReference) -> str:
    return f"toolchain-{toolchain.path.digest}"
