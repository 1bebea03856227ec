"""Install a wheel, or build an application and install that: the builder of python-packages.nix.

Everything it needs is in the variable ``specification``. What an application is given is what
nixpkgs' ``buildPythonApplication`` takes, and here as there its programs are wrapped, so that they
find their packages wherever they are started.
"""

import configparser
import json
import os
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

ELF = b"\x7fELF"


def main() -> None:
    """Install into ``$out`` what the specification says."""
    variables = dict(os.environ)
    given = json.loads(variables["specification"])
    out = Path(variables["out"])
    wheel = Path(given["wheel"]) if "wheel" in given else build(given)
    install(wheel, given, out)
    if "source" in given:
        check(given, out)


def build(given: dict[str, Any]) -> Path:
    """Build the wheel of a source as its pyproject.toml says."""
    source, wheels = Path("source").absolute(), Path("wheels").absolute()
    wheels.mkdir()
    run("cp", "-R", given["source"], str(source), given=given)
    run("chmod", "-R", "u+w", str(source), given=given)
    code = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    run_python(given, given["build"], "-c", code, str(wheels), directory=source)
    (wheel,) = wheels.iterdir()
    return wheel


def install(wheel: Path, given: dict[str, Any], out: Path) -> None:
    """Unpack a wheel, make its binaries find their libraries, and wrap its programs."""
    site = out / given["site"]
    site.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    programs = out / "bin"
    programs.mkdir()
    for script in site.glob("*.data/scripts/*"):
        script.rename(programs / script.name)
        (programs / script.name).chmod(0o755)
    for file in out.rglob("*"):
        if file.is_file() and not file.is_symlink() and starts_with_elf(file):
            patch(file, given)
    for listed in site.glob("*.dist-info/entry_points.txt"):
        entries = configparser.ConfigParser(delimiters=("=",))
        entries.read(listed)
        if entries.has_section("console_scripts"):
            for name, place in entries.items("console_scripts"):
                write_program(programs / name, place, given, site)


def starts_with_elf(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) == ELF


def patch(file: Path, given: dict[str, Any]) -> None:
    """Let a binary find the loader and the libraries that a system would have had for it."""
    patchelf = f"{given['patchelf']}/bin/patchelf"
    asked = subprocess.run(
        [patchelf, "--print-interpreter", file], capture_output=True, check=False
    )
    if asked.returncode == 0:
        (loader,) = Path(given["glibc"], "lib").glob("ld-linux*")
        subprocess.run([patchelf, "--set-interpreter", loader, file], check=True)
    needed = subprocess.run([patchelf, "--print-needed", file], capture_output=True, check=False)
    if needed.stdout.strip():
        subprocess.run([patchelf, "--set-rpath", given["library"], file], check=True)


def write_program(program: Path, place: str, given: dict[str, Any], site: Path) -> None:
    """Write what starts an entry point, and around it what sets its variables."""
    module, _, function = place.partition(":")
    folders = [str(site), *sites(given, given["requires"])]
    real = program.with_name(f".{program.name}-wrapped")
    real.write_text(
        f"#!{given['interpreter']}\n"
        "import sys\n"
        f"sys.path[1:1] = {folders!r}\n"
        f"from {module} import {function.partition('.')[0]}\n"
        f"sys.argv[0] = {str(program)!r}\n"
        f"sys.exit({function}())\n"
    )
    lines = [f"#!{given['shell']}"]
    words = iter(given.get("wrapper", []))
    for word in words:
        if word == "--suffix":
            name, separator, value = next(words), next(words), next(words)
            lines.append(f'export {name}="${{{name}:+${name}{separator}}}"{shlex.quote(value)}')
        elif word == "--set-default":
            name, value = next(words), next(words)
            lines.append(f'export {name}="${{{name}-{value}}}"')
        else:
            sys.exit(f"makeWrapper of this small set knows no {word}")
    lines.append(f'exec {real} "$@"')
    program.write_text("\n".join(lines) + "\n")
    for file in (real, program):
        file.chmod(0o755)


def check(given: dict[str, Any], out: Path) -> None:
    """Import the modules that are named, and run the tests if pytest was given."""
    packages = [str(out), *given["requires"]]
    for module in given["imports"]:
        run_python(given, packages, "-c", f"import {module}")
    if given["pytest"] is not None:
        words = ("-m", "pytest", *given["pytest"])
        run_python(given, packages + given["checks"], *words, directory=Path("source"))


def sites(given: dict[str, Any], packages: list[str]) -> list[str]:
    return [f"{package}/{given['site']}" for package in dict.fromkeys(packages)]


def run_python(
    given: dict[str, Any], packages: list[str], *words: str, directory: Path | None = None
) -> None:
    folders = os.pathsep.join(sites(given, packages))
    run(given["interpreter"], *words, given=given, directory=directory, PYTHONPATH=folders)


def run(
    *words: str, given: dict[str, Any], directory: Path | None = None, **variables: str
) -> None:
    path = os.pathsep.join(str(Path(given[name]).parent) for name in ("interpreter", "shell"))
    environment = {"HOME": str(Path.cwd()), "PATH": path, **variables}
    subprocess.run(words, env=environment, cwd=directory, check=True)


main()
