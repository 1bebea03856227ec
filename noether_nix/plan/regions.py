"""The calls of a plan that are still to run → the region that one build runs."""

from collections.abc import Iterable, Mapping, Sequence

from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass, field, replace
from noether_nix.inside import region
from noether_nix.inside.growing import Each
from noether_nix.plan.growing import GrowingPlan
from noether_nix.plan.planner import PlannedCall
from noether_nix.plan.program import Program, value_path
from noether_nix.stage.effect import PURE
from noether_nix.types.document import type_to_document

# Above this a value comes as a file of its own: plans are copied, hashed and parsed whole.
INLINE_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class KnownValue:
    """An encoded value and its SHA-256 (hex)."""

    sha256: str
    data: bytes


@dataclass(slots=True)
class RegionParts:
    """A region, and the large values that must be in the store before it is built."""

    region: region.Region
    files: dict[StorePath, bytes]


@dataclass(slots=True)
class _Values:
    """The table of values: each once, large ones by path."""

    table: list[str | dict[str, str]] = field(default_factory=list)
    files: dict[StorePath, bytes] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)

    def place(self, value: KnownValue) -> int:
        if value.sha256 not in self._places:
            self._places[value.sha256] = len(self.table)
            if len(value.data) <= INLINE_BYTES:
                self.table.append(value.data.decode())
            else:
                path = value_path(value.sha256)
                self.files[path] = value.data
                self.table.append({"path": str(path)})
        return self._places[value.sha256]


def make_region(
    plan: GrowingPlan,
    pending: Sequence[PlannedCall],
    value: KnownValue,
    outputs: Mapping[int, KnownValue],
    recalled: Mapping[str, Iterable[tuple[str, KnownValue]]],
    *,
    attended: Sequence[int] = (),
    inputs: Mapping[int, KnownValue] | None = None,
    parallel: int,
    stop_at_failure: bool,
    run_seconds: float | None = None,
    left_seconds: float | None = None,
) -> RegionParts:
    """Put ``pending`` calls into a region.

    Args:
        plan: where the calls come from.
        pending: the calls to run.
        value: the input of the graph.
        outputs: results of calls outside the region; those that are needed are taken.
        recalled: by program id, inputs (SHA-256) whose results are known. A call whose input
            turns out to be among them is not run: a change that does not change a value stops
            there.
        attended: the eaches that are to grow in the region, or whose value hangs on its calls.
        inputs: those of calls that have grown, where nothing else of what has grown is needed.
        parallel: how many calls may run at once.
        stop_at_failure: start nothing more after the first failure.
        run_seconds: the limit of the whole run, if it has one.
        left_seconds: what is left of it.
    """
    values, first = _Values(), len(plan.plan.calls)
    given = inputs or {}
    places = {call: len(plan.calls) + number for number, call in enumerate(given)}
    lone = [replace(call, input={"call": places[call.index]}, needs=frozenset(), guards=())
            for call in pending if call.index in given]  # fmt: skip
    pending = [call for call in pending if call.index not in given]
    inside = {*(call.index for call in pending), *(~number for number in attended)}
    needed = _needed(plan, pending, attended, inside)
    programs = _Programs(values, recalled)
    grows = bool(attended) or any(index < 0 or index >= first for index in needed | inside)
    made = region.Region(
        token="",
        parallel=parallel,
        stop_at_failure=stop_at_failure,
        calls=tuple(
            programs.call(call, tuple(sorted(call.needs & inside)))
            for call in (*pending, *lone)
            if call.index < first or call.index in given
        ),
        eaches=tuple(map(programs.each, plan.plan.eaches)) if grows else (),
        programs=tuple(programs.documents),
        input=values.place(value),
        # What was not taken has no result, and nobody looks for it.
        known={
            **{index: values.place(outputs[index]) for index in sorted(needed & outputs.keys())},
            **{places[index]: values.place(given[index]) for index in given},
        },
        values=tuple(values.table),
        shared=plan.plan.shared,
        run_seconds=run_seconds,
        left_seconds=left_seconds,
        first=first,
        history=tuple(plan.history) if grows else (),
        resumed=tuple(call.index for call in pending if call.index >= first),
        attended=tuple(attended),
    )
    return RegionParts(made, values.files)


def _needed(
    plan: GrowingPlan, pending: Iterable[PlannedCall], attended: Iterable[int], inside: set[int]
) -> set[int]:
    """The calls and eaches outside whose values are looked at inside."""
    needed: set[int] = set()
    left = set[int]().union(*(call.needs for call in pending))
    left.update(*(_made_of(plan, number) for number in attended))
    while left:
        fresh = left - needed - inside
        needed |= fresh
        left = set[int]().union(*(_made_of(plan, ~index) for index in fresh if index < 0))
    return needed


def _made_of(plan: GrowingPlan, number: int) -> frozenset[int]:
    each = plan.eaches[number]
    return each.needs | each.value_needs


class _Programs:
    """The programs of a region as far as they are used, each once."""

    def __init__(
        self, values: _Values, recalled: Mapping[str, Iterable[tuple[str, KnownValue]]]
    ) -> None:
        self.documents: list[region.Program] = []
        self._values = values
        self._recalled = recalled
        self._places: dict[str, int] = {}

    def call(self, call: PlannedCall, needs: tuple[int, ...]) -> region.RegionCall:
        limits = call.limits
        return region.RegionCall(
            index=call.index,
            program=self._place(call.program),
            input=call.input,
            needs=needs,
            wall_seconds=limits.wall_seconds,
            output_bytes=limits.output_bytes,
            log_bytes=limits.log_bytes,
            cpu_seconds=limits.cpu_seconds,
            silence_seconds=limits.silence_seconds,
            guards=call.guards,
            retries=call.retries,
            retries_raised=PURE not in call.stage.effects,
        )

    def each(self, each: Each) -> Each:
        """The same, with calls as a region has them."""
        body = each.body
        calls = tuple(self.call(call, ()) for call in body.calls)
        eaches = tuple(map(self.each, body.eaches))
        # Nobody inside asks for names.
        return replace(each, pointer="", body=replace(body, calls=calls, eaches=eaches))

    def _place(self, program: Program) -> int:
        if program.id not in self._places:
            self._places[program.id] = len(self.documents)
            known = {
                sha: self._values.place(kept) for sha, kept in self._recalled.get(program.id, ())
            }
            self.documents.append(_program(program, known))
        return self._places[program.id]


def _program(program: Program, known: Mapping[str, int]) -> region.Program:
    stage = program.stage
    return region.Program(
        source=stage.source.decode(),
        helpers={name: data.decode() for name, data in stage.helpers},
        input=type_to_document(stage.input),
        output=type_to_document(stage.output),
        limits=vars(program.limits),
        known=known,
    )
