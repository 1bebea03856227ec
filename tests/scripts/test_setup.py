"""What scripts/noether does before it is noether: nothing the second time, plain words the first.

Nothing is installed here. An environment is imitated by a folder with the stamp that a real
setup leaves; scripts/fresh-debian does the real thing in a fresh system.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BASH = shutil.which("bash") or "/bin/bash"
SPEAKER = '#!/bin/sh\necho "became: $*"\n'


def checkout(folder: Path) -> Path:
    """A checkout with the scripts and the lock files, and nothing installed."""
    for name in ("scripts", "requirements"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def environment(root: Path, venv: Path, *, kind: str = "runtime", python: str = "") -> None:
    """What a setup leaves behind, with an interpreter that only says how it was called."""
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").write_text(SPEAKER)
    (venv / "bin/python").chmod(0o755)
    asked = python or sys.executable
    head = f"{root}\n{asked}\n{Path(asked).resolve()}\n{kind}\n"
    lock = (root / f"requirements/{kind}.txt").read_text()
    (venv / f"noether-{kind}.stamp").write_text(head + lock)


def start(script: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Start a script where no program can be found, so that it lives on bash alone."""
    known = {"PATH": "/nonexistent", "NOETHER_NIX": "/nix", "NOETHER_PYTHON": sys.executable}
    return subprocess.run(
        [BASH, str(script), *words],
        env=known | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    root = checkout(tmp_path / "a checkout")
    environment(root, root / ".venv")
    return root


def test_a_second_start_needs_no_program_and_says_nothing(ready: Path) -> None:
    done = start(ready / "scripts/noether", "run", "a b", "--json")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "became: -P -m noether_nix run a b --json\n"


def test_a_link_to_the_script_finds_the_checkout(ready: Path, tmp_path: Path) -> None:
    link = tmp_path / "noether"
    link.symlink_to(ready / "scripts/noether")

    done = start(link, PATH=os.environ["PATH"])

    assert done.stdout == "became: -P -m noether_nix\n"


def test_the_packages_of_another_program_are_kept_out(ready: Path) -> None:
    (ready / ".venv/bin/python").write_text('#!/bin/sh\necho "[$PYTHONPATH$PYTHONHOME]"\n')

    done = start(ready / "scripts/noether", PYTHONPATH="/elsewhere", PYTHONHOME="/elsewhere")

    assert done.stdout == "[]\n"


def lose_the_stamp(root: Path) -> Path:
    (root / ".venv/noether-runtime.stamp").unlink()
    return root


def change_the_lock(root: Path) -> Path:
    lock = root / "requirements/runtime.txt"
    lock.write_text(lock.read_text().replace("click==", "click==1", 1))
    return root


def lose_the_interpreter(root: Path) -> Path:
    (root / ".venv/bin/python").unlink()
    return root


def move_the_checkout(root: Path) -> Path:
    return root.rename(root.with_name("moved"))


@pytest.mark.parametrize(
    "spoil", [lose_the_stamp, change_the_lock, lose_the_interpreter, move_the_checkout]
)
def test_what_changed_since_the_setup_is_seen(ready: Path, spoil: Callable[[Path], Path]) -> None:
    root = spoil(ready)

    done = start(root / "scripts/noether")

    # There are no programs here, so the setup that is now due cannot go far.
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("setup: ")


def test_another_interpreter_than_the_one_of_the_setup_is_seen(ready: Path) -> None:
    done = start(ready / "scripts/noether", NOETHER_PYTHON="/nowhere/python3")

    assert done.returncode == 5
    assert "NOETHER_PYTHON names /nowhere/python3, which is no program" in done.stderr


def test_in_a_checkout_of_somebody_else_everything_stands_in_the_data_folder(
    tmp_path: Path,
) -> None:
    root = checkout(tmp_path / "checkout")
    venv = Path(f"{tmp_path}/data/noether/venv{root}")
    environment(root, venv)
    if os.geteuid() == 0:
        (root / ".venv").mkdir()
        os.chown(root / ".venv", 65534, 65534)
    else:
        root.chmod(0o555)

    done = start(root / "scripts/noether", "run", XDG_DATA_HOME=str(tmp_path / "data"))
    root.chmod(0o755)

    assert done.stdout == f"became: -P -X pycache_prefix={venv}/pycache -m noether_nix run\n"


def run_bash(root: Path, venv: Path, words: str) -> subprocess.CompletedProcess[str]:
    """Run words of bash with the functions of setup.sh, as scripts/noether would."""
    program = 'set -euo pipefail; root=$1 venv=$2; source "$root/scripts/setup.sh"; ' + words
    return subprocess.run(
        [BASH, "-c", program, "test", str(root), str(venv)],
        env={"PATH": os.environ["PATH"], "NOETHER_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_stamp_that_is_written_is_the_one_that_is_read(tmp_path: Path) -> None:
    root = checkout(tmp_path / "checkout")
    environment(root, tmp_path / "venv")
    (tmp_path / "venv/noether-runtime.stamp").unlink()

    done = run_bash(
        root,
        tmp_path / "venv",
        "setup_write_stamp dev; setup_stamp_holds dev $venv; ! setup_stamp_holds runtime $venv",
    )

    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def real_environment(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkout and an environment made by the script's own function, without a network."""
    root = checkout(tmp_path_factory.mktemp("real") / "checkout")
    venv = root / ".venv"
    venv.mkdir()
    done = run_bash(root, venv, "setup_make_venv")
    assert done.returncode == 0, done.stderr
    return root, venv


def test_a_whole_environment_is_kept(real_environment: tuple[Path, Path]) -> None:
    assert run_bash(*real_environment, "setup_venv_is_sound").returncode == 0


def test_an_environment_made_for_another_folder_is_not_kept(
    real_environment: tuple[Path, Path], tmp_path: Path
) -> None:
    root, venv = real_environment
    copy = tmp_path / "copy"
    shutil.copytree(venv, copy, symlinks=True)

    assert run_bash(root, copy, "setup_venv_is_sound").returncode == 1


def test_an_environment_with_a_half_installed_package_is_not_kept(
    real_environment: tuple[Path, Path],
) -> None:
    root, venv = real_environment
    half = next(venv.glob("lib/python*/site-packages")) / "half-1.0.dist-info"
    half.mkdir()

    assert run_bash(root, venv, "setup_venv_is_sound").returncode == 1


@pytest.mark.parametrize("name", ["a checkout", "nœther 日本"])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_python_finds_a_checkout_of_any_name_in_any_locale(
    tmp_path: Path, name: str, locale: str
) -> None:
    root = checkout(tmp_path / name)
    look = "import os, site, sys; site.addsitedir('.'); os.write(1, os.fsencode(sys.path[-1]))"

    (tmp_path / "it.pth").write_text(run_bash(root, root / ".venv", "setup_path_line").stdout)
    found = subprocess.run(
        [sys.executable, "-c", look], env={"LC_ALL": locale}, cwd=tmp_path, stdout=-1, check=True
    )

    assert found.stdout == os.fsencode(root)


def test_a_machine_without_python_is_told_that_there_is_none(tmp_path: Path) -> None:
    root = checkout(tmp_path / "checkout")

    done = run_bash(
        root,
        root / ".venv",
        "PATH=/nonexistent setup_python=/nowhere/python3; setup_machine runtime",
    )

    assert done.returncode == 5
    assert done.stderr.endswith("setup: there is no /nowhere/python3\n")


def test_root_whose_apt_fails_is_not_sent_to_an_administrator(tmp_path: Path) -> None:
    root = checkout(tmp_path / "checkout")
    (tmp_path / "apt-get").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "apt-get").chmod(0o755)

    done = run_bash(
        root,
        root / ".venv",
        f"PATH={tmp_path}; packages=(nix-bin); setup_can_be_root() {{ :; }};"
        " setup_ask_administrator",
    )

    assert "apt could not install them" in done.stderr
    assert "    apt-get install --no-install-recommends nix-bin\n" in done.stderr
    assert "administrator" not in done.stderr


def test_an_administrator_is_told_the_exact_command(tmp_path: Path) -> None:
    root = checkout(tmp_path / "checkout")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/apt-get").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin/apt-get").chmod(0o755)

    done = run_bash(
        root,
        root / ".venv",
        f"PATH={tmp_path}/bin; packages=(nix-bin busybox-static); setup_can_be_root() {{ false; }};"
        " setup_ask_administrator",
    )

    assert "ask an administrator for\n" in done.stderr
    assert "    apt-get install --no-install-recommends nix-bin busybox-static\n" in done.stderr


def test_elsewhere_than_on_debian_the_missing_programs_are_named(tmp_path: Path) -> None:
    root = checkout(tmp_path / "checkout")

    done = run_bash(
        root,
        root / ".venv",
        "PATH=/nonexistent; NOETHER_NIX= setup_find_missing runtime; setup_ask_administrator",
    )

    assert "setup:   - Nix 2.8 or newer" in done.stderr
    assert "setup:   - a static busybox" in done.stderr
    assert "apt-get" not in done.stderr
