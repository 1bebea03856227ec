"""A run of a graph as the words of a command asked for it; needs no click.

What words mean is remembered: a run that was asked for in the very same words, and in which
nothing is new, is mostly imports, and click with all that it imports is a third of them.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from noether_nix.cli.given import RawInput, read_input, read_level, read_limits, read_policy_options
from noether_nix.cli.giving import Giving, check_target, command_words, give
from noether_nix.cli.progress import onlookers
from noether_nix.cli.settings import load_settings
from noether_nix.cli.show import note
from noether_nix.errors import FileUnreadableError, NoetherError, RunInterruptedError
from noether_nix.frozen import dataclass, field_names, replace
from noether_nix.run.events import Event
from noether_nix.run.graph_file import name_of, read_graph_bytes, read_graph_file
from noether_nix.run.house import House
from noether_nix.run.memo import Question, recall_run
from noether_nix.run.memos import code_digest, find_memo, keep_memo
from noether_nix.run.options import RunOptions
from noether_nix.run.report import CallReport, Report

if TYPE_CHECKING:
    from noether_nix.cli.failures import Again, LogReader
    from noether_nix.run.loading import LoadedGraph
    from noether_nix.run.stopwatch import Stopwatch

_PATHS = ("output", "events", "policy_file", "trace")
_ROOMS = ("cli",)  # whose code says what words mean


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWords:
    """What the words of `noether run` mean; its options have the same names."""

    graph: str
    input_text: str | None
    fields: Sequence[str]
    output: Path | None
    events: Path | None
    jobs: int | None
    only: str | None
    limits: Sequence[str]
    level: str | None
    allowed_effects: Sequence[str]
    policy_file: Path | None
    allow_unsandboxed: bool
    check_properties: bool
    raw: bool
    as_json: bool
    fail_fast: bool
    no_optimize: bool
    dry_run: bool
    quiet: bool
    verbose: bool
    profile: bool
    trace: Path | None

    def to_text(self) -> str:
        """JSON that :meth:`from_text` reads."""
        values = {name: getattr(self, name) for name in field_names(RunWords)}
        return json.dumps(values, default=str)

    @classmethod
    def from_text(cls, text: str) -> "RunWords":
        """What :meth:`to_text` wrote."""
        values = json.loads(text)
        for name in _PATHS:
            values[name] = None if values[name] is None else Path(values[name])
        return cls(**values)

    @property
    def is_quiet(self) -> bool:
        """Whether nobody wants to be told what goes on."""
        return self.quiet or self.as_json

    def run_options(self) -> RunOptions:
        """What the run may do.

        Raises:
            SettingInvalidError: an option's value means nothing.
        """
        return RunOptions(
            read_limits(self.limits),
            self.jobs,
            stop_at_failure=self.fail_fast,
            only=self.only,
            optimize=not self.no_optimize,
            check_properties=self.check_properties,
            level=read_level(self.level, allow_unsandboxed=self.allow_unsandboxed),
            policies=read_policy_options(self.allowed_effects, self.policy_file),
        )


def run_as_asked(asked: RunWords, words: Sequence[str]) -> None:
    """Run what ``words`` ask for, and remember that this is what they mean."""
    stopwatch = _stopwatch(asked)
    _check_targets(asked)
    given = read_input(asked.input_text, asked.fields)
    options = asked.run_options()
    with House(load_settings(), say=_say_in(asked)) as house:
        house.stopwatch = stopwatch
        if asked.dry_run:
            from noether_nix.cli.dry_run import show_dry_run

            show_dry_run(house, load_graph(house, *read_graph(asked.graph)), given.value(), options)
            return
        finish = _run(house, asked, given, options, words)
    finish()


def _check_targets(asked: RunWords) -> None:
    """Refuse files that cannot be written, or would take the place of the graph itself."""
    graph = os.path.realpath(asked.graph)
    for target in (asked.output, asked.trace, asked.events):
        if target is not None and target.is_file() and os.path.realpath(target) == graph:
            raise FileUnreadableError(f"{target} is the graph itself", hint="name another file")
    check_target(asked.output)
    check_target(asked.trace)


def run_again(words: Sequence[str]) -> bool:
    """Run what these very words asked for before; False when that is not known."""
    with ExitStack() as stack:
        try:
            house = stack.enter_context(House(load_settings(), say=note))
            meant = find_memo(house.database, _name(words)) if house.exists else None
        except NoetherError:
            return False  # it is said after what may be wrong with the words
        if meant is None:
            return False
        asked = RunWords.from_text(meant)
        house.say, house.stopwatch = _say_in(asked), _stopwatch(asked)
        _check_targets(asked)
        given = read_input(asked.input_text, asked.fields)
        finish = _run(house, asked, given, asked.run_options(), None)
    finish()
    return True


def _run(
    house: House,
    asked: RunWords,
    given: RawInput,
    options: RunOptions,
    words: Sequence[str] | None,
) -> Callable[[], None]:
    """Run a graph; gives what prints the report, for when the house is closed."""
    quiet = asked.is_quiet
    looking = watching(quiet=quiet, events=asked.events, verbose=asked.verbose)
    report, stopped = _answer(house, asked.graph, given, options, looking, quiet=quiet)
    if report.ok and words is not None:
        keep_memo(house, _name(words), asked.to_text())
    again = _again(asked.graph, asked.input_text, asked.fields, asked.limits)
    giving = Giving(raw=asked.raw, output=asked.output, as_json=asked.as_json, quiet=asked.quiet)
    stopwatch = house.stopwatch
    if stopwatch is not None:
        from noether_nix.cli.profiling import Profiling

        stopwatch.end()
        giving = replace(giving, profiling=Profiling(stopwatch, asked.profile, asked.trace))
    reader = log_reader(house, report)
    return lambda: give(report, giving, again, reader, stopped)


def _stopwatch(asked: RunWords) -> "Stopwatch | None":
    """What takes the times, if somebody wants to know them; nothing of it is imported else."""
    if not asked.profile and asked.trace is None:
        return None
    from noether_nix.run.stopwatch import Stopwatch, process_began

    stopwatch = Stopwatch(process_began())
    stopwatch.begin()
    return stopwatch


def _say_in(asked: RunWords) -> Callable[[str], None]:
    return (lambda _words: None) if asked.quiet else note


def _name(words: Sequence[str]) -> str:
    facts = ["words", code_digest(*_ROOMS), list(words)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def log_reader(house: House, report: Report) -> "LogReader":
    """Reads what the calls of a run printed; works when the house is closed."""

    def read(call: CallReport) -> bytes | None:
        from noether_nix.ledger.logs import LogFiles

        return LogFiles(house.logs_folder).read(report.run, call.index)

    return read


def _again(
    graph: str, input_text: str | None, fields: Sequence[str], limits: Sequence[str]
) -> "Again | None":
    """What to type to have one call of the run again; None where that cannot be typed.

    For a call of an item that is the node with all items: what is known of them is not made again.
    """
    if graph == "-" or input_text == "-":
        return None
    words = command_words("noether", "run", graph, input_text=input_text, fields=fields)
    words += [word for limit in limits for word in ("--limit", limit)]

    def again(call: CallReport) -> list[str]:
        from noether_nix.run.labels import without_items

        return [*words, "--only", without_items(call.pointer)]

    return again


def read_graph(graph: str) -> tuple[bytes, str]:
    """The bytes of a graph of a command line, and its name: ``-`` is standard input."""
    if graph == "-":
        return read_graph_bytes(sys.stdin.buffer), graph
    return read_graph_file(Path(graph)), graph


def load_graph(house: House, text: bytes, source: str) -> "LoadedGraph":
    """Check a graph that was read; paths in it are relative to its folder."""
    from noether_nix.run.loading import load_graph_text

    folder = Path() if source == "-" else Path(source).parent
    return load_graph_text(
        text,
        source=source,
        name=name_of(source),
        folder=folder,
        find=house.find_stage,
        admit=house.admit,
    )


def _answer(
    house: House,
    graph: str,
    given: RawInput,
    options: RunOptions,
    looking: AbstractContextManager[Callable[[Event], None]],
    *,
    quiet: bool,
) -> "tuple[Report, RunInterruptedError | None]":
    with house.phase("reading"):
        text, source = read_graph(graph)
        folder = Path() if source == "-" else Path(source).parent
        question = Question(name_of(source), text, folder, given.digest(), options)
    with looking as look:
        tell = look if house.stopwatch is None else house.stopwatch.telling(look)
        report = recall_run(house, question, tell)
        if report is None:
            with house.phase("start"):
                from noether_nix.cli.stopping import stopping
                from noether_nix.run.start import run_loaded
                from noether_nix.run.warmup import get_ready_ahead

            with house.phase("toolchain"):
                get_ready_ahead(house)
            with house.phase("checking"):
                loaded = load_graph(house, text, source)
                value = given.value()
            with stopping(quiet=quiet) as stop:
                report = run_loaded(
                    house,
                    loaded,
                    value,
                    options,
                    tell,
                    question=question,
                    cancellation=stop.cancellation,
                )
            return report, stop.error
    return report, None


@contextmanager
def watching(
    *, quiet: bool, events: Path | None, verbose: bool = False
) -> Iterator[Callable[[Event], None]]:
    """Let those who should see a run look on; gives the function that tells them."""
    looking = onlookers(quiet=quiet, events=events, verbose=verbose, is_terminal=sys.stderr.isatty)
    with ExitStack() as stack:
        for one in looking:
            stack.enter_context(one)

        def tell(event: Event) -> None:
            for one in looking:
                one.see(event)

        yield tell
