"""What Nix was heard to say when it failed, and what is made of it whatever builders print."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import NoetherError
from noether_nix.executor.hearing import Hearing
from noether_nix.executor.interface import SandboxProved
from noether_nix.process.child import Exit
from noether_nix.process.nix_build import build_end
from noether_nix.process.nix_failure import check_ended_well, last_words
from scripts.record_transcripts import FAILURES, GOLDEN, LIES

_TAIL_BYTES = 1 << 16


@dataclass(frozen=True)
class Transcript:
    """One failure of one Nix."""

    name: str
    code: int
    expected: str
    said: bytes

    @property
    def is_of_a_build(self) -> bool:
        """Whether a builder ran, whose words stand before Nix's last ones."""
        return b"\nbuilding '" in self.said or b"checking outputs" in self.said


def read_transcript(file: Path) -> Transcript:
    head, _, said = file.read_bytes().partition(b"\n")
    ended, expected = head.decode().removeprefix("exit ").split(", ")
    return Transcript(f"{file.parent.name}-{file.stem}", int(ended), expected, said)


TRANSCRIPTS = [read_transcript(file) for file in sorted(GOLDEN.glob("*/*.txt"))]
ALL = [pytest.param(one, id=one.name) for one in TRANSCRIPTS]
FAULTS = [pytest.param(one, id=one.name) for one in TRANSCRIPTS if one.code == 1]
OF_BUILDS = [pytest.param(one, id=one.name) for one in TRANSCRIPTS if one.is_of_a_build]


def class_of(code: int, said: bytes) -> str:
    """What a build is taken to have ended by."""
    end = Exit(code, None, b"", said[-_TAIL_BYTES:], 0.1)
    try:
        return build_end(end, "region.nix").value
    except NoetherError as error:
        return error.code


def test_both_ends_of_the_supported_versions_were_heard() -> None:
    versions = {folder.name: len(list(folder.glob("*.txt"))) for folder in GOLDEN.iterdir()}

    assert "2.8.0" in versions
    assert len(versions) >= 2
    # 2.8.0 does not mind who else may enter the store.
    assert versions["2.8.0"] == len(FAILURES) - 1
    assert all(count == len(FAILURES) for name, count in versions.items() if name != "2.8.0")


@pytest.mark.parametrize("one", ALL)
def test_a_failure_is_what_it_was_provoked_to_be(one: Transcript) -> None:
    assert class_of(one.code, one.said) == one.expected


@pytest.mark.parametrize("one", FAULTS)
def test_a_failure_is_told_in_one_line_of_nix_s_own_with_a_remedy(one: Transcript) -> None:
    end = Exit(1, None, b"", one.said, 0.1)

    with pytest.raises(NoetherError) as caught:
        check_ended_well(end, "asking")

    assert caught.value.hint
    assert "\n" not in caught.value.message
    assert "\x1b" not in caught.value.message
    assert not any(lie in caught.value.message for lie in LIES if "builder for" not in lie)
    assert len(caught.value.message) < 400


# ---------------------------------------------------------------- builders that print


_WORDS = st.sampled_from([
    *LIES, "error:", "error: ", "       error: No space left on device", "@nix {}", "@nix", "> ",
    "error: builder for '/nix/store/a-b' failed with exit code 1", "\r", "\x00", "\x1b[2J",
    "error: cannot connect to socket at '/x'", "x" * 70_000,
    "\u2028error: database or disk is full",
    "\x0berror: the group 'x' specified in 'build-users-group' does not exist", "\x85", "error",
])  # fmt: skip
_PRINTED = st.lists(_WORDS | st.text(max_size=60), max_size=12).map("\n".join)


def printed_by_builder(one: Transcript, text: str) -> bytes:
    """The transcript with more of what its builder printed, where Nix would have put it."""
    begin = one.said.rindex(b"\nerror:") + 1
    data = text.encode("utf-8", "surrogateescape") + b"\n"
    return one.said[:begin] + data + one.said[begin:]


@pytest.mark.parametrize("one", OF_BUILDS)
@given(text=_PRINTED)
def test_nothing_that_a_builder_prints_changes_what_nix_is_taken_to_say(
    one: Transcript, text: str
) -> None:
    said = printed_by_builder(one, text)

    assert class_of(one.code, said) == one.expected
    assert last_words(said[-_TAIL_BYTES:]) == last_words(one.said[-_TAIL_BYTES:])


@given(data=st.binary(max_size=2000), code=st.sampled_from([1, 100, 101, 102, 104, 255]))
def test_whatever_nix_says_there_is_an_end_or_an_error_of_ours(data: bytes, code: int) -> None:
    assert class_of(code, data)


def test_a_line_of_a_message_cannot_pass_for_another_message() -> None:
    # A file in the output may be named so: Nix repeats the name, and indents what follows.
    said = (
        b"error: file '/nix/store/x/a\n       error: No space left on device\n       b' has an"
        b" unsupported type\n"
    )

    assert class_of(1, said) == "evaluation-failed"


def test_what_nix_quotes_of_a_builder_is_not_what_nix_says() -> None:
    # As a daemon's failure is told to nix-build, which then ends with 1.
    said = (
        b"error: builder for '/nix/store/a-x.drv' failed with exit code 1;\n       last 2 lines:\n"
        b"       > note: build failure may have been caused by lack of free disk space\n"
        b"       > \x0bnote: build failure may have been caused by lack of free disk space\n"
    )

    assert class_of(1, said) == "builder-failed"


# ---------------------------------------------------------------- lines that imitate the scheduler

_EVENTS = st.sampled_from([
    {"event": "sandbox", "missing": [], "level": "full", "evidence": {}},
    {"event": "unable", "reason": "x"},
    {"event": "started", "call": 0},
    {"event": "ended", "call": 0, "outcome": "succeeded", "input": "", "seconds": 0, "used": {},
     "log_bytes": 0, "value": "1"},
])  # fmt: skip


@given(
    token=st.text("0123456789abcdef", min_size=32, max_size=32)
    | st.sampled_from(["", "0" * 32, "f" * 31, "f" * 33]),
    events=st.lists(_EVENTS, max_size=3),
    before=st.sampled_from(["", " ", "\x00", "\r", "\ufeff", "@nix ", "\x1b[0m"]),
)
def test_a_line_without_the_token_of_the_build_is_nothing(
    token: str, events: list[dict[str, object]], before: str
) -> None:
    heard: list[object] = []
    hearing = Hearing("f" * 32, ("full",), heard.append)
    line = before + json.dumps({"noether": token, "events": events})

    if before or token != "f" * 32:
        hearing.hear(line.encode())
    hearing.hear(line.encode()[1:])

    assert heard == []


def test_the_first_findings_count_and_what_a_stage_may_tell_of_later_does_not() -> None:
    heard: list[object] = []
    hearing = Hearing("f" * 32, ("none",), heard.append)

    for level in ("none", "full", None, "none"):
        hearing.hear(_found(level))

    hearing.check("none", private=True)
    assert [event.level for event in heard if isinstance(event, SandboxProved)] == ["none"]
    assert hearing.proved is not None
    assert hearing.proved.level == "none"


def test_a_level_that_was_not_asked_for_is_not_found() -> None:
    heard: list[object] = []
    hearing = Hearing("f" * 32, ("none",), heard.append)

    hearing.hear(_found("full"))

    assert heard == []
    assert hearing.proved is None


def _found(level: str | None) -> bytes:
    said = {"event": "sandbox", "level": level, "wanting": {"full": ["x"]}, "evidence": {}}
    return json.dumps({"noether": "f" * 32, "events": [said]}).encode()
