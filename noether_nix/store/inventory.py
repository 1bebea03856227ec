"""How many results there are, and how much room their small values take."""

from noether_nix.database.connection import Database
from noether_nix.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the store of results holds.

    Attributes:
        small_bytes: of the values that lie in the database.
        large: how many results have their value in the Nix store.
        large_bytes: of those values, each counted once.
    """

    results: int
    small_bytes: int
    large: int
    large_bytes: int
    contradictions: int


def take_inventory(database: Database) -> Inventory:
    """Count the results of a database."""
    found = database.row(
        lambda *columns: tuple(map(int, columns)),
        "SELECT count(*), coalesce(sum(length(inline)), 0), count(value_path) FROM results",
    )
    results, small_bytes, large = found or (0, 0, 0)
    large_bytes = database.row(
        int,
        "SELECT coalesce(sum(size), 0) FROM (SELECT max(value_size) AS size FROM results"
        " WHERE value_path IS NOT NULL GROUP BY value_path)",
    )
    contradictions = database.row(int, "SELECT count(*) FROM contradictions")
    return Inventory(results, small_bytes, large, large_bytes or 0, contradictions or 0)
