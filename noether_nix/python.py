"""For Python programs: load a graph, run it, have its report.

The same as ``noether run`` with the same settings, results and toolchain; nothing is printed.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from noether_nix.cli.settings import load_settings
from noether_nix.cli.stopping import interruptible
from noether_nix.errors import GraphSyntaxError, InputMismatchError, SettingInvalidError
from noether_nix.frozen import replace
from noether_nix.inside.contract import InvalidValueError, Json, decode, encode
from noether_nix.inside.levels import LEVELS
from noether_nix.process.child import Cancellation
from noether_nix.run.events import Event
from noether_nix.run.house import House
from noether_nix.run.loading import LoadedGraph, load_graph_file, load_graph_text
from noether_nix.run.options import RunOptions
from noether_nix.run.policies import read_policies
from noether_nix.run.report import Report
from noether_nix.run.settings import Settings, place_of
from noether_nix.run.start import run_loaded
from noether_nix.stage.limits import find_limit

GraphSource: TypeAlias = str | os.PathLike[str] | Mapping[str, Any] | LoadedGraph
Limits: TypeAlias = Mapping[str, int | str]

_MOST_JOBS = 1024


def run(
    graph: GraphSource,
    input: object = None,  # noqa: A002 - the one word for it, here as on the command line
    *,
    only: str | None = None,
    limits: Limits | None = None,
    jobs: int | None = None,
    level: str | None = None,
    allow_effects: Iterable[str] | None = None,
    policy: str | os.PathLike[str] | None = None,
    home: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> Report:
    """Run a graph on an input; what is known already does not run again.

    A call that fails is no exception: the report says how each call ended, and asking it for
    its ``output`` (or :meth:`Report.raise_for_failure`) raises.

    Example:
        >>> report = noether_nix.run("examples/hello/graph.json", "Tea, and toast")
        >>> report.output
        'tea-and-toast'
        >>> [(call.stage_name, call.cached) for call in report.calls]
        [('tidy_title', True), ('make_file_name', True)]

    Args:
        graph: as for :func:`load_graph`, or what that gave.
        input: any JSON value; a tuple counts as a list.
        only: run this node and what it needs (``/root/stages/0``); its result is the output.
        limits: bounds for every call, as ``{"wall": "30s", "memory": "512MiB"}``; a plain
            number is in seconds or bytes.
        jobs: how many calls run at once.
        level: the least isolation that will do (``full``, ``confined``, ``alone``, ``none``), of
            what runs and of what is known.
        allow_effects: the kinds of effect that may run, as ``["pure", "network"]``; none if empty.
        policy: a policy file, which holds beside that and the settings'.
        home: where results are kept, instead of ``NOETHER_HOME``.
        folder: as for :func:`load_graph`.
        on_event: is told what happens while it happens, in this thread.

    Raises:
        FileUnreadableError: the graph's file cannot be read.
        GraphError: the graph is none, does not fit together, or has no node ``only``.
        InputMismatchError: the input is no JSON value, or not of the graph's input type.
        SettingInvalidError: a setting, a limit, ``jobs`` or ``level`` means nothing.
        EffectRefusedError: a stage may do what a policy does not allow, or more than compute.
        ToolError: Nix or the sandbox cannot do its work.
        StoreError: results cannot be read or kept.
        KeyboardInterrupt: Ctrl-C stopped it, in order: what had ended is kept, and the next
            run goes on from there.
    """
    with (
        interruptible() as cancellation,
        House(_settings(home), say=_keep_quiet, cancellation=cancellation) as house,
    ):
        return run_in(
            house,
            graph,
            input,
            only=only,
            limits=limits,
            jobs=jobs,
            level=level,
            allow_effects=allow_effects,
            policy=policy,
            folder=folder,
            on_event=on_event,
            cancellation=cancellation,
        )


def load_graph(
    graph: GraphSource,
    *,
    folder: str | os.PathLike[str] | None = None,
    home: str | os.PathLike[str] | None = None,
) -> LoadedGraph:
    """Read and check a graph without running it; Nix need not be there.

    Example:
        >>> graph = noether_nix.load_graph("examples/hello/graph.json")
        >>> [stage.name for stage in graph.checked.stages.values()]
        ['tidy_title', 'make_file_name']

    Args:
        graph: the path of a file, or the document itself: a dict, or a text that begins with
            ``{``. Any other text is a path.
        folder: what paths in a document are relative to: the current folder if not given. Paths
            in a file are relative to that file.
        home: where stages are looked up by name, instead of ``NOETHER_HOME``.

    Raises:
        FileUnreadableError: there is no such file, or it cannot be read.
        GraphError: it is no graph, or does not fit together; with every problem.
        SettingInvalidError: a setting means nothing.
    """
    with House(_settings(home), say=_keep_quiet) as house:
        return load_in(house, graph, folder=folder)


def run_in(
    house: House,
    graph: GraphSource,
    input: object = None,  # noqa: A002 - as in run
    *,
    only: str | None = None,
    limits: Limits | None = None,
    jobs: int | None = None,
    level: str | None = None,
    allow_effects: Iterable[str] | None = None,
    policy: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    on_event: Callable[[Event], None] | None = None,
    cancellation: Cancellation | None = None,
) -> Report:
    """As :func:`run`, in a house that is open already; ``cancellation`` stops it in order."""
    options = RunOptions(
        _read_limits(limits or {}),
        _check_jobs(jobs),
        only=only,
        level=_check_level(level),
        policies=read_policies(allow_effects, None if policy is None else Path(policy)),
    )
    value = _read_value(input)
    loaded = load_in(house, graph, folder=folder)
    tell = on_event or _ignore
    return run_loaded(house, loaded, value, options, tell, cancellation=cancellation)


def load_in(
    house: House, graph: GraphSource, *, folder: str | os.PathLike[str] | None = None
) -> LoadedGraph:
    """As :func:`load_graph`, in a house that is open already."""
    if isinstance(graph, LoadedGraph):
        return graph
    if isinstance(graph, Mapping):
        return _load_text(house, _document_text(graph), folder)
    if isinstance(graph, str) and graph.lstrip().startswith("{"):
        return _load_text(house, graph.encode("utf-8", "surrogatepass"), folder)
    return load_graph_file(Path(graph), house.find_stage, house.admit)


def _load_text(house: House, text: bytes, folder: str | os.PathLike[str] | None) -> LoadedGraph:
    return load_graph_text(
        text,
        source="graph",
        name="graph",
        folder=Path(folder or "."),
        find=house.find_stage,
        admit=house.admit,
    )


def _document_text(graph: Mapping[str, Any]) -> bytes:
    try:
        return encode(graph)
    except InvalidValueError as error:
        raise GraphSyntaxError(f"graph: {error}") from error


def _read_value(value: object) -> Json:
    """The value as calls will see it."""
    try:
        return decode(encode(value))
    except InvalidValueError as error:
        raise InputMismatchError(f"the input is no JSON value: {error}") from error


def _read_limits(limits: Limits) -> dict[str, int]:
    return {name: _read_limit(name, amount) for name, amount in limits.items()}


def _read_limit(name: str, amount: int | str) -> int:
    limit = find_limit(name)
    if type(amount) is not str and (type(amount) is not int or not 0 < amount < 2**63):
        raise SettingInvalidError(
            f"the limit {name} is {amount!r}, no number of {limit.unit.value}"
        )
    try:
        return limit.parse(amount) if isinstance(amount, str) else limit.check(amount)
    except SettingInvalidError as error:
        message = f"the limit {name}: {error.message}"
        raise SettingInvalidError(message, hint=error.hint) from error


def _check_level(level: str | None) -> str | None:
    if level is not None and level not in LEVELS:
        allowed = ", ".join(LEVELS)
        raise SettingInvalidError(f"level is {level!r:.40}, and not one of {allowed}")
    return level


def _check_jobs(jobs: int | None) -> int | None:
    if jobs is not None and not 1 <= jobs <= _MOST_JOBS:
        raise SettingInvalidError(f"jobs is {jobs}, no number from 1 to {_MOST_JOBS}")
    return jobs


def _settings(home: str | os.PathLike[str] | None) -> Settings:
    settings = load_settings()
    return settings if home is None else replace(settings, home=place_of(home))


def _keep_quiet(_words: str) -> None:
    """A program that wants to know what happens has ``on_event``."""


def _ignore(_event: Event) -> None:
    """Nobody looks on."""
