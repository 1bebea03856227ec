"""One call as Nix has it: its key, its derivation, and the files that this reads.

The same name comes about twice: from Python, which never starts Nix, and from Nix, which
evaluates the expression. :func:`write_call` holds them against each other.
"""

import json
from collections.abc import Mapping

from noether_nix.database.disk import writing
from noether_nix.database.scratch import scratch_folder
from noether_nix.errors import (
    FormatError,
    GraphInvalidError,
    InputUnknownError,
    InternalError,
    SettingInvalidError,
    ToolchainUnusableError,
    UnknownNodeError,
)
from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass, replace
from noether_nix.graph.check import CheckedGraph, check_graph, check_input
from noether_nix.graph.dataflow import Dataflow, build_dataflow, every_call
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.traversal import find_node, stage_nodes
from noether_nix.inside.contract import InvalidValueError, Json, Limits, encode
from noether_nix.inside.region import NOT_TAKEN
from noether_nix.inside.unusable import InputUnusableError
from noether_nix.ledger.model import Call, Run
from noether_nix.nixexpr.render import render_call
from noether_nix.plan.growing import GrowingPlan
from noether_nix.plan.interpreter import Interpreter
from noether_nix.plan.limits import CallLimits
from noether_nix.plan.planner import PlannedCall, make_plan
from noether_nix.plan.program import CallKey, Program, value_path
from noether_nix.plan.regions import KnownValue
from noether_nix.run.house import House
from noether_nix.run.labels import ITEM
from noether_nix.run.limit_check import check_limits
from noether_nix.run.loading import LoadedGraph
from noether_nix.run.lookup import look_up
from noether_nix.run.measures import limits_of_call
from noether_nix.run.reading import find_call
from noether_nix.run.stages import load_stage
from noether_nix.run.values import RunValues, known_value


@dataclass(frozen=True, slots=True)
class NamedCall:
    """A call with its program and its encoded input, and so with its key.

    ``limits`` are all of its bounds; those in its key are its program's.
    """

    pointer: str
    program: Program
    input: bytes
    input_sha256: str
    limits: CallLimits

    @property
    def key(self) -> CallKey:
        """The name of the call: the path of its derivation."""
        return self.program.key(self.input_sha256)

    @property
    def nix_text(self) -> str:
        """The expression that evaluates to its derivation."""
        return render_call(self.program, self.input_sha256)


def call_of_graph(
    house: House, loaded: LoadedGraph, value: Json, node: str, limits: Mapping[str, int]
) -> NamedCall:
    """The call at a node of a graph, as a run on this input would make it.

    Args:
        house: where the results of the calls before it are kept.
        loaded: the graph.
        value: the graph's input.
        node: the node's name, or that of its stage if no other node has the same.
        limits: those chosen for the run.

    Raises:
        InputMismatchError: the value is not of the graph's input type.
        LimitRefusedError: graph or stage ask for more than a ceiling of the settings.
        InputUnknownError: a call that it needs has no result yet.
        UnknownNodeError: the graph has no such stage node, or several.
        ToolError: there is no toolchain, so no key.
    """
    checked = loaded.checked
    pointer = _stage_node(checked, node)
    check_input(checked, value)
    given = {**(house.settings.limits or {}), **limits}
    flow, ceilings = _flow_to(checked, pointer), house.settings.ceilings or {}
    check_limits(loaded, every_call(flow), given, ceilings)
    plan = GrowingPlan(make_plan(flow, house.interpreter, given, ceilings))
    values = RunValues(plan, encode(value))
    look_up(plan, values, house.results)
    return _named(plan, values, pointer)


def call_of_run(house: House, reference: str, node: str, limits: Mapping[str, int]) -> NamedCall:
    """The call that a run made at a node, with the stages and the toolchain of that run.

    Args:
        house: where runs and results are kept.
        reference: the run's id, the beginning of it, or ``last``.
        node: the node's name, or that of its stage if no other call has the same.
        limits: instead of those that the call had.

    Raises:
        InputUnknownError: the run's input or a result before the call is no longer kept.
        SettingInvalidError: the run was given other limits.
        UnknownNodeError: the run has no such call, or several.
        UnknownRunError: there is no such run.
    """
    run = house.ledger.find_run(reference)
    calls = house.ledger.calls(run.id)
    call = find_call(calls, run.id, node)
    value = house.ledger.input(run)
    if value is None:
        message = f"the input of run {run.id} was too large to be kept"
        raise InputUnknownError(message, hint="name the graph and its input instead of the run")
    stage_ids = {_without_items(one.pointer): one.stage_id for one in calls}
    stage_ids |= {one.pointer: one.stage_id for one in calls}
    checked = _checked_of_run(house, run, stage_ids)
    given = {**(house.settings.limits or {}), **limits_of_call(call.used), **limits}
    flow = _flow_to(checked, call.pointer)
    ceilings = house.settings.ceilings or {}
    plan = GrowingPlan(make_plan(flow, _interpreter_of_run(house, run), given, ceilings))
    values = RunValues(plan, value)
    _take_recorded(house, plan, values, {one.pointer: one for one in calls})
    return _as_recorded(house, _named(plan, values, call.pointer), call)


def write_call(house: House, call: NamedCall) -> StorePath:
    """Put a call's derivation, and every file that it reads, into the store.

    Raises:
        InternalError: Nix gives it another name than Python.
        ToolchainUnusableError: the toolchain that it names is gone.
        ToolError: Nix cannot write it.
    """
    toolchain = call.program.interpreter.toolchain
    if not house.nix.physical(toolchain).exists():
        raise ToolchainUnusableError(
            f"the toolchain {toolchain} is no longer in the store",
            hint="run the graph again, with the toolchain of now",
        )
    files = {**call.program.contents, value_path(call.input_sha256): call.input}
    with scratch_folder(house.settings.home / "tmp", "drv-") as folder:
        written = []
        for path, data in files.items():
            file = folder / path.name
            with writing(file):
                file.write_bytes(data)
            written.append(file)
        added = house.nix.add_flat_files(written)
    if set(added) != set(files):
        raise InternalError(f"Nix added {added} where {tuple(files)} were expected")
    found = house.nix.instantiate(call.nix_text)
    if found != call.key.drv:
        raise InternalError(f"Nix calls the derivation {found}, and Python {call.key.drv}")
    return found


