"""Who takes part: noether, one nix-build, a loop of bare forks, and installed peers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.contestants import BenchmarkError, Machinery, Taken
from benchmarks.peers.all import all_peers
from benchmarks.peers.peer import NOT_INSTALLED, Peer
from benchmarks.workloads import Workload

NOETHER = "noether"
NIX_BUILD = "nix-build"
FLOOR = "bare forks"

Runner = Callable[[Workload], Taken]


@dataclass(frozen=True)
class Contestant:
    """What the tables say of one.

    Attributes:
        name: at the head of its column.
        version: empty where it does not take part.
        isolation: what keeps a call to itself.
        absent: why it does not take part; empty where it does.
    """

    name: str
    version: str
    isolation: str
    absent: str = ""


@dataclass(frozen=True)
class Cast:
    """Those who take part.

    Attributes:
        machinery: noether's, with which nix-build and the forks are run too.
        others: how everybody but noether runs a workload.
        contestants: all that were asked for, those too that are not installed.
    """

    machinery: Machinery
    others: Mapping[str, Runner]
    contestants: Sequence[Contestant]
    peers: Sequence[Peer]

    @classmethod
    def choose(cls, machinery: Machinery, names: Sequence[str]) -> "Cast":
        """Those of these names, and always noether and the forks."""
        peers = all_peers()
        others: dict[str, Runner] = {}
        told = [Contestant(NOETHER, "this checkout", "full: its own sandbox in Nix's")]
        if NIX_BUILD in names:
            others[NIX_BUILD] = machinery.nix_build
            told.append(Contestant(NIX_BUILD, machinery.nix_version, "Nix's sandbox"))
        taking_part = []
        for name in (name for name in names if name != NIX_BUILD):
            version = peers[name].version()
            isolation = peers[name].isolation
            if version is None:
                told.append(Contestant(name, "", isolation, NOT_INSTALLED))
                continue
            told.append(Contestant(name, version, isolation))
            others[name] = peers[name].run
            taking_part.append(peers[name])
        others[FLOOR] = machinery.fork_loop
        told.append(Contestant(FLOOR, "", "none: one process after the other"))
        return cls(machinery, others, told, taking_part)

    def close(self) -> None:
        """End what the peers started."""
        for peer in self.peers:
            peer.close()


def names_of(words: str) -> tuple[str, ...]:
    """The contestants that ``--peers`` names: ``all``, ``none`` or some with commas between.

    Raises:
        BenchmarkError: there is none of such a name.
    """
    known = (NIX_BUILD, *all_peers())
    if words == "all":
        return known
    names = () if words == "none" else tuple(words.split(","))
    if unknown := set(names) - set(known):
        raise BenchmarkError(
            f"no peer is called {', '.join(sorted(unknown))}: there are {', '.join(known)}"
        )
    return names
