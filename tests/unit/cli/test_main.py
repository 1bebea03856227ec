"""The door: words in, one exit code out, whatever happens."""

import json
import os
import signal
from collections.abc import Iterator

import click
import pytest

from noether_nix.cli.commands import noether
from noether_nix.cli.main import main
from noether_nix.cli.store_gc import gc


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The door sets handlers for signals, which are this whole process's."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def end_of(*words: str) -> int | str | None:
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    return caught.value.code


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["--version"], 0, id="version"),
        pytest.param(["--help"], 0, id="help"),
        pytest.param(["stage", "--help"], 0, id="help of a group"),
        pytest.param(["stage", "run", "--help"], 0, id="help of a command"),
        pytest.param([], 2, id="nothing"),
        pytest.param(["stage"], 2, id="a group alone"),
        pytest.param(["stage", "fly"], 2, id="no such command"),
        pytest.param(["run", "--fly"], 2, id="no such option"),
        pytest.param(["completion", "tcsh"], 2, id="no such shell"),
    ],
)
def test_words_have_their_exit_code(words: list[str], code: int) -> None:
    assert end_of(*words) == code


def test_wrong_words_are_an_envelope_where_one_was_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = end_of("run", "--json")

    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert (code, told["ok"], told["error"]["code"], printed.err) == (2, False, "usage", "")


WRONG_WORDS = [
    pytest.param(
        ["rnu"], "no such command 'rnu'", "did you mean run? noether --help", id="command"
    ),
    pytest.param(
        ["stage", "shwo"], "no such command 'shwo'", "did you mean show? noether stage --help",
        id="command of a group",
    ),
    pytest.param(["zzzz"], "no such command 'zzzz'", "noether --help", id="nothing near"),
    pytest.param(
        ["run", "--inptu", "3"], "no such option '--inptu'",
        "did you mean --input? noether run --help", id="option",
    ),
    pytest.param(["run"], "missing argument 'GRAPH|-'", "noether run --help", id="argument"),
    pytest.param(
        ["run", "x", "--jobs", "0"], "invalid value for '--jobs': 0 is not in the range",
        "noether run --help", id="value",
    ),
    pytest.param(
        ["run", "x", "y"], "got unexpected extra argument", "noether run --help", id="more"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("words", "message", "hint"), WRONG_WORDS)
def test_wrong_words_are_told_with_what_was_probably_meant(
    words: list[str], message: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    end_of(*words)
    plain = capsys.readouterr()
    end_of(*words, "--json")
    error = json.loads(capsys.readouterr().out)["error"]

    assert plain.out == ""
    assert plain.err.startswith(f"error: {message}")
    assert plain.err.splitlines()[1].startswith(f"  hint: {hint}")
    assert error["message"].startswith(message)
    assert error["hint"].startswith(hint)


def test_a_group_alone_shows_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    end_of("stage")

    assert "Register the stages" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_that_asks_noether(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = end_of("completion", shell)

    assert (code, f"_NOETHER_COMPLETE={shell}_complete" in capsys.readouterr().out) == (0, True)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        pytest.param("noether st", ["stage", "store"], id="commands"),
        pytest.param("noether stage r", ["run"], id="commands of a group"),
        pytest.param("noether graph show --for", ["--format"], id="options"),
        pytest.param("noether graph show --format d", ["dot"], id="choices"),
    ],
)
def test_a_shell_is_offered_what_can_follow(
    typed: str,
    offered: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(os.environ, "_NOETHER_COMPLETE", "bash_complete")
    monkeypatch.setitem(os.environ, "COMP_WORDS", typed)
    monkeypatch.setitem(os.environ, "COMP_CWORD", str(len(typed.split()) - 1))

    end_of()

    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[2] for line in lines] == offered


def test_the_table_of_commands_leads_to_commands() -> None:
    context = click.Context(noether)

    assert all(noether.get_command(context, name) for name in noether.list_commands(context))
    assert noether.get_command(context, "absent") is None


@pytest.mark.parametrize(
    ("text", "days"),
    [("30d", 30), ("12h", 0.5), ("2w", 14), ("0d", 0)],
)
def test_an_age_is_read_in_days(text: str, days: float) -> None:
    with gc.make_context("gc", ["--older-than", text]) as context:
        assert context.params["days"] == pytest.approx(days)


@pytest.mark.parametrize("text", ["30", "d", "-1d", "3 d", "1y", "1e9d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no age"):
        gc.make_context("gc", ["--older-than", text])


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        pytest.param({"_NOETHER_COMPLETE": ""}, 0, id="nothing"),
        pytest.param({"_NOETHER_COMPLETE": "nonsense"}, 2, id="no shell"),
        pytest.param({"_NOETHER_COMPLETE": "bash_nonsense"}, 2, id="no question"),
        pytest.param({"_NOETHER_COMPLETE": "tcsh_complete"}, 2, id="another shell"),
        pytest.param({"_NOETHER_COMPLETE": "\udcff" + "x" * 5000}, 2, id="no text"),
        pytest.param({"_NOETHER_COMPLETE": "zsh_complete"}, 2, id="no words"),
        pytest.param(
            {"_NOETHER_COMPLETE": "bash_complete", "COMP_WORDS": "noether", "COMP_CWORD": "x"},
            2,
            id="no number",
        ),
        pytest.param(
            {"_NOETHER_COMPLETE": "fish_complete", "COMP_WORDS": "noether 'r", "COMP_CWORD": "r"},
            0,
            id="a word of fish",
        ),
        pytest.param(
            {"_NOETHER_COMPLETE": "zsh_complete", "COMP_WORDS": "noether", "COMP_CWORD": "99"},
            0,
            id="a word that is not there",
        ),
    ],
)
def test_a_question_of_a_shell_is_answered_or_refused_as_wrong_usage(
    variables: dict[str, str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setitem(os.environ, name, value)

    assert end_of("version", "--help") == code
    assert "Traceback" not in capsys.readouterr().err
