"""Stages of every temper for laws over graphs, as stages and as plain Python."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from noether_nix.graph.model import Graph
from noether_nix.graph.traversal import stage_nodes
from tests.fakes.fake_runs import FakeRuns

# What each makes of its input: of all kinds, so that whatever follows meets what it cannot use,
# and different for different inputs, so that one that went astray shows.
_BODY = """import hashlib, json
    d = int(hashlib.sha256(('NAME' + json.dumps(x)).encode()).hexdigest(), 16)
    if d % MOOD == 0: raise ValueError(str(d % 1000))
    return [d % 2 == 0, [x, d % 100], {'a': d % 100}, {'a': x, 'b': d % 100}, d % 3 == 0, [],
        {'p': d % 7, 'source_1': x}, str(d % 9)][d // 7 % 8]"""

# One in so many inputs makes it raise.
_MOODS = {"one": 1 << 300, "two": 11, "three": 5, "configured": 9}
BODIES: Mapping[str, str] = {
    name: _BODY.replace("NAME", name).replace("MOOD", str(mood)) for name, mood in _MOODS.items()
}


class RaisedError(Exception):
    """What a stage does when it raises."""


def define(runs: FakeRuns) -> None:
    """Make the stages known to runs."""
    for name, body in BODIES.items():
        takes = "{a?: Any, b?: Any, v: Any}" if name == "configured" else "Any"
        runs.stage(name, body, takes=takes)


def _python(body: str) -> Callable[[Any], Any]:
    names: dict[str, Any] = {}
    exec(f"def execute(x):\n    {body}\n", names)
    function: Callable[[Any], Any] = names["execute"]
    return function


_FUNCTIONS = {name: _python(body) for name, body in BODIES.items()}


class PlainRun:
    """Calls stages in this process, one after the other; knows what each got.

    Attributes:
        taken: the input of each call by its name, as text.
        raised: the call that raised, if one did.
    """

    def __init__(self, graph: Graph) -> None:
        self._names = {node.pointer: str(node.reference) for node in stage_nodes(graph)}
        self.taken: dict[str, str] = {}
        self.raised: str | None = None

    def stage_of(self, pointer: str) -> str:
        """The name of the stage that a call is of."""
        node = "/".join(part.partition("#")[0] for part in pointer.split("/"))
        return self._names[node]

    def apply(self, pointer: str, value: Any) -> Any:
        """Call a stage.

        Raises:
            RaisedError: it raises.
        """
        self.taken[pointer] = json.dumps(value)
        try:
            return _FUNCTIONS[self.stage_of(pointer)](json.loads(self.taken[pointer]))
        except ValueError as error:
            self.raised = pointer
            raise RaisedError(pointer) from error