# ---------------------------------------------------------------- inside


def _flow_to(checked: CheckedGraph, pointer: str) -> Dataflow:
    """What has to be known of a graph for one call of it, which may be that of an item."""
    if pointer in checked.stages:
        return build_dataflow(checked, only=pointer)
    found = ITEM.search(pointer)
    return build_dataflow(checked, only=pointer[: found.start()] if found else pointer)


def _without_items(pointer: str) -> str:
    """The node of a call, whichever items it is of."""
    return ITEM.sub("", pointer)


def _take_recorded(
    house: House, plan: GrowingPlan, values: RunValues, made: Mapping[str, Call]
) -> None:
    """Take the results that the run's own calls gave, under whatever limits it had."""
    wanted = {call.key for call in made.values() if call.key is not None}
    records, taken = house.results.find_readable(wanted).records, 0
    while taken < len(plan.calls) or _grow(plan, values):
        for call in plan.calls[taken:]:
            done = made.get(call.pointer)
            record = records.get(done.key or "") if done else None
            if record is not None:
                data = house.results.read(record)
                values.take(call.index, KnownValue(record.value_sha256, data))
            elif done is not None and done.outcome == NOT_TAKEN:
                values.pass_over(call.index)
        taken = len(plan.calls)


def _grow(plan: GrowingPlan, values: RunValues) -> bool:
    """Let one more each grow or come to its value; says whether there was one."""
    for number in sorted(plan.unsettled):
        if plan.needs_of(number) <= values.settled:
            if plan.eaches[number].is_open:
                plan.grow_by(values.valuation, number)
            else:
                values.settle_each(number, plan.eaches[number])
                plan.unsettled.discard(number)
            return True
    return False


def _named(plan: GrowingPlan, values: RunValues, pointer: str) -> NamedCall:
    call = next((one for one in plan.calls if one.pointer == pointer), None)
    if call is None:
        raise InputUnknownError(
            f"there is no call {pointer} as far as items are known", hint="run the graph first"
        )
    settled = values.settled
    lacking = [plan.calls[one] for one in sorted(call.needs) if one >= 0 and one not in settled]
    if lacking:
        first = lacking[0]
        raise InputUnknownError(
            f"the input of {pointer} is not known: {first.stage.name} at {first.pointer} has no "
            "kept result",
            hint="run the graph first",
        )
    return NamedCall(pointer, call.program, *_input(values, call), call.limits)


def _input(values: RunValues, call: PlannedCall) -> tuple[bytes, str]:
    try:
        data = values.encoded(call.input)
    except (InputUnusableError, InvalidValueError) as error:
        raise InputUnknownError(f"no input for {call.pointer} can be made: {error}") from error
    return data, known_value(data).sha256


def _stage_node(checked: CheckedGraph, node: str) -> str:
    if node in checked.stages or _without_items(node) in checked.stages:
        return node
    found = [pointer for pointer, stage in checked.stages.items() if stage.name == node]
    if len(found) == 1:
        return found[0]
    hint = "noether graph show --format nodes prints the names of all nodes"
    if found:
        hint = f"name one: {', '.join(found)}"
        message = f"{len(found)} nodes are calls of {node!r:.100}"
    elif find_node(checked.graph, node):
        message = f"{node} is no call of a stage, so it has no derivation"
    else:
        message = f"the graph has no node {node!r:.100}"
    raise UnknownNodeError(message, hint=hint)


def _checked_of_run(house: House, run: Run, stage_ids: Mapping[str, str]) -> CheckedGraph:
    text = house.ledger.graph_document(run)
    graph = parse_graph(text, source=f"the graph of run {run.id}")
    if any(node.pointer not in stage_ids for node in stage_nodes(graph)):
        raise GraphInvalidError(
            f"run {run.id} ran only a part of its graph, so the rest of it is not known",
            hint="name the graph and its input instead of the run",
        )
    stages = {id_: load_stage(house, id_) for id_ in set(stage_ids.values())}
    return check_graph(graph, {node: stages[id_] for node, id_ in stage_ids.items()}, text)


def _interpreter_of_run(house: House, run: Run) -> Interpreter:
    try:
        document = json.loads(run.toolchain)
        path = StorePath.parse(str(document["path"]))
        version, provider = str(document["version"]), str(document["provider"])
    except (KeyError, FormatError) as error:
        reason = f"the toolchain of run {run.id} is not what was recorded"
        raise house.database.damaged(reason) from error
    return Interpreter(path, house.machine.system, version, provider)


def _as_recorded(house: House, named: NamedCall, call: Call) -> NamedCall:
    """The call under the limits with which the run made it, where its record tells them."""
    if call.key is None or str(named.key) == call.key:
        return named
    record = house.results.find(call.key)
    if record is not None:
        limits = Limits(**json.loads(record.limits))
        program = Program(named.program.stage, named.program.interpreter, limits)
        again = replace(named, program=program, limits=replace(named.limits, observable=limits))
        if str(again.key) == call.key:
            return again
    raise SettingInvalidError(
        f"the run made {call.key} at {call.pointer}, and now that would be {named.key}",
        hint="give the limits of that run again (--limit memory=…); if it had none, another "
        "version of noether made it: run again",
    )
