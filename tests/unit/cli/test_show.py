"""One envelope for programs, plain words for people."""

import json

import pytest

from noether_nix.cli.show import show_error, show_json, size_in_words
from noether_nix.errors import GraphInvalidError, NixMissingError, Problem

PROBLEMS = [
    Problem("unknown-name", "no stage is known", "g.json:3 /root/id", "register it"),
    Problem("edge-mismatch", "types differ", "g.json:9 /root"),
]


def test_an_envelope_has_its_noun_warnings_and_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_json({"stages": []}, warnings=["mind this"])

    told = json.loads(capsys.readouterr().out)
    assert told == {"ok": True, "stages": [], "warnings": ["mind this"], "error": None}


def test_an_error_is_an_envelope_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(GraphInvalidError("two problems", problems=PROBLEMS), as_json=True)

    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert (told["ok"], told["error"]["code"], printed.err) == (False, "graph-invalid", "")
    assert told["error"]["problems"][0] == {
        "code": "unknown-name",
        "message": "no stage is known",
        "place": "g.json:3 /root/id",
        "hint": "register it",
    }


def test_an_error_is_words_with_every_problem_for_people(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_error(GraphInvalidError("two problems", problems=PROBLEMS), as_json=False)

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "error: two problems",
        "  g.json:3 /root/id: no stage is known",
        "    hint: register it",
        "  g.json:9 /root: types differ",
    ]


def test_a_single_error_shows_its_remedy_and_nothing_that_acts_on_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_error(NixMissingError("no \x1b[31mNix", hint="install it"), as_json=False)

    assert capsys.readouterr().err == (
        "error: no \\x1b[31mNix\n  hint: install it\n  more: noether explain nix-missing\n"
    )


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (14_200, "14 KB"),
        (5_300_000, "5.3 MB"),
        (72 * 10**9, "72 GB"),
    ],
)
def test_sizes_are_told_in_words(size: int, words: str) -> None:
    assert size_in_words(size) == words


def test_a_place_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    forged = Problem("type-mismatch", "no", "g.json:3 /root/branches/a\nerror: all is lost")

    show_error(GraphInvalidError("two problems", problems=[forged, PROBLEMS[0]]), as_json=False)

    assert "\n  g.json:3 /root/branches/a\\nerror: all is lost: no\n" in capsys.readouterr().err
