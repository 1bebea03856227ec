"""Short questions: an answer that is one, or an error that says why there is none."""

import sys
import time
from pathlib import Path

import pytest

from noether_nix.errors import NixMissingError, ProgramMissingError
from noether_nix.process.nix_programs import PROGRAMS, NixPrograms, read_version
from noether_nix.process.question import ask

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-c", code)


def test_an_answer_comes_back_whole_with_how_the_program_ended() -> None:
    end = ask(python("print('x' * 60_000); raise SystemExit(3)"), environment=ENVIRONMENT)

    assert (end.stdout, end.code, end.ok) == (b"x" * 60_000 + b"\n", 3, False)


@pytest.mark.parametrize("where", ["stdout", "stderr"])
def test_who_prints_without_end_is_ended(where: str) -> None:
    endless = f"import sys\nwhile True:\n    sys.{where}.write('y' * 4096)"
    began = time.monotonic()

    with pytest.raises(ProgramMissingError) as caught:
        ask(python(endless), environment=ENVIRONMENT, within_seconds=2)

    said = {"stdout": "prints more than 64 KiB", "stderr": "does not answer within 2 s"}
    assert said[where] in caught.value.message
    assert time.monotonic() - began < 15


def test_who_is_deaf_to_being_ended_is_ended_too() -> None:
    deaf = (
        "import signal, sys\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "while True:\n    sys.stdout.write('y' * 4096)"
    )

    with pytest.raises(ProgramMissingError, match="more than 64 KiB"):
        ask(python(deaf), environment=ENVIRONMENT)


def test_a_program_that_only_bears_the_name_of_nix_is_no_nix(tmp_path: Path) -> None:
    for name in PROGRAMS:
        (tmp_path / name).write_text("#!/bin/sh\nexec yes\n")
        (tmp_path / name).chmod(0o755)

    with pytest.raises(NixMissingError, match="not what it is called") as caught:
        read_version(NixPrograms(tmp_path), home=tmp_path)

    assert "NOETHER_NIX" in caught.value.hint
