"""Which peers there are."""

from benchmarks.peers.bazel import Bazel
from benchmarks.peers.ninja import Make, Ninja
from benchmarks.peers.peer import Peer
from benchmarks.peers.python_tools import Doit, Joblib, Redun, Snakemake


def all_peers() -> dict[str, Peer]:
    """Every peer by its name, in the order of the tables."""
    peers = (Ninja(), Bazel(), Make(), Snakemake(), Doit(), Redun(), Joblib())
    return {peer.name: peer for peer in peers}
