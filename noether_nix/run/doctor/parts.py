"""The parts of a run, each asked for as a run does, in a run's order.

A part that refuses here raises what it raises there, so the words are the same.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping

from noether_nix.database.connection import Database
from noether_nix.errors import NoetherError, ToolError
from noether_nix.executor.nix import NixExecutor
from noether_nix.executor.probe import probe
from noether_nix.inside.contract import Json
from noether_nix.process.build_users import find_build_users
from noether_nix.process.nix_programs import NixPrograms, list_nix, read_version
from noether_nix.process.places import machine_store
from noether_nix.run.doctor.finding import Finding, odd, refused, unseen, well
from noether_nix.run.house import House
from noether_nix.toolchain.current import check_toolchain, find_toolchain
from noether_nix.toolchain.interpreter import inspect_interpreter, running_interpreter


def examine_parts(house: House) -> Iterator[Finding]:
    """Look at every part that the ones before it let us look at."""
    bad: set[str] = set()
    for name, (needs, look) in _PARTS.items():
        lacking = [need for need in needs if need in bad]
        if lacking:
            bad.add(name)
            yield unseen(name, f"it needs {'Nix' if lacking[0] == 'nix' else f'the {lacking[0]}'}")
            continue
        try:
            yield look(house)
        except NoetherError as error:
            bad.add(name)
            yield refused(name, error)


def _database(house: House) -> Finding:
    database = house.database
    # What a run does first: a disk may have room to read and none to write.
    database.execute(
        "INSERT OR REPLACE INTO facts (name, value) VALUES ('doctor', ?)", (str(house.now()),)
    )
    facts: dict[str, Json] = {
        "path": str(database.path),
        "bytes": database.path.stat().st_size,
        "journal": database.row(str, "PRAGMA journal_mode"),
        "runs": database.row(int, "SELECT count(*) FROM runs"),
        "results": database.row(int, "SELECT count(*) FROM results"),
    }
    damage = database.find_damage()
    if damage:
        error = database.damaged("; ".join(damage[:3]))
        return odd("database", error.message, error.hint, {**facts, "damage": list(damage)})
    words = f"{database.path}, {_counted(database)}, whole, writable"
    return well("database", words, facts)


def _counted(database: Database) -> str:
    results = database.row(int, "SELECT count(*) FROM results")
    runs = database.row(int, "SELECT count(*) FROM runs")
    return f"{results} results of {runs} runs"


def _nix(house: House) -> Finding:
    programs = house.nix.programs
    version = read_version(programs, home=house.settings.home)
    others = [
        str(other.folder)
        for other in list_nix(house.settings.search_path)
        if _identity(other) != _identity(programs)
    ]
    facts: dict[str, Json] = {
        "folder": str(programs.folder),
        "flavour": version.flavour,
        "version": version.text,
        "named_by": "PATH" if house.settings.nix is None else "NOETHER_NIX",
        "others": list(others),
    }
    words = f"{version} in {programs.folder}"
    if others and house.settings.nix is None:
        hint = f"NOETHER_NIX={programs.folder} keeps to this one, whatever PATH becomes"
        return odd("nix", f"{words}, and others in {', '.join(others)}", hint, facts)
    return well("nix", words, facts)


def _identity(programs: NixPrograms) -> str:
    return programs.identity.partition(":")[0]


def _store(house: House) -> Finding:
    nix = house.nix
    nix.prepare()
    own = nix.build_users()
    builds_itself = nix.private or machine_store() == "local"
    builders = find_build_users() if os.geteuid() == 0 and builds_itself and not own else ()
    facts: dict[str, Json] = {
        "private": nix.private,
        "folder": str(nix.store_folder),
        "builders": [str(user) for user in own.users] if own else list(builders),
    }
    who = "builds run as yourself, in a user namespace"
    if not builds_itself:
        who = "builds run as nix-daemon has them run"
    if own:
        who = f"builds run as users {own.users[0]} to {own.users[-1]}, which no other store has"
    if builders:
        who = f"builds run as {builders[0]}, one of {len(builders)} build users"
    if nix.private:
        return well("store", f"private, in {nix.folder}; {who}", facts)
    return odd(
        "store",
        "the machine's own: every user of this machine can read the plans, values and logs of "
        "builds in /nix/store",
        "leave the setting `store` out: a private store is 0700",
        facts,
    )


def _toolchain(house: House) -> Finding:
    before = find_toolchain(house.database)
    there = before is not None and house.nix.physical(before.path).exists()
    began = time.monotonic()
    interpreter = house.interpreter
    taken = time.monotonic() - began
    found = find_toolchain(house.database)
    assert found is not None
    check_toolchain(house.database, house.nix, found)
    now = _machine_python(house) if found.provider == "host" else None
    facts: dict[str, Json] = {
        **interpreter.to_document(),
        "nar_hash": str(found.nar_hash),
        "taken_now": not there,
        "machine_python": now,
    }
    words = f"Python {found.python_version} ({found.provider}), every byte as it was taken"
    if not there:
        words += f"; taken now, in {taken:.1f} s"
    if now is not None and now != found.python_version:
        words += (
            f"; the machine has Python {now} now: `noether toolchain update` would take it, "
            "and every call would run again"
        )
    return well("toolchain", words, facts)


def _machine_python(house: House) -> str | None:
    """The version that a toolchain would be made of now; None where none could be."""
    program = house.settings.python or running_interpreter()
    try:
        return inspect_interpreter(program, home=house.nix.folder / "home").version_text
    except ToolError:  # what was taken is used all the same
        return None


def _sandbox(house: House) -> Finding:
    began = time.monotonic()
    executor = NixExecutor(house.nix, house.settings.home / "tmp", least=house.settings.level)
    proved = probe(executor, house.interpreter)
    seconds = time.monotonic() - began
    evidence: Mapping[str, Json] = proved.evidence
    facts: dict[str, Json] = {
        "level": proved.level,
        "seconds": round(seconds, 3),
        "evidence": dict(evidence),
    }
    words = f"{proved.level}, seen from inside in {seconds:.2f} s"
    if proved.level != "full":
        hint = "see what the kernel refuses, below; SECURITY.md says what each level keeps in"
        return odd("sandbox", f"{words}: less than this version can do", hint, facts)
    return well("sandbox", words, facts)


_Look = Callable[[House], Finding]
_PARTS: Mapping[str, tuple[tuple[str, ...], _Look]] = {
    "database": ((), _database),
    "nix": ((), _nix),
    "store": (("nix",), _store),
    "toolchain": (("database", "nix", "store"), _toolchain),
    "sandbox": (("toolchain",), _sandbox),
}
