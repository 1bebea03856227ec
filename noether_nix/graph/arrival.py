"""What comes to stages: whether it fits, looked at once for each two types that meet.

A graph may hand a record of a thousand fields through ten thousand nodes of a few stages.
"""

from noether_nix.graph.fitting import fit_port
from noether_nix.graph.loose import loose_edges
from noether_nix.graph.model import StageNode
from noether_nix.graph.port import Port
from noether_nix.graph.problems import Finding
from noether_nix.graph.produced import Produced, Typed
from noether_nix.types.model import Type


class Arrivals:
    """Notes in ``unchecked`` what fits only because Any does."""

    def __init__(self, unchecked: list[Finding]) -> None:
        self._unchecked = unchecked
        # By which objects they are, since to compare them is what takes the time; kept alive here.
        self._fitting: dict[tuple[int, int], tuple[Type, Type]] = {}

    def look_at(
        self, produced: Produced, port: Port, node: StageNode, title: str, found: list[Finding]
    ) -> None:
        """Note in ``found`` what is wrong with giving something to the stage at ``node``.

        ``title`` is what the stage's node is called in messages.
        """
        if isinstance(produced, Typed) and not port.is_configured:
            met = (id(produced.type), id(port.input))
            if met not in self._fitting and not self._note(produced, port, node, title, found):
                self._fitting[met] = (produced.type, port.input)
        else:
            self._note(produced, port, node, title, found)

    def _note(
        self, produced: Produced, port: Port, node: StageNode, title: str, found: list[Finding]
    ) -> bool:
        """Whether there is anything to be said."""
        wrong = fit_port(produced, port, node, title)
        loose = [] if wrong else list(loose_edges(produced, port, node.pointer, title))
        found += wrong
        self._unchecked += loose
        return bool(wrong or loose)
