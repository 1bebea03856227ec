"""On machines that cannot run graphs the doctor says why, and a run refuses in the same words.

The machines are real: namespaces with other mounts, and kernels that a filter makes refuse.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from noether_nix.process.nix_programs import list_nix
from tests.e2e.homes import COMMAND, HELLO, PROJECT, Noether
from tests.e2e.test_sandbox_refused import OWN_MACHINE, disobedient_nix
from tests.nix.left_behind import left_behind

pytestmark = pytest.mark.nix

AS_ROOT = ("/usr/bin/unshare", "--user", "--map-root-user", "--mount")
# Root already may mount; another user may as the root of a namespace, but stays the same user.
AS_SELF = ("/usr/bin/unshare", "--mount") + (
    () if os.geteuid() == 0 else ("--user", "--map-current-user", "--keep-caps")
)


@dataclass(frozen=True)
class Machine:
    """A machine on which a command is started: the words before it, and the command's home."""

    noether: Noether
    words: tuple[str | Path, ...] = ()

    def __call__(self, *command: str | Path) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [*map(str, self.words), *COMMAND, *map(str, command), "--json"],
            cwd=self.noether.folder,
            env=self.noether.environment,
            capture_output=True,
            check=False,
            timeout=100,
        )
        assert done.stdout, done.stderr.decode()
        return done.returncode, json.loads(done.stdout)


Prepare = Callable[[Noether, Path], Machine]


def with_mounts(noether: Noether, commands: str, how: tuple[str, ...] = AS_SELF) -> Machine:
    """A machine of its own mounts, which the shell commands make."""
    return Machine(noether, (*how, "/bin/sh", "-c", f'{commands} && exec "$@"', "sh"))


def with_variables(noether: Noether, **variables: str) -> Noether:
    return replace(noether, variables={**noether.variables, **variables})


def without_nix(noether: Noether, folder: Path) -> Machine:
    nothing = folder / "nothing"
    nothing.touch()
    programs = {Path(one.build).resolve() for one in list_nix(noether.environment["PATH"])}
    hidden = " && ".join(f"mount --bind {nothing} {program}" for program in programs)
    unnamed = {name: text for name, text in noether.variables.items() if name != "NOETHER_NIX"}
    return with_mounts(replace(noether, variables=unnamed), hidden)


def with_sandbox_off(noether: Noether, folder: Path) -> Machine:
    return with_own_store(noether, folder, sandbox="false")


def with_own_store(noether: Noether, folder: Path, *, sandbox: str) -> Machine:
    nix = disobedient_nix(folder / "nix", sandbox)
    (folder / "pool").mkdir()
    other = with_variables(
        noether, NOETHER_NIX=str(nix), NOETHER_STORE="machine", POOL=str(folder / "pool")
    )
    kept = () if os.geteuid() == 0 else ("--map-current-user", "--keep-caps")
    return Machine(other, ("/usr/bin/unshare", "--mount", *kept, "/bin/sh", "-c", OWN_MACHINE, "m"))


def without_user_namespaces(noether: Noether, _folder: Path) -> Machine:
    # Root has less isolation there, but some: it has to be demanded.
    demanding = with_variables(noether, NOETHER_LEVEL="full")
    return Machine(demanding, (sys.executable, PROJECT / "tests/nix/without.py", "user-namespaces"))


def without_build_users(noether: Noether, folder: Path) -> Machine:
    (folder / "group").write_text("root:x:0:\nnobody:x:65534:\n")
    other = with_variables(noether, NOETHER_STORE="machine")
    store = "mount -t tmpfs -o mode=755 none /nix"
    return with_mounts(other, f"{store} && mount --bind {folder}/group /etc/group", AS_ROOT)


def with_old_nix(noether: Noether, folder: Path) -> Machine:
    programs = folder / "nix"
    programs.mkdir()
    for name in ("nix-build", "nix-store", "nix-instantiate"):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} (Nix) 2.3.16"\n')
        (programs / name).chmod(0o755)
    return Machine(with_variables(noether, NOETHER_NIX=str(programs)))


