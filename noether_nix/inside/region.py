"""The two documents that pass between outside and inside: a region, and what came of it.

A region is a set of calls that one derivation runs. Both documents are read on the other side
of a wall, so each has its reader and writer here.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from noether_nix.inside.growing import Body, Each

SCHEMA = 2
# What fits in a line of Nix's log without slowing it (13 MB/s when it compresses).
INLINE_BYTES = 4096

NOT_TAKEN = "not-taken"
# Ends with which what hangs on the call goes on.
WELL = frozenset({"succeeded", "known", NOT_TAKEN})


@dataclass(frozen=True)
class Program:
    """What several calls have in common: a stage with its types and limits.

    ``known`` maps the SHA-256 (hex) of inputs whose result is known already to a place in
    :attr:`Region.values`.
    """

    source: str
    helpers: Mapping[str, str]
    input: Mapping[str, Any]
    output: Mapping[str, Any]
    limits: Mapping[str, int]
    known: Mapping[str, int]

    @property
    def code(self) -> bytes:
        """The source and the helpers, as a call finds them before its input."""
        return "".join((self.source, *self.helpers.values())).encode()


@dataclass(frozen=True)
class RegionCall:
    """One call of a region; ``input`` is an expression of :mod:`dataflow`.

    ``needs`` are the calls of this region whose results the expression or a guard uses. It is
    made only if all ``guards``, pairs of an expression and a boolean, hold. ``retries`` are those
    of :mod:`retrying`; ``retries_raised`` says that they are also for an exception.
    """

    index: int
    program: int
    input: Any
    needs: tuple[int, ...]
    wall_seconds: float
    output_bytes: int
    log_bytes: int
    cpu_seconds: float
    silence_seconds: float | None = None
    guards: tuple[tuple[Any, bool], ...] = ()
    retries: tuple[tuple[int, int, float], ...] = ()
    retries_raised: bool = False


@dataclass(frozen=True)
class Region:
    """All that a scheduler is told.

    ``values`` are JSON texts, or store paths of large ones (``{"path": …}``). ``known`` maps the
    index of calls outside the region to a value, ``input`` is the graph input's place.
    ``run_seconds`` bounds the whole run, of which ``left_seconds`` are left as the region begins.
    ``alone`` says that its one call stands for itself: nothing is in the plan but what that call
    may know.

    Of a plan that grows (:mod:`growing`): ``eaches`` are those of its flow, ``first`` the number
    of calls before any has grown, ``history`` what has grown outside. Of those calls ``resumed``
    are to run. ``attended`` are the eaches that are to grow in the region, or whose value hangs on
    calls of it. ``timed`` asks that it be told when each call began, stood, and ended.
    """

    token: str
    parallel: int
    stop_at_failure: bool
    programs: tuple[Program, ...]
    calls: tuple[RegionCall, ...]
    values: tuple[Any, ...]
    input: int
    known: Mapping[int, int]
    shared: tuple[Any, ...] = ()
    run_seconds: float | None = None
    left_seconds: float | None = None
    alone: bool = False
    first: int = 0
    eaches: tuple[Each, ...] = ()
    history: tuple[tuple[int, int], ...] = ()
    resumed: tuple[int, ...] = ()
    attended: tuple[int, ...] = ()
    timed: bool = False

    def without_calls(self) -> "Region":
        """The same with nothing to run."""
        return replace(self, calls=(), known={}, eaches=(), history=(), resumed=(), attended=())

    def to_bytes(self) -> bytes:
        """The file ``plan.json``."""
        document = {
            "schema": SCHEMA,
            "token": self.token,
            "parallel": self.parallel,
            "stop_at_failure": self.stop_at_failure,
            "programs": [vars(program) for program in self.programs],
            "calls": [vars(call) for call in self.calls],
            "values": self.values,
            "input": self.input,
            "known": {str(index): place for index, place in self.known.items()},
            "shared": self.shared,
            "run_seconds": self.run_seconds,
            "left_seconds": self.left_seconds,
            "alone": self.alone,
            "first": self.first,
            "eaches": self.eaches,
            "history": self.history,
            "resumed": self.resumed,
            "attended": self.attended,
            "timed": self.timed,
        }
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=vars)
        return text.encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Region":
        """Read what :meth:`to_bytes` wrote; ``ValueError`` for another schema."""
        document = json.loads(data)
        if document.pop("schema") != SCHEMA:
            raise ValueError("a plan of another schema")
        document["programs"] = tuple(Program(**item) for item in document["programs"])
        document["calls"] = tuple(_call(item) for item in document["calls"])
        document["values"] = tuple(document["values"])
        document["eaches"] = tuple(map(_each, document["eaches"]))
        document["history"] = tuple(map(tuple, document["history"]))
        for name in ("shared", "resumed", "attended"):
            document[name] = tuple(document[name])
        document["known"] = {int(index): place for index, place in document["known"].items()}
        return cls(**document)


def _call(document: dict[str, Any]) -> RegionCall:
    needs, guards = tuple(document.pop("needs")), tuple(map(tuple, document.pop("guards")))
    retries = tuple(map(tuple, document.pop("retries")))
    return RegionCall(**document, needs=needs, guards=guards, retries=retries)


def _each(document: dict[str, Any]) -> Each:
    body = document.pop("body")
    calls, eaches = tuple(map(_call, body.pop("calls"))), tuple(map(_each, body.pop("eaches")))
    return Each(**document, body=Body(**body, calls=calls, eaches=eaches))


@dataclass
class Ending:
    """How one call of a region ended.

    ``outcome`` is a name of the closed set of design 5, or ``known`` for a call whose input was
    found among its program's known ones. ``value`` is the encoded result, ``log`` where the
    call's prints are (bytes, or in the file of those that are ``spilt``). ``beside`` says that
    another call ran at the same time; like durations it is only told, never written, and so is
    when on the kernel's monotonic clock the call began, stood behind its fences, ended, and was
    taken down (``times``).
    """

    index: int
    outcome: str
    input_sha256: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    value: bytes | None = None
    log: bytes = b""
    spilt: bool = False
    log_bytes: int = 0
    beside: bool = False
    times: tuple[float, ...] = ()


def write_endings(
    endings: Iterable[Ending], file: BinaryIO, copy: Callable[[int, BinaryIO], None]
) -> None:
    """Write the fused output: canonical, so nothing in it depends on time or order of ends.

    ``copy`` writes what the call of that index printed, if it is spilt.
    """
    ordered = sorted(endings, key=lambda ending: ending.index)
    head = [
        {
            "index": ending.index,
            "outcome": ending.outcome,
            "input_sha256": ending.input_sha256,
            "detail": ending.detail,
            "value_bytes": None if ending.value is None else len(ending.value),
            "log_bytes": ending.log_bytes,
        }
        for ending in ordered
    ]
    file.write(
        json.dumps({"schema": SCHEMA, "calls": head}, separators=(",", ":")).encode() + b"\n"
    )
    for ending in ordered:
        file.write(ending.value or b"")
        file.write(ending.log)
        if ending.spilt:
            copy(ending.index, file)


def read_endings(file: BinaryIO) -> Iterator[Ending]:
    """Read what :func:`write_endings` wrote; ``ValueError`` when it is not that."""
    try:
        head = json.loads(file.readline())
    except RecursionError as error:
        raise ValueError("a fused output that is nested too deeply") from error
    if not isinstance(head, dict) or head.get("schema") != SCHEMA:
        raise ValueError("a fused output of another schema")
    try:
        for item in head["calls"]:
            size = item.pop("value_bytes")
            value = None if size is None else _exactly(file, size)
            yield Ending(**item, value=value, log=_exactly(file, item["log_bytes"]))
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"a fused output of another form: {error}") from error


def _exactly(file: BinaryIO, size: int) -> bytes:
    # Memory is set aside for all that is asked for, however little there is.
    left = os.fstat(file.fileno()).st_size - file.tell()
    if not 0 <= size <= left:
        raise ValueError("a fused output that is cut short")
    return file.read(size)
