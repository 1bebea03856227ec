from pathlib import Path

import pytest

from noether_nix.formats.store_path import StorePath
from noether_nix.process import nix_commands
from noether_nix.process.nix_programs import NixPrograms

PROGRAMS = NixPrograms(Path("/nix-bin"))
STORE = ("--store", "/home/x/nix")
PATH = StorePath("0" * 32, "value.json")


def test_a_build_is_one_command_without_a_link_and_with_its_arguments_in_order() -> None:
    argv = nix_commands.build(PROGRAMS, STORE, Path("/f.nix"), {"b": "2", "a": "1"}, check=False)

    assert argv == (
        "/nix-bin/nix-build", "--store", "/home/x/nix", "/f.nix", "--no-out-link",
        "--argstr", "a", "1", "--argstr", "b", "2",
    )  # fmt: skip


def test_a_check_is_the_same_build_again() -> None:
    plain = nix_commands.build(PROGRAMS, STORE, Path("/f.nix"), {}, check=False)
    checked = nix_commands.build(PROGRAMS, STORE, Path("/f.nix"), {}, check=True)

    assert set(checked) - set(plain) == {"--check"}


def test_the_commands_of_the_store_are_these() -> None:
    program = "/nix-bin/nix-store"
    one, two = Path("/a/one"), Path("/a/two")

    assert nix_commands.add_flat(PROGRAMS, STORE, [one, two]) == (
        program, *STORE, "--add-fixed", "sha256", "/a/one", "/a/two",
    )  # fmt: skip
    assert nix_commands.add_tree(PROGRAMS, STORE, one) == (program, *STORE, "--add", "/a/one")
    assert nix_commands.recorded_hash(PROGRAMS, (), PATH) == (
        program, "--query", "--hash", str(PATH),
    )  # fmt: skip
    assert nix_commands.check_validity(PROGRAMS, (), [PATH]) == (
        program, "--check-validity", "--print-invalid", str(PATH),
    )  # fmt: skip
    assert nix_commands.verify(PROGRAMS, STORE, PATH) == (
        program, *STORE, "--verify-path", str(PATH),
    )  # fmt: skip
    options = ("--option", "gc-reserved-space", "8")
    assert nix_commands.collect_garbage(PROGRAMS, STORE, only_print=True, reserved_bytes=8) == (
        program, *STORE, *options, "--gc", "--print-dead",
    )  # fmt: skip
    assert nix_commands.collect_garbage(PROGRAMS, STORE, only_print=False, reserved_bytes=8) == (
        program, *STORE, *options, "--gc",
    )  # fmt: skip
    assert nix_commands.add_root(PROGRAMS, (), Path("/l"), PATH) == (
        program, "--realise", str(PATH), "--add-root", "/l",
    )  # fmt: skip
    assert nix_commands.dump(PROGRAMS, one) == (program, "--dump", "/a/one")
    assert nix_commands.instantiate(PROGRAMS, ()) == ("/nix-bin/nix-instantiate", "-")


def test_the_sandbox_is_on_and_nothing_may_weaken_or_replace_it() -> None:
    lines = nix_commands.configuration(jobs=3, cores=1, build_users=True).splitlines()

    for line in (
        "sandbox = true", "sandbox-fallback = false", "sandbox-paths =", "system-features =",
        "substituters =", "substitute = false", "builders =", "post-build-hook =",
        "pre-build-hook =", "max-jobs = 3", "cores = 1", "build-users-group = nixbld",
    ):  # fmt: skip
        assert line in lines


def test_an_ordinary_user_builds_as_himself() -> None:
    lines = nix_commands.configuration(jobs=1, cores=1, build_users=False).splitlines()

    assert "build-users-group =" in lines


def test_the_environment_is_wholly_ours() -> None:
    variables = nix_commands.environment("sandbox = true\n", Path("/h"))

    assert variables == {
        "HOME": "/h", "LC_ALL": "C", "NIX_CONFIG": "sandbox = true\n",
        "NIX_CONF_DIR": "/dev/null", "NIX_USER_CONF_FILES": "", "NO_COLOR": "1",
        "PATH": "/usr/bin:/bin", "TERM": "dumb", "USER": "noether",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fetching", "shell", "said"),
    [
        pytest.param(False, True, True, id="what a stage wrote is shown nothing"),
        pytest.param(True, True, False, id="who may fetch is shown what the machine shows"),
        pytest.param(True, False, True, id="but for what is not there"),
    ],
)
def test_builds_are_shown_nothing_of_the_machine_unless_they_fetch(
    fetching: bool, shell: bool, said: bool
) -> None:
    configured = nix_commands.configuration(
        jobs=1, cores=1, build_users=False, fetching=fetching, shell=shell
    )

    assert ("sandbox-paths =" in configured.splitlines()) is said
    assert ("sandbox-paths" in configured) is said
