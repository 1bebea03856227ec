"""Runs and their calls as they are kept."""

from typing import Literal, TypeAlias

from noether_nix.frozen import dataclass

RunState: TypeAlias = Literal["running", "succeeded", "failed", "interrupted", "lost"]
"""``lost`` is a run that the machinery let down; ``interrupted`` one that was stopped or died."""

INLINE_BYTES = 64 * 1024
"""Inputs up to this size are kept with their run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """What is known when a run begins.

    Attributes:
        graph_id: the closure id, of the graph with stages by their ids.
        composition_id: that of the graph as it was written, with stages by their names.
        graph: the graph's document, byte for byte.
        input_sha256: of the encoded input.
        input: the encoded input; None where it is too large to keep.
        toolchain: JSON of provider, path and version.
        level: the isolation that is asked for; the one that was had comes with :class:`RunEnd`.
    """

    started: float
    graph_name: str
    graph_id: str
    composition_id: str
    graph: bytes
    input_sha256: str
    input: bytes | None
    level: str
    toolchain: str
    nix_version: str
    noether_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """What is known when a run has ended.

    Attributes:
        counts: JSON of how many calls ended how.
        level: the isolation that was had, where it was not the one asked for.
    """

    ended: float
    state: RunState
    seconds: float
    counts: str
    output_sha256: str | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a graph; its documents are asked for separately.

    Attributes:
        state: a run whose process died without a word is ``interrupted``.
        composition_id: None of a run that is older than the writing down of it.
    """

    id: str
    started: float
    ended: float | None
    state: RunState
    graph_name: str
    graph_id: str
    composition_id: str | None
    graph_sha256: str
    input_sha256: str
    output_sha256: str | None
    pid: int
    level: str
    toolchain: str
    nix_version: str
    noether_version: str
    counts: str
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How one call of a run ended.

    Attributes:
        number: its place in the plan, from 0; also the name of its log.
        pointer: the node's name.
        key: None when an input never came to be.
        seconds: None when the result was known.
        used: JSON of what it took.
        detail: JSON of what there is to say about the outcome.
    """

    number: int
    pointer: str
    stage_id: str
    stage_name: str
    key: str | None
    outcome: str
    cached: bool
    seconds: float | None
    used: str = "{}"
    detail: str = "{}"
    value_sha256: str | None = None
    log_bytes: int = 0
