"""Which runs may go with their logs, and letting them go. Results are the store's."""

from collections.abc import Iterable

from noether_nix.database.connection import Database
from noether_nix.database.retention import Going, Kept, Retention, choose
from noether_nix.frozen import replace
from noether_nix.ledger.ledger import Ledger
from noether_nix.ledger.logs import LogFiles

# A run whose row cannot be seen yet may have logs: younger ones are left alone.
_FRESH_SECONDS = 3600


def plan_removal(ledger: Ledger, retention: Retention, now: float) -> tuple[Going, ...]:
    """Say which runs go when they are kept as ``retention`` says; living ones never do."""
    runs = ledger.runs(-1)
    kept = (Kept(run.id, 0, run.started) for run in runs if run.state != "running")
    going = [
        replace(one, size_bytes=ledger.logs.size_bytes(one.name))
        for one in choose(kept, retention, now)
    ]
    known = {run.id for run in runs}
    orphans = (
        Going(name, ledger.logs.size_bytes(name), since, "logs of no run")
        for name, since in sorted(ledger.logs.runs().items())
        if name not in known and now - since > _FRESH_SECONDS
    )
    return (*going, *orphans)


def remove_runs(database: Database, logs: LogFiles, going: Iterable[Going]) -> None:
    """Delete runs, their calls, their logs, and graphs that no other run has."""
    names = [one.name for one in going]
    with database.transaction():
        database.execute_many("DELETE FROM runs WHERE id = ?", ((name,) for name in names))
        database.execute(
            "DELETE FROM graph_documents WHERE sha256 NOT IN (SELECT graph_sha256 FROM runs)"
        )
    # Rows first: logs without a run are found again, a run without its logs would look quiet.
    for name in names:
        logs.remove(name)