def with_full_disk(noether: Noether, folder: Path) -> Machine:
    home = folder / "full"
    home.mkdir()
    mount = f"mount -t tmpfs -o size=64k none {home} && head -c 65536 /dev/zero > {home}/ballast"
    return with_mounts(replace(noether, home=home), mount)


def with_small_disk(noether: Noether, folder: Path) -> Machine:
    home = folder / "small"
    home.mkdir()
    return with_mounts(replace(noether, home=home), f"mount -t tmpfs -o size=20m none {home}")


def without_shared_memory(noether: Noether, folder: Path) -> Machine:
    other = replace(noether, home=folder / "unshared")
    return Machine(other, (sys.executable, PROJECT / "tests/nix/without.py", "shared-memory"))


def with_read_only_home(noether: Noether, _folder: Path) -> Machine:
    home = noether.home
    return with_mounts(noether, f"mount --bind {home} {home} && mount -o remount,bind,ro {home}")


def with_a_bad_setting(noether: Noether, _folder: Path) -> Machine:
    return Machine(with_variables(noether, NOETHER_STORE="cloud"))


@pytest.mark.parametrize(
    ("prepare", "finding", "exit_code", "code"),
    [
        pytest.param(without_nix, "nix", 5, "nix-missing", id="no Nix"),
        pytest.param(with_old_nix, "nix", 5, "nix-too-old", id="old Nix"),
        pytest.param(with_sandbox_off, "sandbox", 5, "sandbox-unavailable", id="sandbox off"),
        pytest.param(
            without_user_namespaces, "sandbox", 5, "sandbox-unavailable", id="no user namespaces"
        ),
        pytest.param(
            without_build_users, "store", 5, "sandbox-unavailable", id="root without build users"
        ),
        pytest.param(with_full_disk, "database", 8, "store-full", id="full disk"),
        pytest.param(with_small_disk, "toolchain", 8, "store-full", id="no room for a toolchain"),
        pytest.param(without_shared_memory, "database", 8, "store-unwritable", id="no WAL"),
        pytest.param(with_read_only_home, "database", 8, "store-unwritable", id="read-only home"),
        pytest.param(with_a_bad_setting, "settings", 2, "setting-invalid", id="bad setting"),
    ],
)
def test_where_the_doctor_says_unusable_a_run_refuses_in_the_same_words(
    own_noether: Noether,
    tmp_path: Path,
    prepare: Prepare,
    finding: str,
    exit_code: int,
    code: str,
) -> None:
    folder = tmp_path / "machine"
    folder.mkdir()
    machine = prepare(own_noether, folder)

    ended, said = machine("doctor")
    run_ended, run_said = machine("run", HELLO, "--input", '"Never run"')

    bad = [one for one in said["findings"] if one["state"] == "bad"]
    assert (ended, said["ok"], said["usable"], said["error"]["code"]) == (
        exit_code, False, False, code,
    )  # fmt: skip
    assert next((one["name"], one["code"]) for one in bad) == (finding, code)
    assert said["error"]["hint"] or code == "setting-invalid"
    assert (run_ended, run_said["ok"], run_said["error"]) == (ended, False, said["error"])
    assert "output" not in run_said
    assert left_behind(machine.noether.home, within_seconds=2.0) == []


def test_a_home_that_is_not_there_yet_is_made_and_then_a_run_finds_its_toolchain(
    bare_noether: Noether,
) -> None:
    examined = bare_noether("doctor", "--json")
    ran = bare_noether("run", HELLO, "--input", '"Tea"', "--raw")

    findings = {one["name"]: one for one in json.loads(examined.out)["findings"]}
    assert examined.code == 0, examined.err
    assert findings["toolchain"]["facts"]["taken_now"] is True
    assert findings["sandbox"]["facts"]["level"] == "full"
    assert findings["sandbox"]["facts"]["evidence"]["call"]["fork"] == "EPERM"
    assert (ran.code, ran.out) == (0, "tea")
    assert "making a toolchain" not in ran.err


