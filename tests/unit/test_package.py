import os
import sys
from pathlib import Path

import pytest

import noether_nix
from noether_nix import errors
from noether_nix.process.child import run


def python(code: str, tmp_path: Path) -> list[str]:
    """What an interpreter of its own prints."""
    # Wherever the package was installed: a build of Nix has each package in a folder of its own.
    variables = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    argv = (sys.executable, "-P", "-W", "error", "-c", code)
    end = run(argv, environment=variables, directory=tmp_path)
    assert end.ok, end.stderr_tail.decode()
    return end.stdout.decode().splitlines()


def test_importing_the_package_imports_none_of_its_rooms(tmp_path: Path) -> None:
    code = (
        "import sys, noether_nix\n"
        "noether_nix.__version__\n"
        "print(sorted(name for name in sys.modules if name.startswith('noether_nix.')))"
    )

    assert python(code, tmp_path) == ["[]"]


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("", id="asked for first"),
        pytest.param("import noether_nix.run", id="after the room"),
        pytest.param("from noether_nix.run.report import Report", id="after a part of the room"),
        pytest.param("import noether_nix; noether_nix.run", id="asked for twice"),
    ],
)
def test_run_is_the_function_whatever_was_imported(before: str, tmp_path: Path) -> None:
    code = (
        f"{before}\n"
        "import noether_nix, types\n"
        "assert isinstance(noether_nix.run, types.FunctionType)\n"
        "from noether_nix.run.house import House\n"
        "from noether_nix import run\n"
        "print(run.__module__, run is noether_nix.run, House.__module__)"
    )

    assert python(code, tmp_path) == ["noether_nix.python True noether_nix.run.house"]


def test_every_public_name_is_there_and_described() -> None:
    for name in noether_nix.__all__:
        assert getattr(noether_nix, name) is not None
        assert name in dir(noether_nix)
    assert noether_nix.errors is errors
    assert "Raises:" in (noether_nix.run.__doc__ or "")
    assert "Raises:" in (noether_nix.load_graph.__doc__ or "")


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        _ = getattr(noether_nix, "runn")  # noqa: B009 - type checkers know that it is not there
