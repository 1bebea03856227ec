"""Understands what a builder says in Nix's log."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from noether_nix.executor.interface import (
    CallBegan,
    CallDone,
    CallFailedOnce,
    CallsGrown,
    Idle,
    Listener,
    SandboxProved,
)
from noether_nix.executor.refusal import refusal
from noether_nix.frozen import replace
from noether_nix.inside.region import NOT_TAKEN


class Hearing:
    """Hears the lines with one build's token, and no other.

    Args:
        token: the build's.
        levels: those that it was told will do; it can have found no other.
        on_event: is told of what was understood.

    Attributes:
        proved: what was found to stand, when it will do.
        began: whether a call was begun.
    """

    def __init__(self, token: str, levels: Collection[str], on_event: Listener) -> None:
        self._start = f'{{"noether": "{token}"'.encode()
        self._levels = levels
        self._on_event = on_event
        self._held: dict[int, CallDone] = {}
        self.proved: SandboxProved | None = None
        self.began = False
        self._refused: Mapping[str, Any] | None = None
        self._unable: str | None = None

    def hear(self, line: bytes) -> None:
        """Take one line, with or without its end."""
        if line.startswith(self._start):
            for said in json.loads(line)["events"]:
                self._understand(said)

    def complete(self, index: int, value: bytes | None, detail: Mapping[str, Any]) -> None:
        """Tell of a call whose end was heard without what the output says of it."""
        done = self._held.pop(index, None)
        if done is not None:
            self._on_event(replace(done, value=value, detail=detail))

    def check(self, least: str, *, private: bool) -> None:
        """Raise when the sandbox was not as it must be.

        Args:
            least: the least level that would have done.
            private: whether Nix was to use a store of ours.

        Raises:
            SandboxUnavailableError: with what is missing.
        """
        if self._refused is not None:
            raise refusal(self._refused, least, private=private)
        if self._unable is not None:
            findings = {"wanting": {least: [self._unable]}}
            raise refusal(findings, least, private=private)

    def _understand(self, said: Mapping[str, Any]) -> None:
        match said["event"]:
            case "sandbox":
                self._take_findings(said)
            case "started":
                self.began = True
                self._on_event(CallBegan(said["call"]))
            case "ended":
                self._end(said)
            case "grown":
                self._on_event(CallsGrown(said["each"], said["items"], said["first"]))
            case "again":
                detail, pause = said.get("detail", {}), said["pause"]
                again = CallFailedOnce(
                    said["call"], said["outcome"], detail, said["seconds"], pause
                )
                self._on_event(again)
            case "unable":
                self._unable = str(said["reason"])
            case "idle" | "alive":
                self._on_event(Idle())
            case _:
                pass

    def _take_findings(self, said: Mapping[str, Any]) -> None:
        # The first, from before any stage: where nothing keeps a stage from the plan and the log,
        # it could tell of another.
        if self.proved is not None or self._refused is not None:
            return
        if said["level"] is None:
            self._refused = said
            return
        if said["level"] not in self._levels:
            return
        evidence = {**said["evidence"], "wanting": said["wanting"]}
        self.proved = SandboxProved(said["level"], evidence)
        self._on_event(self.proved)

    def _end(self, said: Mapping[str, Any]) -> None:
        value = said.get("value")
        done = CallDone(
            index=said["call"],
            outcome=said["outcome"],
            input_sha256=said["input"],
            seconds=said["seconds"],
            value=None if value is None else value.encode(),
            detail=said.get("detail", {}),
            used=said["used"],
            log_bytes=said["log_bytes"],
            beside=said.get("beside", False),
        )
        # What did not fit into the log, a large value or a long story, stands in the output.
        if done.value is None and not done.detail and done.outcome not in ("known", NOT_TAKEN):
            self._held[done.index] = done
        else:
            self._on_event(done)
