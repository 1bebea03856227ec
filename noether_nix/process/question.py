"""Short questions to programs, as which version they are: nothing endless comes of them.

A program that only bears the name of what is looked for may print without end, or say nothing.
"""

from collections.abc import Mapping, Sequence

from noether_nix.errors import ProgramMissingError
from noether_nix.frozen import replace
from noether_nix.process.child import Exit, run

# A version is a line; what our own questions to a Python are answered with, some hundred bytes.
MOST_BYTES = 64 << 10
# A cold disk takes seconds to start an interpreter from.
SECONDS = 30.0
_GRACE_SECONDS = 0.5


class _Talkative(Exception):  # noqa: N818 - never leaves this module
    """It has said more than an answer can be."""


def ask(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    within_seconds: float = SECONDS,
    most_bytes: int = MOST_BYTES,
) -> Exit:
    """Run a program for its short answer on standard output.

    Raises:
        ProgramMissingError: it cannot be started, does not end in time, or says too much.
    """
    pieces: list[bytes] = []
    said = 0

    def take(piece: bytes) -> None:
        nonlocal said
        said += len(piece)
        if said > most_bytes:
            raise _Talkative
        pieces.append(piece)

    try:
        end = run(
            argv,
            environment=environment,
            on_output=take,
            timeout_seconds=within_seconds,
            grace_seconds=_GRACE_SECONDS,
        )
    except _Talkative:
        raise ProgramMissingError(
            f"{argv[0]} is not what it is called: asked a short question, it prints more than "
            f"{most_bytes >> 10} KiB"
        ) from None
    if end.stopped is not None:
        raise ProgramMissingError(f"{argv[0]} does not answer within {within_seconds:.0f} s")
    return replace(end, stdout=b"".join(pieces))
