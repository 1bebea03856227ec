"""A graph's dataflow → a plan: every call with its program and its limits."""

from collections.abc import Mapping, Sequence

from noether_nix.errors import OperatorUnavailableError
from noether_nix.frozen import dataclass
from noether_nix.graph.dataflow import Call, Dataflow, Guard
from noether_nix.graph.expression import ExpressionDocument
from noether_nix.inside.growing import Body, Each
from noether_nix.inside.needs import needs_of_call, shared_needs
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
    """All calls in order, the table their expressions share, and where the output comes from.

    ``eaches`` are what more calls come from while the run goes on; see :mod:`plan.growing`.
    """

    interpreter: Interpreter
    calls: tuple[PlannedCall, ...]
    shared: tuple[ExpressionDocument, ...]
    output: ExpressionDocument
    eaches: tuple[Each, ...] = ()

    @property
    def stages(self) -> int:
        """How many nodes call a stage, those within eaches too, however many items there are."""
        return len(self.calls) + sum(map(_stages_of, self.eaches))


def _stages_of(each: Each) -> int:
    return len(each.body.calls) + sum(map(_stages_of, each.body.eaches))


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
        OperatorUnavailableError: the flow has a stage of another server.
    """
    _refuse_remote(flow)
    planner = _Planner(interpreter, given, ceilings or {})
    calls = planner.calls(flow)
    return Plan(interpreter, calls, flow.shared, flow.output, planner.eaches(flow))


class _Planner:
    """Calls with their programs, each of which is made once."""

    def __init__(
        self, interpreter: Interpreter, given: Mapping[str, int], ceilings: Mapping[str, int]
    ) -> None:
        self._interpreter = interpreter
        self._given = given
        self._ceilings = ceilings
        self._programs: dict[tuple[str, CallLimits], Program] = {}

    def calls(self, flow: Dataflow) -> tuple[PlannedCall, ...]:
        needs = shared_needs(flow.shared)
        return tuple(self._call(call, needs) for call in flow.calls)

    def eaches(self, flow: Dataflow) -> tuple[Each, ...]:
        return tuple(
            Each(
                kind=each.kind,
                over=each.over,
                body=Body(
                    self.calls(each.body),
                    each.body.shared,
                    each.body.output,
                    self.eaches(each.body),
                ),
                initial=each.initial,
                guards=_guards(each.guards),
                pointer=each.pointer,
            )
            for each in flow.eaches
        )

    def _call(self, call: Call, of_shared: Sequence[frozenset[int]]) -> PlannedCall:
        limits = call_limits(call.stage.limits, self._given, call.limits, self._ceilings)
        name = (call.stage.id, limits)
        if name not in self._programs:
            self._programs[name] = Program(call.stage, self._interpreter, limits.observable)
        guards = _guards(call.guards)
        return PlannedCall(
            index=call.index,
            pointer=call.pointer,
            program=self._programs[name],
            limits=limits,
            input=call.input,
            needs=needs_of_call(call.input, guards, of_shared),
            guards=guards,
            retries=tuple((one.max_attempts, one.delay_ms, one.backoff) for one in call.retries),
        )


def _guards(guards: Sequence[Guard]) -> tuple[tuple[ExpressionDocument, bool], ...]:
    return tuple((guard.predicate, guard.wanted) for guard in guards)


def _refuse_remote(flow: Dataflow) -> None:
    for pointer in flow.remotes:
        raise OperatorUnavailableError(
            f"the stage at {pointer} is on another server, and this version runs nothing there",
            hint="put a stage of your own in its place: noether stage new",
        )
    for each in flow.eaches:
        _refuse_remote(each.body)
