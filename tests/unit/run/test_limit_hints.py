"""Which limit is named when the system's error ends a call."""

import errno
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.plan.limits import call_limits
from noether_nix.run.limit_hints import limit_hint

LIMITS = call_limits({}, {"processes": 5, "open_files": 32, "scratch": 1 << 20})


def raised(message: str) -> dict[str, Any]:
    return {"type": "OSError", "message": message}


def said(number: int, file: str | None = None) -> dict[str, Any]:
    return raised(str(OSError(number, os.strerror(number), file)))


@pytest.mark.parametrize(
    ("detail", "named"),
    [
        pytest.param(raised("can't start new thread"), ["processes=5", "memory=1GiB"], id="thread"),
        pytest.param(said(errno.EAGAIN), ["processes=5"], id="EAGAIN"),
        pytest.param(said(errno.EMFILE, "/dev/null"), ["open_files=32"], id="EMFILE"),
        pytest.param(said(errno.ENOSPC, "/tmp/x"), ["scratch=1MiB", "16,384"], id="ENOSPC"),
        pytest.param(said(errno.EFBIG), ["scratch=1MiB"], id="EFBIG"),
        pytest.param(said(errno.ENOMEM), ["memory=1GiB"], id="ENOMEM"),
        pytest.param(raised("database or disk is full"), ["scratch=1MiB"], id="a database"),
    ],
)
def test_an_error_of_the_system_names_its_limit_and_how_to_raise_it(
    detail: dict[str, Any], named: list[str]
) -> None:
    hint = limit_hint("stage-raised", detail, LIMITS)

    assert all(words in hint for words in named)
    assert f"--limit {named[0].partition('=')[0]}=…" in hint


@pytest.mark.parametrize(
    ("used", "bytes_named", "files_named"),
    [
        pytest.param({}, True, True, id="nothing was seen"),
        pytest.param({"scratch_bytes": 0, "scratch_files": 4}, True, True, id="it tidied up"),
        pytest.param({"scratch_bytes": 1 << 20, "scratch_files": 5}, True, False, id="full"),
        pytest.param({"scratch_bytes": 1, "scratch_files": 16_384}, False, True, id="too many"),
    ],
)
def test_a_full_folder_is_told_as_what_it_was_seen_to_be(
    used: dict[str, int], *, bytes_named: bool, files_named: bool
) -> None:
    hint = limit_hint("stage-raised", said(errno.ENOSPC, "/tmp/x"), LIMITS, used)

    assert ("--limit scratch=" in hint, "16,384" in hint) == (bytes_named, files_named)


@pytest.mark.parametrize("number", sorted({*errno.errorcode} - {11, 12, 24, 27, 28}))
def test_no_other_error_of_the_system_is_blamed_on_a_limit(number: int) -> None:
    assert limit_hint("stage-raised", said(number), LIMITS) == ""


def test_a_crash_may_have_been_recursion() -> None:
    hint = limit_hint("killed", {"signal": "SIGSEGV"}, LIMITS)

    assert "stack=8MiB" in hint
    assert limit_hint("killed", {"signal": "SIGKILL"}, LIMITS) == ""


@pytest.mark.parametrize("outcome", ["succeeded", "timed-out", "effect-denied", "skipped"])
def test_other_outcomes_have_no_such_hint(outcome: str) -> None:
    assert limit_hint(outcome, said(errno.EMFILE), LIMITS) == ""


@given(st.text(max_size=80))
def test_no_word_of_a_stage_gets_into_a_hint(message: str) -> None:
    plain = limit_hint("stage-raised", said(errno.EMFILE), LIMITS)

    assert limit_hint("stage-raised", raised(f"[Errno 24]{message}"), LIMITS) == plain
