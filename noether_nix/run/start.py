"""From a checked graph and an input to a run."""

import hashlib
import json
from typing import TYPE_CHECKING

from noether_nix import __version__
from noether_nix.effects.graph import uses_of_graph
from noether_nix.effects.policy import SEALED, check_policies, check_supported, uses_of
from noether_nix.errors import ToolError
from noether_nix.executor.interface import Executor
from noether_nix.executor.nix import NixExecutor
from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass
from noether_nix.graph.check import CheckedGraph, check_input
from noether_nix.graph.dataflow import Dataflow, build_dataflow, every_call
from noether_nix.graph.identity import composition_id, graph_id
from noether_nix.inside.contract import Json, encode
from noether_nix.ledger.model import NewRun
from noether_nix.plan.growing import GrowingPlan
from noether_nix.plan.interpreter import Interpreter
from noether_nix.plan.planner import PlannedCall, make_plan
from noether_nix.run.house import House
from noether_nix.run.limit_check import check_limits
from noether_nix.run.loading import LoadedGraph
from noether_nix.run.lookup import look_up as find_known
from noether_nix.run.memo import Question, memorise
from noether_nix.run.options import RunOptions
from noether_nix.run.order import Listener, Order, Services
from noether_nix.run.policies import that_hold
from noether_nix.run.report import Report
from noether_nix.run.runner import run_order
from noether_nix.run.values import RunValues
from noether_nix.stage.model import Stage
from noether_nix.store.claims import Claims

if TYPE_CHECKING:
    from noether_nix.process.child import Cancellation


def run_loaded(
    house: House,
    loaded: LoadedGraph,
    value: Json,
    options: RunOptions,
    on_event: Listener,
    *,
    question: Question | None = None,
    cancellation: "Cancellation | None" = None,
) -> Report:
    """Run a loaded graph on a value.

    Args:
        house: where results are kept.
        loaded: what to run.
        value: the graph's input.
        options: the caller's choices.
        on_event: is told while it happens.
        question: what was asked byte for byte, if the answer may be remembered under it.
        cancellation: stops the run in order, with a report in which what had not ended is
            ``interrupted``.

    Raises:
        InputMismatchError: the value is not of the graph's input type.
        UnknownNodeError: ``options.only`` names no node.
        EffectRefusedError: a stage may do what a policy does not allow, or more than compute.
        LimitRefusedError: graph or stage ask for more than a ceiling of the settings.
        ToolError: Nix or the sandbox cannot do its work.
        StoreError: results cannot be read or kept.
    """
    with house.phase("planning"):
        order = _order(house, loaded, value, options)
    with house.phase("store"):
        house.catalog.add_all(_distinct(loaded), house.now())
    report = run_order(order, _services(house, order.least, cancellation), on_event)
    # A memo has the calls of the plan alone.
    if question is not None and report.ok and not order.plan.eaches:
        with house.phase("store"):
            memorise(house, question, loaded, order, report)
    return report


def _order(house: House, loaded: LoadedGraph, value: Json, options: RunOptions) -> Order:
    checked = loaded.checked
    flow = _admit(house, checked, options)
    calls = tuple(every_call(flow))
    check_input(checked, value)
    given, ceilings = _limits(house, options), house.settings.ceilings or {}
    check_limits(loaded, calls, given, ceilings)
    encoded = encode(value)
    least = options.level or house.settings.level
    with house.phase("toolchain"):
        interpreter = house.interpreter
    return Order(
        plan=make_plan(flow, interpreter, given, ceilings),
        start=_start(house, loaded, encoded, least),
        encoded_input=encoded,
        parallel=options.jobs or house.parallel,
        stop_at_failure=options.stop_at_failure,
        check_properties=options.check_properties,
        run_seconds=given.get("run"),
        least=least,
    )


def _admit(house: House, checked: CheckedGraph, options: RunOptions) -> Dataflow:
    """What would run, if all of it may.

    Raises:
        UnknownNodeError: ``options.only`` names no node.
        EffectRefusedError: a policy does not allow an effect, or nothing here can run it.
    """
    policies = that_hold((*house.policies, *options.policies))
    if options.only is None:
        check_policies(policies, uses_of_graph(checked))
    flow = build_dataflow(checked, only=options.only, optimize=options.optimize)
    uses = uses_of((call.pointer, call.stage) for call in every_call(flow))
    check_policies(policies, uses)
    check_supported(uses, SEALED)
    return flow


def _services(house: House, least: str, cancellation: "Cancellation | None") -> Services:
    executor: Executor = NixExecutor(
        house.nix, house.settings.home / "tmp", least=least, cancellation=cancellation
    )
    if house.stopwatch is not None:
        executor = house.stopwatch.watching(executor)
    return Services(
        executor=executor,
        results=house.results,
        values=house.value_files,
        ledger=house.ledger,
        claims=Claims(house.settings.home / "claims"),
        circumstances=house.circumstances,
        clock=house.now,
        cancellation=cancellation,
        stopwatch=house.stopwatch,
    )


def _limits(house: House, options: RunOptions) -> dict[str, int]:
    return {**(house.settings.limits or {}), **options.limits}


def _distinct(loaded: LoadedGraph) -> list[Stage]:
    return list({stage.id: stage for stage in loaded.paths.values()}.values())


def _start(house: House, loaded: LoadedGraph, encoded: bytes, least: str) -> NewRun:
    return NewRun(
        started=house.now(),
        graph_name=loaded.name,
        graph_id=graph_id(loaded.checked),
        composition_id=composition_id(loaded.checked.graph),
        graph=loaded.whole,
        input_sha256=hashlib.sha256(encoded).hexdigest(),
        input=encoded,
        level=least,
        toolchain=json.dumps(house.interpreter.to_document()),
        nix_version=house.nix_version,
        noether_version=__version__,
    )


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A call before it runs; ``known`` is None when that cannot be told."""

    planned: PlannedCall
    key: str | None
    known: bool | None


def foresee(
    house: House, loaded: LoadedGraph, value: Json, options: RunOptions, *, look_up: bool
) -> tuple[list[Foreseen], str | None]:
    """The calls of a run that does not happen, and why nothing is known of results, if so.

    Raises:
        UnknownNodeError, EffectRefusedError, LimitRefusedError: the run would be refused.
    """
    flow = _admit(house, loaded.checked, options)
    try:
        interpreter, missing = house.interpreter, None
    except ToolError as error:
        interpreter, missing = _NO_INTERPRETER, error.message
    given, ceilings = _limits(house, options), house.settings.ceilings or {}
    check_limits(loaded, every_call(flow), given, ceilings)
    plan = GrowingPlan(make_plan(flow, interpreter, given, ceilings))
    if missing is not None or not look_up:
        return [Foreseen(call, None, None) for call in plan.calls], missing
    least = options.level or house.settings.level
    found = find_known(plan, RunValues(plan, encode(value)), house.results, least)
    keys = {index: str(key) for index, key in found.keys.items()}
    keys |= {index: record.key for index, record in found.records.items()}
    return [
        Foreseen(call, keys.get(call.index), call.index in found.records) for call in plan.calls
    ], None


# Stands where a plan needs an interpreter and nothing of it will be shown or used.
_NO_INTERPRETER = Interpreter(StorePath("0" * 32, "none"), "x86_64-linux", "", "none")
