"""A skipped test fails its session unless it is announced with a reason."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parent.parent / "conftest.py"

PASSING = "def test_fine():\n    pass\n"
SKIPPED = (
    f"import pytest\n\n{PASSING}\n@pytest.mark.skip(reason='rain')\ndef test_out():\n    pass\n"
)
EXPECTED_TO_FAIL = (
    "import pytest\n\n@pytest.mark.xfail(reason='rain')\ndef test_out():\n    assert 0\n"
)
SKIPPED_WHOLE = "import pytest\n\npytest.skip('rain', allow_module_level=True)\n"


def session(folder: Path, test: str, allowed: str, *flags: str) -> tuple[int, str]:
    """Exit code and words of a pytest of its own over one test file, under our conftest."""
    shutil.copy(CONFTEST, folder)
    (folder / "test_it.py").write_text(test)
    (folder / "expected_skips.txt").write_text(allowed)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", ".", *flags],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("test", "allowed", "code", "words"),
    [
        pytest.param(PASSING, "", 0, "none", id="no skip"),
        pytest.param(SKIPPED, "", 1, "NOT ALLOWED: test_it.py::test_out", id="a test"),
        pytest.param(SKIPPED, "test_it.py::test_other because no\n", 1, "NOT", id="another one"),
        pytest.param(SKIPPED, "test_it.py::test_out because wet\n", 0, "allowed:", id="announced"),
        pytest.param(SKIPPED, "# why\n\ntest_it.py* because wet\n", 0, "allowed:", id="beginning"),
        pytest.param(SKIPPED, "test_it.py::test_out\n", 4, "no reason", id="no reason given"),
        pytest.param(EXPECTED_TO_FAIL, "", 1, "NOT ALLOWED", id="an expected failure"),
        pytest.param(PASSING + SKIPPED_WHOLE, "", 1, "NOT ALLOWED: test_it.py", id="a module"),
    ],
)
def test_only_announced_skips_pass(
    tmp_path: Path, test: str, allowed: str, code: int, words: str
) -> None:
    (tmp_path / "test_beside.py").write_text(PASSING)

    found, output = session(tmp_path, test, allowed)

    assert (found, words in output) == (code, True), output


def test_a_skip_in_a_worker_is_seen_too(tmp_path: Path) -> None:
    code, output = session(tmp_path, SKIPPED, "", "-n", "1")

    assert code == 1
    assert "NOT ALLOWED: test_it.py::test_out: Skipped: rain" in output


def test_a_failure_keeps_its_own_exit_code(tmp_path: Path) -> None:
    code, _output = session(tmp_path, "import nothing_of_that_name\n", "")

    assert code == 2
