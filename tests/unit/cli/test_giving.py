"""What a run leaves: its output whole or not at all, and for a failure how to have it again."""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from noether_nix.cli.failures import failure_lines
from noether_nix.cli.giving import Giving, check_target, command_words, give
from noether_nix.errors import FileUnreadableError, InputMismatchError
from noether_nix.run.report import CallReport, Report


def make_report(*calls: CallReport, encoded: bytes | None = None) -> Report:
    toolchain = {"provider": "host", "path": "/nix/store/x", "version": "3.11.2"}
    return Report(
        "20260801-101500-a1b2c3",
        "g",
        "0" * 64,
        "1" * 64,
        calls,
        encoded,
        0.5,
        "full",
        "Nix 2.8",
        toolchain,
    )


def succeeded(index: int = 0, *, cached: bool = False) -> CallReport:
    return CallReport(index, f"/root/stages/{index}", "fine", "0" * 64, "succeeded", cached)


def raised(index: int = 0, *, input_summary: str = "1", log_bytes: int = 0) -> CallReport:
    return CallReport(
        index,
        f"/root/stages/{index}",
        "bad",
        "1" * 64,
        "stage-raised",
        detail={"type": "ValueError", "message": "no", "traceback": "Traceback:\n  a line\n"},
        input_summary=input_summary,
        log_bytes=log_bytes,
    )


def silent(_call: CallReport) -> None:
    return None


def giving(
    *, raw: bool = False, output: Path | None = None, as_json: bool = False, quiet: bool = False
) -> Giving:
    return Giving(raw=raw, output=output, as_json=as_json, quiet=quiet)


def test_an_output_is_json_on_standard_output_and_the_summary_beside_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = make_report(succeeded(), succeeded(1, cached=True), encoded='{"ä":1}'.encode())

    give(report, giving(), None, silent)

    printed = capsys.readouterr()
    assert printed.out == '{\n  "ä": 1\n}\n'
    assert printed.err == "2 calls: 1 run, 1 known, 0.50 s\n"


def test_a_failure_ends_with_6_and_prints_no_output(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        give(make_report(raised()), giving(quiet=True), None, silent)

    assert (caught.value.code, capsys.readouterr().out) == (6, "")


def test_text_that_is_none_is_refused_before_anything_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = make_report(succeeded(), encoded=b"[1]")

    with pytest.raises(InputMismatchError):
        give(report, giving(raw=True, as_json=True), None, silent)

    assert capsys.readouterr().out == ""


def test_an_output_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "there"
    (target / "full").mkdir(parents=True)

    with pytest.raises(FileUnreadableError):
        give(make_report(succeeded(), encoded=b"1"), giving(output=target), None, silent)

    assert list(tmp_path.iterdir()) == [target]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("target", ["", "no/such", "x" * 300, "loop", "loop/x"])
def test_a_target_that_cannot_be_written_is_refused_at_once(tmp_path: Path, target: str) -> None:
    (tmp_path / "loop").symlink_to("loop")

    with pytest.raises(FileUnreadableError):
        check_target(tmp_path / target)


def test_an_output_goes_through_a_link_and_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link, target = tmp_path / "link", tmp_path / "folder/target"
    link.symlink_to("folder/target")

    for value in (b"1", b"2"):  # where nothing is yet, and over what is there
        give(make_report(succeeded(), encoded=value), giving(output=link), None, silent)

        assert (link.is_symlink(), target.read_bytes()) == (True, value + b"\n")
    assert list(target.parent.iterdir()) == [target]


def test_an_output_goes_into_a_pipe_and_leaves_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    give(make_report(succeeded(), encoded=b"1"), giving(output=pipe), None, silent)

    assert (os.read(reader, 10), pipe.is_fifo()) == (b"1\n", True)
    os.close(reader)


def test_a_failed_run_tells_programs_every_failure(capsys: pytest.CaptureFixture[str]) -> None:
    skipped = CallReport(2, "/root/stages/2", "last", "2" * 64, "skipped", because="/root/stages/1")
    report = make_report(succeeded(), raised(1), skipped)

    with pytest.raises(SystemExit):
        give(report, giving(as_json=True), None, silent)

    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], "output" in told) == (False, False)
    assert told["error"]["message"] == "1 of 3 calls failed"
    assert [problem["place"] for problem in told["error"]["problems"]] == ["/root/stages/1"]


def test_a_failure_shows_traceback_input_words_and_the_way_to_repeat_it() -> None:
    call = raised(1, input_summary='{"n": 1}', log_bytes=9)

    def again(call: CallReport) -> Sequence[str]:
        return ["noether", "run", "my graph.json", "--only", call.pointer]

    lines = list(failure_lines(make_report(call), again, lambda _call: b"one\n\x1b[2Jtwo\n"))

    assert lines[1:3] == ["✗ bad at /root/stages/1: stage-raised", "    ValueError: no"]
    assert "    |   a line" in lines
    assert '    input: {"n": 1}' in lines
    assert lines[-5:-3] == ["    > one", "    > \\x1b[2Jtwo"]
    assert lines[-1] == "    again: noether run 'my graph.json' --only /root/stages/1"


def test_the_name_of_a_node_acts_on_no_terminal_and_runs_in_no_shell() -> None:
    call = replace(raised(1, log_bytes=9), pointer="/root/branches/\x1b[2J\n✓ $(reboot)")

    def again(call: CallReport) -> Sequence[str]:
        return ["noether", "run", "g.json", "--only", call.pointer]

    lines = list(failure_lines(make_report(call), again, lambda _call: b"one\n"))

    assert not any(char in line for line in lines for char in "\x1b\n")
    told = [line for line in lines if "reboot" in line]
    assert told[0] == "✗ bad at /root/branches/\\x1b[2J\\n✓ $(reboot): stage-raised"
    assert [line.endswith(" '/root/branches/\\x1b[2J\\n✓ $(reboot)'") for line in told[1:]] == [
        True
    ] * 3


def test_what_is_left_out_of_a_long_traceback_and_of_long_lines_shows() -> None:
    trace = "\n".join(f"line {number}" for number in range(30))
    log = b"cut" * 2000 + b"\n" + b"y" * 400 + b"\nlast\n"
    call = replace(raised(1, log_bytes=10_485_760), detail={"type": "E", "traceback": trace})

    lines = list(failure_lines(make_report(call), None, lambda _call: log))

    told = [line[6:] for line in lines if line.startswith("    | ")]
    assert (told[0], told[1], told[-1], len(told)) == ("…", "line 7", "line 29", 24)
    assert any(line.startswith("    printed 10 MB: ") for line in lines)
    assert [line[6:] for line in lines if line.startswith("    > ")] == ["y" * 300 + "…", "last"]


def test_of_many_failures_some_are_shown_and_the_rest_counted() -> None:
    lines = list(failure_lines(make_report(*map(raised, range(9))), None, silent))

    assert sum(line.startswith("✗") for line in lines) == 5
    assert lines[-1] == "and 4 more calls failed; --json lists all of them"


def test_a_command_is_repeated_with_its_input_unless_that_is_long() -> None:
    short = command_words("noether", "run", "g", input_text="[1]", fields=["a=b c"])
    long = command_words("noether", input_text="x" * 2000, fields=["a=" + "y" * 2000])

    assert short == ["noether", "run", "g", "--input", "[1]", "--set", "a=b c"]
    assert long == ["noether", "--input", "@FILE", "--set", "a=@FILE"]
