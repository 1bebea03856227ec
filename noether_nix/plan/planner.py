"""A graph's dataflow → a plan: every call with its program and its limits."""

from collections.abc import Mapping

from noether_nix.errors import OperatorUnavailableError
from noether_nix.frozen import dataclass
from noether_nix.graph.dataflow import Dataflow
from noether_nix.graph.expression import ExpressionDocument
from noether_nix.inside.dataflow import needs_of_call, shared_needs
from noether_nix.plan.interpreter import Interpreter
from noether_nix.plan.limits import CallLimits, call_limits
from noether_nix.plan.program import Program
from noether_nix.stage.model import Stage


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call that has everything but its input.

    Attributes:
        index: its place among the calls of the graph; needed ones come before it.
        pointer: the name of its node.
        input: the expression that its input comes from (``inside/dataflow.py``).
        needs: the calls whose results that expression uses, or one of the guards.
        guards: it is made only if all of them hold.
        retries: those around it (``inside/retrying.py``).
    """

    index: int
    pointer: str
    program: Program
    limits: CallLimits
    input: ExpressionDocument
    needs: frozenset[int]
    guards: tuple[tuple[ExpressionDocument, bool], ...] = ()
    retries: tuple[tuple[int, int, float], ...] = ()

    @property
    def stage(self) -> Stage:
        """What is called."""
        return self.program.stage

    @property
    def source(self) -> int | None:
        """The call whose result is this call's input as it is, if there is one."""
        found = self.input.get("call")
        return found if isinstance(found, int) else None


@dataclass(frozen=True, slots=True)
class Plan:
    """All calls in order, the table their expressions share, and where the output comes from."""

    interpreter: Interpreter
    calls: tuple[PlannedCall, ...]
    shared: tuple[ExpressionDocument, ...]
    output: ExpressionDocument


def make_plan(
    flow: Dataflow,
    interpreter: Interpreter,
    given: Mapping[str, int],
    ceilings: Mapping[str, int] | None = None,
) -> Plan:
    """Plan the calls of ``flow``.

    Args:
        flow: the calls.
        interpreter: what they run with.
        given: the limits chosen for this run.
        ceilings: what graphs and stages may not exceed.

    Raises:
        OperatorUnavailableError: the flow needs an operator that is not run yet.
    """
    _refuse_remote(flow)
    _refuse_unavailable(flow)
    programs: dict[tuple[str, CallLimits], Program] = {}
    needs = shared_needs(flow.shared)
    calls = []
    for call in flow.calls:
        limits = call_limits(call.stage.limits, given, call.limits, ceilings or {})
        name = (call.stage.id, limits)
        if name not in programs:
            programs[name] = Program(call.stage, interpreter, limits.observable)
        guards = tuple((guard.predicate, guard.wanted) for guard in call.guards)
        calls.append(
            PlannedCall(
                index=call.index,
                pointer=call.pointer,
                program=programs[name],
                limits=limits,
                input=call.input,
                needs=needs_of_call(call.input, guards, needs),
                guards=guards,
                retries=tuple((r.max_attempts, r.delay_ms, r.backoff) for r in call.retries),
            )
        )
    return Plan(interpreter, tuple(calls), flow.shared, flow.output)


def _refuse_remote(flow: Dataflow) -> None:
    for pointer in flow.remotes:
        raise OperatorUnavailableError(
            f"the stage at {pointer} is on another server, and this version runs nothing there",
            hint="put a stage of your own in its place: noether stage new",
        )
    for each in flow.eaches:
        _refuse_remote(each.body)


def _refuse_unavailable(flow: Dataflow) -> None:
    found = [
        *(f"{each.kind} at {each.pointer}" for each in flow.eaches),
    ]
    if found:
        raise OperatorUnavailableError(
            f"this version checks graphs with {found[0]}, and cannot run them",
            hint="noether graph check says whether the graph fits together",
        )
