"""The toolchain that was taken, as the database has it; imports nothing that could make one."""

from noether_nix.database.connection import Database

CURRENT = "current"


def find_document(database: Database) -> str | None:
    """The document of the toolchain that was taken, if one was."""
    return database.row(str, "SELECT document FROM toolchains WHERE name = ?", (CURRENT,))
