"""A build that gave nothing: what to say of it, and whether its call can have ended it."""

from noether_nix.errors import BuilderLostError, EvaluationFailedError
from noether_nix.process.nix_build import BuildEnd, NixBuild

_NO_ROOM = "[Errno 28]"  # as Python begins it, in what the builder says last


def loss(build: NixBuild, level: str | None, *, began: bool) -> Exception:
    """The error for a build without an output.

    Args:
        build: how it ended.
        level: the isolation that it proved; None where nothing was heard of it.
        began: whether a call was begun in it.
    """
    if build.end is BuildEnd.BUILT:
        return EvaluationFailedError("Nix built a region and named no output")
    tail = build.exit.stderr_tail.decode("utf-8", "replace")
    last = " | ".join(line for line in tail.splitlines()[-12:] if not line.startswith('{"noether"'))
    # What stands there is the scheduler's own: no call writes to the log of its build.
    full = _NO_ROOM in last
    return BuilderLostError(
        f"the build ended before its calls did ({build.end.value}): {last[-800:]}",
        hint=_remedy(build.end, proved=level is not None, full=full),
        within_reach=(
            level == "alone" and began and build.end is BuildEnd.BUILDER_FAILED and not full
        ),
    )


def _remedy(end: BuildEnd, *, proved: bool, full: bool) -> str:
    if end is BuildEnd.DAEMON_ENDED:
        return (
            "run again: what had ended is kept. If it happens again, nix-daemon's own log says why "
            "(journalctl -u nix-daemon)"
        )
    if full:
        return "make room on the disk that Nix builds on, and run again: what had ended is kept"
    if proved:
        return "run again: what had ended is kept. If it happens again, look at free memory"
    return (
        "nothing was heard of its interpreter. If that happens again, the toolchain may be"
        " damaged: `noether store gc` and then `noether toolchain update` make it anew"
    )
