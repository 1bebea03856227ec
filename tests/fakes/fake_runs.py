"""Whole runs in this process: the real runner with a fake executor and results in memory."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from noether_nix.catalog.answers import Answer, Found, Unknown
from noether_nix.database.connection import Database
from noether_nix.formats.store_path import StorePath
from noether_nix.graph.dataflow import Dataflow, build_dataflow
from noether_nix.inside.contract import encode
from noether_nix.ledger.ledger import Ledger
from noether_nix.ledger.model import NewRun
from noether_nix.plan.growing import GrowingPlan
from noether_nix.plan.interpreter import Interpreter
from noether_nix.plan.planner import Plan, make_plan
from noether_nix.process.child import Cancellation
from noether_nix.run.events import CallEnded, CallStarted, Event
from noether_nix.run.keeping import Circumstances
from noether_nix.run.loading import load_graph_text
from noether_nix.run.order import Order, Services
from noether_nix.run.report import Report
from noether_nix.run.runner import run_order
from noether_nix.stage.model import Stage
from noether_nix.stage.python_file import parse_stage_file
from noether_nix.store.claims import Claims
from tests.fakes.fake_executor import FakeExecutor
from tests.fakes.memory_results import MemoryResults
from tests.fakes.memory_values import MemoryValues

PYTHON = Interpreter(StorePath("0" * 32, "python"), "x86_64-linux", "3.11.2")


class FakeRuns:
    """Runs graphs of stages that are known by name; keeps results between runs."""

    def __init__(self, database: Database, logs: Path) -> None:
        self.executor = FakeExecutor()
        self.values = MemoryValues()
        self.results = MemoryResults(self.values)
        self.ledger = Ledger(database, logs)
        self.claims_folder = logs.parent / "claims"
        self.claims_class = Claims
        self.cancellation: Cancellation | None = None
        self.events: list[Event] = []
        self.now = 1_000_000.0
        self._stages: dict[str, Stage] = {}

    def stage(
        self,
        name: str,
        body: str,
        *,
        takes: str = "Any",
        gives: str = "Any",
        effects: str = "[Pure, Fallible]",
    ) -> Mapping[str, Any]:
        """Define a stage, or define it anew; gives the node that calls it."""
        self._stages[name] = stage_of(name, body, takes=takes, gives=gives, effects=effects)
        return {"op": "Stage", "id": name}

    def plan(
        self, root: Mapping[str, Any], *, only: str | None = None, **given: int
    ) -> GrowingPlan:
        """The plan of a graph with this root."""
        text = json.dumps(_graph(root)).encode()
        return GrowingPlan(self._plan(text, only, given, optimize=True))

    def run(
        self,
        root: Mapping[str, Any],
        value: Any = None,
        *,
        only: str | None = None,
        optimize: bool = True,
        stop_at_failure: bool = False,
        run_seconds: int | None = None,
        **given: int,
    ) -> Report:
        """Run a graph with this root."""
        text = json.dumps(_graph(root)).encode()
        plan = self._plan(text, only, given, optimize=optimize)
        return self._run(
            plan, text, value, stop_at_failure=stop_at_failure, run_seconds=run_seconds
        )

    def run_flow(
        self,
        flow: Dataflow,
        value: Any = None,
        *,
        stop_at_failure: bool = False,
        run_seconds: int | None = None,
    ) -> Report:
        """Run the calls of a flow that no graph was written for."""
        plan = make_plan(flow, PYTHON, {})
        return self._run(
            plan, b"{}", value, stop_at_failure=stop_at_failure, run_seconds=run_seconds
        )

    def known_stage(self, name: str) -> Stage:
        """A stage that was defined."""
        return self._stages[name]

    def _run(
        self,
        plan: Plan,
        text: bytes,
        value: Any,
        *,
        stop_at_failure: bool,
        run_seconds: int | None,
    ) -> Report:
        encoded = encode(value)
        self.executor.ran.clear()
        self.executor.regions.clear()
        self.events.clear()
        order = Order(
            plan=plan,
            start=_start(text, encoded, self.now),
            encoded_input=encoded,
            parallel=2,
            stop_at_failure=stop_at_failure,
            run_seconds=run_seconds,
        )
        services = Services(
            executor=self.executor,
            results=self.results,
            values=self.values,
            ledger=self.ledger,
            claims=self.claims_class(self.claims_folder),
            circumstances=Circumstances("2.8.0", True, "6.1", "some CPU"),
            clock=lambda: self.now,
            cancellation=self.cancellation,
        )
        return run_order(order, services, self.events.append)

    @property
    def started(self) -> list[str]:
        """The nodes whose calls were said to start, in order."""
        return [event.pointer for event in self.events if isinstance(event, CallStarted)]

    @property
    def ended(self) -> list[str]:
        """The nodes whose calls were said to end, in order."""
        return [event.call.pointer for event in self.events if isinstance(event, CallEnded)]

    def _plan(
        self, text: bytes, only: str | None, given: Mapping[str, int], *, optimize: bool
    ) -> Plan:
        loaded = load_graph_text(
            text, source="graph.json", name="test", folder=Path("/none"), find=self._find
        )
        flow = build_dataflow(loaded.checked, only=only, optimize=optimize)
        return make_plan(flow, PYTHON, given)

    def _find(self, reference: str) -> Answer:
        stage = self._stages.get(reference)
        return Unknown(reference, ()) if stage is None else Found(stage)


def stage_of(
    name: str,
    body: str,
    *,
    takes: str = "Any",
    gives: str = "Any",
    effects: str = "[Pure, Fallible]",
) -> Stage:
    """A stage whose ``execute(x)`` has that body."""
    text = (
        f'"""Test.\n\nInput: {takes}\nOutput: {gives}\nEffects: {effects}\n"""\n\n\n'
        f"def execute(x):\n    {body}\n"
    )
    return parse_stage_file(text.encode(), place=f"{name}.py")


def outcomes(report: Report) -> dict[str, str]:
    """How each node's call ended; ``known`` for a result that was not computed."""
    return {call.pointer: "known" if call.cached else call.outcome for call in report.calls}


def _graph(root: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": "a test", "version": "1.0.0", "root": root}


def _start(text: bytes, encoded: bytes, now: float) -> NewRun:
    return NewRun(
        started=now,
        graph_name="test",
        graph_id="0" * 64,
        composition_id="1" * 64,
        graph=text,
        input_sha256=hashlib.sha256(encoded).hexdigest(),
        input=encoded,
        level="full",
        toolchain=json.dumps(PYTHON.to_document()),
        nix_version="2.8.0",
        noether_version="0",
    )
