"""A run while it happens: a live view on a terminal, plain lines elsewhere."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from noether_nix.cli.printing import say
from noether_nix.cli.progress_lines import ONCE_MORE, call_line, delay_line, delay_of, header
from noether_nix.cli.roll import Roll
from noether_nix.cli.safe import safely_on_one_line
from noether_nix.cli.tally import MOST_LINES
from noether_nix.errors import FileUnreadableError
from noether_nix.run.events import (
    CallEnded,
    CallFailedOnce,
    CallsAdded,
    CallStarted,
    CallWaiting,
    Event,
    RunEnded,
    RunStarted,
    SandboxChecked,
    Warned,
    event_to_document,
)
from noether_nix.run.report import CallReport

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

_FRAMES_PER_SECOND = 8


class Onlooker(Protocol):
    """Someone who is told of every event, between enter and exit."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def see(self, event: Event) -> None:
        """Take notice of an event."""
        ...


class PlainLines:
    """Lines on standard error, for logs and for ears."""

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose
        self._roll: Roll | None = None
        self._header_said = False
        self._running: set[int] = set()
        self._ended = 0
        self._lines = 0
        self._next = MOST_LINES

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return

    def see(self, event: Event) -> None:
        """Say what is worth a line."""
        match event:
            case RunStarted():
                self._roll = Roll(event)
            case CallsAdded():
                self._known_roll.add(event)
            case SandboxChecked(level):
                self._say_header(level)
            case CallFailedOnce(index) | CallWaiting(index):
                self._running.discard(index)
                self._say_line(delay_of(self._known_roll.labels[index], event))
            case CallEnded(call):
                self._see_end(call)
            case Warned(message):
                say(f"warning: {safely_on_one_line(message, 1000)}")
            case RunEnded(report):
                self._say_header(report.sandbox)
                self._say_nodes()
            case CallStarted(index):
                self._see_start(index)

    def _see_start(self, index: int) -> None:
        if index in self._running:
            say(delay_line(self._known_roll.labels[index], ONCE_MORE))
        self._running.add(index)

    def _say_nodes(self) -> None:
        for line in self._known_roll.lines():
            say(line)

    def _say_header(self, level: str) -> None:
        if self._roll is not None and not self._header_said:
            self._header_said = True
            say(header(self._roll.started, level))

    @property
    def _known_roll(self) -> Roll:
        assert self._roll is not None
        return self._roll

    def _see_end(self, call: CallReport) -> None:
        self._ended += 1
        roll = self._known_roll
        roll.end(call)
        if call.cached:
            return
        if not call.is_well or not roll.is_long:
            self._say_line(call_line(call, verbose=self._verbose))
        elif self._ended >= self._next:
            whole = len(roll.labels)
            self._next = self._ended + max(1, whole // 10)
            say(f"  {self._ended} of {whole} calls")

    def _say_line(self, line: str) -> None:
        if self._lines < 5 * MOST_LINES:
            say(line)
        self._lines += 1


class LiveTree:
    """A view that is drawn over and over on a terminal, at most eight times a second.

    It begins when something runs: where nothing does, there is nothing to watch.
    """

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose
        self._roll: Roll | None = None
        self._lines = 0
        self._live: Live | None = None
        self._running: dict[int, float] = {}
        self._known = self._ran = self._bad = self._skipped = self._untaken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def see(self, event: Event) -> None:
        """Change the picture; calls that have ended are left standing above it."""
        match event:
            case RunStarted():
                self._roll = Roll(event)
            case CallsAdded():
                self._known_roll.add(event)
            case SandboxChecked(level):
                self._begin(level)
            case CallStarted(index):
                if index in self._running:
                    self._say(delay_line(self._known_roll.labels[index], ONCE_MORE))
                self._running[index] = time.monotonic()
            case CallFailedOnce(index) | CallWaiting(index):
                self._running.pop(index, None)
                self._say(delay_of(self._known_roll.labels[index], event))
            case CallEnded(call):
                self._see_end(call)
            case Warned() | RunEnded():
                self._see_words(event)

    def _see_words(self, event: Warned | RunEnded) -> None:
        if isinstance(event, Warned):
            self._say(f"warning: {safely_on_one_line(event.message, 1000)}")
        elif self._live is None and self._roll is not None:
            self._say(header(self._roll.started, event.report.sandbox))
        if isinstance(event, RunEnded):
            for line in self._known_roll.lines():
                self._say(line)

    @property
    def _known_roll(self) -> Roll:
        assert self._roll is not None
        return self._roll

    def _begin(self, level: str) -> None:
        if self._live is not None or self._roll is None:
            return  # another region of the same run
        from rich.console import Console
        from rich.live import Live

        self._say(header(self._roll.started, level))
        self._live = Live(
            console=Console(stderr=True, highlight=False),
            refresh_per_second=_FRAMES_PER_SECOND,
            get_renderable=self._picture,
            transient=True,
        )
        self._live.start()

    def _say(self, line: str) -> None:
        if self._live is None:
            say(line)
        else:
            self._live.console.print(line, markup=False, soft_wrap=True)

    def _see_end(self, call: CallReport) -> None:
        self._running.pop(call.index, None)
        self._known += call.cached
        self._ran += call.ok and not call.cached
        self._untaken += call.outcome == "not-taken"
        self._bad += not call.is_well and call.outcome != "skipped"
        self._skipped += call.outcome == "skipped"
        roll = self._known_roll
        roll.end(call)
        if not call.cached and (not call.is_well or not roll.is_long):
            if self._lines < 5 * MOST_LINES:
                self._say(call_line(call, verbose=self._verbose))
            self._lines += 1

    def _picture(self) -> "RenderableType":
        from rich.text import Text

        now, labels = time.monotonic(), self._known_roll.labels
        lines = [
            f"… {labels[index]:<24} {now - since:.1f} s"
            for index, since in list(self._running.items())[:8]
        ]
        over = self._known + self._ran + self._bad + self._skipped + self._untaken
        left = len(labels) - over
        lines.append(f"{self._ran} run, {self._known} known, {self._bad} failed, {left} to go")
        return Text("\n".join(lines))


class EventFile:
    """Every event as one JSON object a line, written as it happens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        try:
            self._file = self._path.open("w", encoding="utf-8", buffering=1)
        except OSError as error:
            raise self._unwritable(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            with suppress(OSError):  # every line was written when it was told
                self._file.close()

    def see(self, event: Event) -> None:
        """Write the event down.

        Raises:
            FileUnreadableError: the disk is full, or nobody reads the pipe any more.
        """
        assert self._file is not None
        document = event_to_document(event, seconds=time.monotonic() - self._began)
        try:
            self._file.write(json.dumps(document) + "\n")
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> FileUnreadableError:
        return FileUnreadableError(
            f"{self._path}: events cannot be written: {error.strerror}",
            hint="name another file with --events; what had ended is kept",
        )


def onlookers(
    *, quiet: bool, events: Path | None, is_terminal: Callable[[], bool], verbose: bool = False
) -> list[Onlooker]:
    """Who watches a run: the terminal or a plain log, and a file if one is asked for."""
    watching: list[Onlooker] = []
    if events is not None:
        watching.append(EventFile(events))
    if not quiet and is_terminal():
        watching.append(LiveTree(verbose=verbose))
    elif not quiet:
        watching.append(PlainLines(verbose=verbose))
    return watching
