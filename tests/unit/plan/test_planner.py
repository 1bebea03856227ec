"""Plans of flows."""

import pytest

from noether_nix.errors import OperatorUnavailableError
from noether_nix.formats.store_path import StorePath
from noether_nix.graph.dataflow import Dataflow, Each
from noether_nix.plan.interpreter import Interpreter
from noether_nix.plan.planner import make_plan

INTERPRETER = Interpreter(StorePath("0" * 32, "python"), "x86_64-linux", "3.11", "host")
EMPTY = Dataflow((), (), {"input": None})


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        pytest.param(
            Dataflow((), (), {}, (Each(0, "/root", "map", {"input": None}, EMPTY),)),
            "map at /root",
            id="each",
        ),
    ],
)
def test_what_cannot_be_run_yet_is_refused(flow: Dataflow, words: str) -> None:
    with pytest.raises(OperatorUnavailableError, match=words):
        make_plan(flow, INTERPRETER, {})
