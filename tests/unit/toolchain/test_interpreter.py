import sys
from pathlib import Path

import pytest

from noether_nix.errors import ToolchainUnusableError
from noether_nix.toolchain.interpreter import inspect_interpreter, running_interpreter


def test_the_interpreter_of_a_virtual_environment_stands_for_its_base(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3").symlink_to(running_interpreter())
    (tmp_path / "pyvenv.cfg").write_text(f"home = {running_interpreter().parent}\n")

    found = inspect_interpreter(tmp_path / "bin/python3", home=tmp_path)

    assert found.program == running_interpreter()
    assert found.version == sys.version_info[:3]
    assert (found.library / "os.py").exists()
    assert str(found.library).endswith(found.library_folder)


def test_a_shim_stands_for_what_it_starts(tmp_path: Path) -> None:
    shim = tmp_path / "python3"
    shim.write_text(f'#!/bin/sh\nexec {running_interpreter()} "$@"\n')
    shim.chmod(0o755)

    assert inspect_interpreter(shim, home=tmp_path).program == running_interpreter()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param("exit 1", "no working Python", id="fails"),
        pytest.param("echo hello", "no working Python", id="says something else"),
        pytest.param(
            'echo \'{"implementation": "pypy", "version": [3, 11, 0]}\'', "pypy 3.11.0", id="PyPy"
        ),
        pytest.param(
            'echo \'{"implementation": "cpython", "version": [3, 10, 9]}\'',
            "cpython 3.10.9",
            id="too old",
        ),
        pytest.param(
            'echo \'{"implementation": "cpython", "version": [3, 11, 9], "prefix": "/a", '
            '"library": "/b"}\'',
            "outside of /a",
            id="scattered",
        ),
    ],
)
def test_what_is_no_usable_python_is_refused_with_the_remedy(
    tmp_path: Path, script: str, words: str
) -> None:
    program = tmp_path / "python3"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)

    with pytest.raises(ToolchainUnusableError, match=words) as caught:
        inspect_interpreter(program, home=tmp_path)

    assert "NOETHER_PYTHON" in caught.value.hint


def test_an_absent_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolchainUnusableError, match="absent"):
        inspect_interpreter(tmp_path / "absent", home=tmp_path)
