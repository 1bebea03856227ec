"""The flake as far as it goes without nixpkgs: nothing here is fetched, and nothing may try."""

import json
import os
import platform
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import noether_nix

pytestmark = pytest.mark.nix

ROOT = Path(__file__).parent.parent.parent
SYSTEM = f"{platform.machine()}-linux"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PARTS = ("flake.lock", "flake.nix", "nix", "pyproject.toml", "requirements")


def nix(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Nix's new command on a private store, without a network and without the user's state."""
    flags = ["--extra-experimental-features", "nix-command flakes", "--offline"]
    flags += ["--store", str(folder / "store"), "--option", "substituters", ""]
    flags += ["--option", "sandbox", "true", "--option", "sandbox-fallback", "false"]
    # Newer ones of Debian look for a shell of their own.
    flags += ["--option", "sandbox-paths", ""]
    return subprocess.run(
        ["nix", *flags, *words],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def answer(folder: Path, *words: str) -> object:
    done = nix(folder, *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def flake(tmp_path: Path) -> str:
    """A copy of the files that make the flake: a checkout's store and scratch stay out of it."""
    copy = tmp_path / "flake"
    copy.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part)
        else:
            shutil.copy(ROOT / part, copy / part)
    for file in ("__init__.py", "toolchain/nixpkgs.json"):
        (copy / "noether_nix" / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "noether_nix" / file, copy / "noether_nix" / file)
    return f"path:{copy}"


def dependency_names() -> list[str]:
    return [requirement.split(">=")[0] for requirement in PROJECT["dependencies"]]


def test_the_flake_says_of_the_project_what_python_says(flake: str, tmp_path: Path) -> None:
    said = answer(tmp_path, "eval", "--json", f"{flake}#lib")

    assert isinstance(said, dict)
    assert said["version"] == noether_nix.__version__
    assert said["dependencies"] == dependency_names()


def test_the_lock_file_needs_no_change(flake: str, tmp_path: Path) -> None:
    said = answer(tmp_path, "flake", "metadata", "--json", "--no-update-lock-file", flake)

    assert isinstance(said, dict)
    assert said["locks"] == json.loads((ROOT / "flake.lock").read_text())


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ("packages", ["default", "noether", "toolchain"]),
        ("apps", ["default", "noether"]),
        ("devShells", ["default"]),
        ("checks", ["core", "dev-shell", "package", "toolchain", "unit-tests"]),
    ],
)
def test_what_there_is_can_be_listed_without_nixpkgs(
    flake: str, tmp_path: Path, output: str, names: list[str]
) -> None:
    listing = "builtins.mapAttrs (system: builtins.attrNames)"

    said = answer(tmp_path, "eval", "--json", f"{flake}#{output}", "--apply", listing)

    assert said == {"aarch64-linux": names, "x86_64-linux": names}


def test_the_core_check_builds_without_nixpkgs(flake: str, tmp_path: Path) -> None:
    said = answer(tmp_path, "build", "--json", "--no-link", f"{flake}#checks.{SYSTEM}.core")

    assert isinstance(said, list)
    path = said[0]["outputs"]["out"]
    summary = (tmp_path / "store" / path.lstrip("/") / "manifest.nix").readlink()
    facts = json.loads((tmp_path / "store" / str(summary).lstrip("/")).read_text())
    assert facts["version"] == noether_nix.__version__


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        pytest.param("dev.txt", "\nclick==", "\nclick==1", "dev.txt lacks click==", id="not equal"),
        pytest.param("runtime.txt", "\nrich==", "\npoor==", "does not lock rich", id="not locked"),
        pytest.param("runtime.txt", "\nrich==", "\n# a://b\nrich==", "names a host", id="a host"),
    ],
)
def test_the_core_check_refuses_a_spoilt_lock(
    flake: str, tmp_path: Path, file: str, old: str, new: str, words: str
) -> None:
    lock = tmp_path / "flake/requirements" / file
    lock.write_text(lock.read_text().replace(old, new, 1))

    done = nix(tmp_path, "eval", f"{flake}#checks.{SYSTEM}.core.drvPath")

    assert done.returncode == 1
    assert words in done.stderr


def test_the_core_check_refuses_another_pin_in_the_package(flake: str, tmp_path: Path) -> None:
    pin = tmp_path / "flake/noether_nix/toolchain/nixpkgs.json"
    pin.write_text(pin.read_text().replace('"rev": "', '"rev": "0'))

    done = nix(tmp_path, "eval", f"{flake}#checks.{SYSTEM}.core.drvPath")

    assert done.returncode == 1
    assert "is not the pin of flake.lock" in done.stderr


def test_the_overlay_needs_no_nixpkgs_but_the_one_it_is_laid_over(
    flake: str, tmp_path: Path
) -> None:
    apply = "overlay: overlay { callPackage = file: _: baseNameOf file; } { }"

    said = answer(tmp_path, "eval", "--json", f"{flake}#overlays.default", "--apply", apply)

    assert said == {"noether": "package.nix"}


def test_the_package_takes_its_facts_from_pyproject(flake: str, tmp_path: Path) -> None:
    # nixpkgs is not here, so its functions are played by ones that hand back what they get.
    names = json.dumps(["hatchling", *dependency_names()])
    call = f"""
      import {tmp_path}/flake/nix/package.nix {{
        callPackage = _: _: "/a/toolchain";
        lib = {{
          fileset = {{ fileFilter = _: path: path; toSource = set: set; unions = list: list; }};
          licenses.asl20 = "asl20";
          makeBinPath = packages: builtins.concatStringsSep ":" packages;
          platforms.linux = [ ];
        }};
        nix = "nix";
        python3Packages = builtins.listToAttrs (
          map (name: {{ inherit name; value = name; }}) (builtins.fromJSON {json.dumps(names)})
        ) // {{ buildPythonApplication = set: removeAttrs set [ "src" ]; }};
      }}
    """

    said = answer(tmp_path, "eval", "--json", "--impure", "--expr", call)

    assert isinstance(said, dict)
    assert said["dependencies"] == dependency_names()
    assert said["version"] == noether_nix.__version__
    assert said["meta"]["mainProgram"] == "noether"
