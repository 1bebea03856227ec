"""Understands what a builder says in Nix's log."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from noether_nix.errors import BuilderLostError
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

_NUMBER = (int, float)
_FORMS: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "again": {
        "call": (int,),
        "outcome": (str,),
        "pause": _NUMBER,
        "seconds": _NUMBER,
    },
    "ended": {
        "call": (int,),
        "outcome": (str,),
        "input": (str,),
        "seconds": _NUMBER,
        "used": (dict,),
        "log_bytes": (int,),
    },
    "grown": {"each": (int,), "items": (int,), "first": (int,)},
    "sandbox": {"level": (str, type(None)), "evidence": (dict,), "wanting": (dict,)},
    "started": {"call": (int,)},
    "unable": {"reason": (str,)},
}
_OPTIONAL: Mapping[str, tuple[type, ...]] = {
    "beside": (bool,),
    "detail": (dict,),
    "times": (list,),
    "value": (str, type(None)),
}


def _events_of(line: bytes) -> list[dict[str, Any]]:
    """What a line tells; of each event all is there that is asked for below, of its kind."""
    try:
        events = json.loads(line)["events"]
        if all(map(_is_well_formed, events)):
            for said in events:
                (said.get("value") or "").encode()
            return list(events)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BuilderLostError("the build's log has a line that is none of its form") from error
    raise BuilderLostError("the build's log tells of what cannot be")


def _is_well_formed(said: dict[str, Any]) -> bool:
    form = _FORMS.get(said["event"], {})
    return (
        all(type(said[name]) in kinds for name, kinds in form.items())
        and all(type(said[name]) in _OPTIONAL[name] for name in said.keys() & _OPTIONAL.keys())
        and all(type(moment) in _NUMBER for moment in said.get("times", ()))
        and all(said[name] >= 0 for name, kinds in form.items() if int in kinds)
    )


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
        """Take one line, with or without its end.

        Raises:
            BuilderLostError: it has the token, and no scheduler of ours could have written it;
                where a call is fenced by nothing, its code could.
        """
        if line.startswith(self._start):
            for said in _events_of(line):
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
                    said["call"],
                    said["outcome"],
                    detail,
                    said["seconds"],
                    pause,
                    said.get("times", ()),
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
            times=said.get("times", ()),
        )
        # What did not fit into the log, a large value or a long story, stands in the output.
        if done.value is None and not done.detail and done.outcome not in ("known", NOT_TAKEN):
            self._held[done.index] = done
        else:
            self._on_event(done)
