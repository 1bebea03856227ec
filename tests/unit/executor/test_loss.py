"""What is said of a build that gave nothing, and who can have ended it."""

import pytest

from noether_nix.errors import BuilderLostError, EvaluationFailedError
from noether_nix.executor.loss import loss
from noether_nix.process.child import Exit
from noether_nix.process.nix_build import BuildEnd, NixBuild

_KILLED = b"building '/nix/store/x.drv'...\nerror: builder for 'x.drv' failed due to signal 9\n"
_FULL = b"OSError: [Errno 28] No space left on device\nerror: builder for 'x.drv' failed\n"


def lost(
    end: BuildEnd = BuildEnd.BUILDER_FAILED,
    *,
    level: str | None = "alone",
    began: bool = True,
    said: bytes = _KILLED,
) -> BuilderLostError:
    exit_ = Exit(code=100, signal=None, stdout=b"", stderr_tail=said, seconds=1.0)
    error = loss(NixBuild(end, None, exit_), level, began=began)
    assert isinstance(error, BuilderLostError)
    return error


def test_at_level_alone_a_builder_that_ended_may_have_been_ended_by_its_call() -> None:
    assert lost().within_reach


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(lost(level="confined"), id="at a better level"),
        pytest.param(lost(level="none"), id="with calls beside it"),
        pytest.param(lost(level=None), id="before it said a word"),
        pytest.param(lost(began=False), id="before its call began"),
        pytest.param(lost(BuildEnd.NIX_KILLED), id="Nix ended"),
        pytest.param(lost(BuildEnd.DAEMON_ENDED), id="the daemon ended"),
        pytest.param(lost(BuildEnd.TIMED_OUT), id="the time of the run was over"),
        pytest.param(lost(said=_FULL), id="the disk is full"),
    ],
)
def test_what_a_call_cannot_have_done_is_not_its_end(error: BuilderLostError) -> None:
    assert not error.within_reach


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (lost(), "look at free memory"),
        (lost(said=_FULL), "make room"),
        (lost(level=None), "noether toolchain update"),
        (lost(BuildEnd.DAEMON_ENDED), "journalctl -u nix-daemon"),
    ],
)
def test_the_remedy_is_that_of_the_cause(error: BuilderLostError, remedy: str) -> None:
    assert remedy in error.hint


def test_what_was_said_to_us_alone_is_not_told() -> None:
    error = lost(said=b'{"noether": "token", "events": []}\n' + _KILLED)

    assert "token" not in error.message
    assert "signal 9" in error.message


def test_an_output_that_has_no_name_is_no_loss() -> None:
    end = Exit(code=0, signal=None, stdout=b"", stderr_tail=b"", seconds=1.0)

    error = loss(NixBuild(BuildEnd.BUILT, None, end), "full", began=True)

    assert isinstance(error, EvaluationFailedError)