def test_an_altered_toolchain_is_found_and_no_run_uses_it_any_more(own_noether: Noether) -> None:
    found = json.loads(own_noether("toolchain", "show", "--json").out)["toolchain"]
    file = own_noether.home / "nix" / found["path"].lstrip("/") / "lib/python3.11/this.py"
    file = next(file.parent.parent.glob("python3.*/this.py"))
    data = file.read_bytes()
    file.parent.chmod(0o755)
    file.unlink()  # the homes of other tests have the same file
    file.write_bytes(data + b"#")

    before = own_noether("run", HELLO, "--input", '"Before"')
    examined = own_noether("doctor", "--json")
    after = own_noether("run", HELLO, "--input", '"After"', "--json")
    again = own_noether("doctor", "--json")

    assert before.code == 0
    document = json.loads(examined.out)
    assert (examined.code, document["error"]["code"]) == (8, "hash-mismatch")
    assert (after.code, json.loads(after.out)["error"]) == (8, document["error"])
    assert json.loads(again.out)["error"] == document["error"]


def test_what_a_killed_command_left_is_named_and_removed_by_the_next_collection(
    own_noether: Noether,
) -> None:
    left = [own_noether.home / "nix/toolchain-0a1b", own_noether.home / "tmp/region-0a1b"]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(bytes(1000))

    examined = json.loads(own_noether("doctor", "--json").out)
    own_noether("store", "gc")

    finding = next(one for one in examined["findings"] if one["name"] == "leftovers")
    assert finding["state"] == "warning"
    assert finding["facts"]["folders"] == {str(folder): 1000 for folder in left}
    assert not any(folder.exists() for folder in left)


def test_people_see_a_sign_a_name_and_the_remedy(own_noether: Noether) -> None:
    odd = with_variables(own_noether, NOETHER_HOEM="/tmp", NOETHER_NIX="/absent")

    done = odd("doctor")
    plain = with_variables(odd, PYTHONIOENCODING="latin-1")("doctor")

    lines = done.out.splitlines()
    assert done.code == 5
    assert next(line for line in lines if "NOETHER_HOEM" in line).startswith("! variables ")
    assert any("did you mean NOETHER_HOME?" in line for line in lines)
    assert any(line.startswith("✗ nix        NOETHER_NIX is /absent") for line in lines)
    assert any(line.startswith("· sandbox    not looked at: it needs the ") for line in lines)
    assert lines[-1].startswith("not usable: a run ends with nix-missing")
    assert any(line.startswith("x nix ") for line in plain.out.splitlines())


def test_a_store_that_others_share_and_a_hook_that_uploads_are_warnings(
    bare_noether: Noether, tmp_path: Path
) -> None:
    folder = tmp_path / "machine"
    folder.mkdir()
    (folder / "nix.conf").write_text("post-build-hook = /usr/local/bin/upload\n")
    machine = with_own_store(bare_noether, folder, sandbox="true")
    hooked = f'mount --bind {folder}/nix.conf /etc/nix/nix.conf && exec "$@"'
    inside = replace(machine, words=(*machine.words, "/bin/sh", "-c", hooked, "sh"))

    ended, said = inside("doctor")

    findings = {one["name"]: one for one in said["findings"]}
    assert (ended, said["usable"]) == (0, True), said
    assert findings["store"]["state"] == findings["hooks"]["state"] == "warning"
    assert "every user of this machine can read" in findings["store"]["message"]
    assert findings["hooks"]["facts"]["hooks"] == {"post-build-hook": "/usr/local/bin/upload"}
    assert f"store: {findings['store']['message']}" in said["warnings"]


def test_a_python_that_does_not_start_matters_only_where_a_toolchain_is_to_be_taken(
    own_noether: Noether, tmp_path: Path
) -> None:
    odd = with_variables(own_noether, NOETHER_PYTHON="/absent/python3")
    fresh = replace(odd, home=tmp_path / "fresh")

    taken, untaken = odd("doctor", "--json"), fresh("doctor", "--json")
    run_taken = odd("run", HELLO, "--input", '"Tea"', "--raw")
    run_untaken = fresh("run", HELLO, "--input", '"Tea"', "--json")

    assert (taken.code, run_taken.code, run_taken.out) == (0, 0, "tea")
    assert (untaken.code, run_untaken.code) == (5, 5)
    assert json.loads(untaken.out)["error"] == json.loads(run_untaken.out)["error"]
