"""How a build by Nix ended, as a value."""

from enum import StrEnum

from noether_nix.formats.store_path import StorePath
from noether_nix.frozen import dataclass
from noether_nix.process.child import Exit, Stop
from noether_nix.process.nix_failure import NixExit, last_words, to_error


class BuildEnd(StrEnum):
    """How a build ended; everything but the first leaves no output path."""

    BUILT = "built"
    BUILDER_FAILED = "builder-failed"
    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"
    NOT_DETERMINISTIC = "not-deterministic"
    NIX_KILLED = "nix-killed"
    DAEMON_ENDED = "nix-daemon-ended"


@dataclass(frozen=True, slots=True)
class NixBuild:
    """What became of a build; ``exit`` is nix-build's own, with the end of what it said."""

    end: BuildEnd
    out: StorePath | None
    exit: Exit


def build_end(end: Exit, what: str) -> BuildEnd:
    """Tell from nix-build's end how the build of ``what`` ended.

    Raises:
        EvaluationFailedError: Nix refused the expression.
        SandboxUnavailableError: the machine does not let Nix isolate the builder.
        StoreFullError: the disk is full.
        StoreUnwritableError: the store's folder cannot be written.
    """
    match end:
        case Exit(stopped=Stop.TIMED_OUT) | Exit(code=NixExit.TIMED_OUT):
            return BuildEnd.TIMED_OUT
        case Exit(stopped=Stop.CANCELLED):
            return BuildEnd.CANCELLED
        case Exit(code=None):
            return BuildEnd.NIX_KILLED
        case Exit(code=NixExit.OK):
            return BuildEnd.BUILT
        case Exit(code=NixExit.BUILD_FAILED | NixExit.HASH_MISMATCH):
            return BuildEnd.BUILDER_FAILED
        case Exit(code=NixExit.NOT_DETERMINISTIC):
            return BuildEnd.NOT_DETERMINISTIC
        case _ if last_words(end.stderr_tail).is_builder_failure:
            return BuildEnd.BUILDER_FAILED
        case _:
            raise to_error(f"building {what}", end.stderr_tail)
