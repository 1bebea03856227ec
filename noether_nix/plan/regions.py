"""The calls of a plan that are still to run → the region that one build runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass
from noether_nix.inside import region
from noether_nix.plan.planner import Plan, PlannedCall
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
    plan: Plan,
    pending: Sequence[PlannedCall],
    value: KnownValue,
    outputs: Mapping[int, KnownValue],
    recalled: Mapping[str, Iterable[tuple[str, KnownValue]]],
    *,
    parallel: int,
    stop_at_failure: bool,
    run_seconds: float | None = None,
    left_seconds: float | None = None,
) -> RegionParts:
    """Put ``pending`` calls into a region.

    Args:
        plan: where the calls come from.
        pending: the calls to run, in plan order.
        value: the input of the graph.
        outputs: results of calls outside the region; those that are needed are taken.
        recalled: by program id, inputs (SHA-256) whose results are known. A call whose input
            turns out to be among them is not run: a change that does not change a value stops
            there.
        parallel: how many calls may run at once.
        stop_at_failure: start nothing more after the first failure.
        run_seconds: the limit of the whole run, if it has one.
        left_seconds: what is left of it.
    """
    values = _Values()
    inside = {call.index for call in pending}
    # What was not taken has no result, and nobody looks for it.
    needed = sorted((set().union(*(call.needs for call in pending)) - inside) & outputs.keys())
    programs: dict[str, int] = {}
    documents: list[region.Program] = []
    calls = []
    for call in pending:
        if call.program.id not in programs:
            programs[call.program.id] = len(documents)
            known = {sha: values.place(kept) for sha, kept in recalled.get(call.program.id, ())}
            documents.append(_program(call.program, known))
        calls.append(
            region.RegionCall(
                index=call.index,
                program=programs[call.program.id],
                input=call.input,
                needs=tuple(sorted(call.needs & inside)),
                wall_seconds=call.limits.wall_seconds,
                output_bytes=call.limits.output_bytes,
                log_bytes=call.limits.log_bytes,
                cpu_seconds=call.limits.cpu_seconds,
                silence_seconds=call.limits.silence_seconds,
                guards=call.guards,
                retries=call.retries,
                retries_raised=PURE not in call.stage.effects,
            )
        )
    made = region.Region(
        token="",
        parallel=parallel,
        stop_at_failure=stop_at_failure,
        programs=tuple(documents),
        calls=tuple(calls),
        input=values.place(value),
        known={index: values.place(outputs[index]) for index in needed},
        values=tuple(values.table),
        shared=plan.shared,
        run_seconds=run_seconds,
        left_seconds=left_seconds,
    )
    return RegionParts(made, values.files)


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
