"""What variables, hooks and watchers mean for a person's values."""

from pathlib import Path

import pytest

from noether_nix.run.doctor.surroundings import (
    hooks_finding,
    leftovers_finding,
    terminal_finding,
    variables_finding,
)


@pytest.mark.parametrize(
    ("variables", "state", "words"),
    [
        pytest.param({}, "ok", "none is misspelt", id="none"),
        pytest.param(
            {"NOETHER_HOME": "/x", "NOETHER_STORE": "private"}, "ok", "none is misspelt", id="known"
        ),
        pytest.param({"NOETHER_JOB": "3"}, "warning", "NOETHER_JOB: nothing reads that", id="typo"),
        pytest.param({"PYTHONPATH": "/x"}, "warning", "PYTHONPATH change", id="Python's"),
        pytest.param({"PYTHONPATH": ""}, "ok", "none is misspelt", id="Python's, empty"),
    ],
)
def test_a_variable_that_means_nothing_is_a_warning(
    variables: dict[str, str], state: str, words: str
) -> None:
    found = variables_finding(variables)

    assert (found.state, found.message[: len(words)]) == (state, words)
    assert bool(found.hint) == (state == "warning")


def test_the_hint_names_the_variable_that_was_probably_meant() -> None:
    found = variables_finding({"NOETHER_JOB": "3", "NOETHER_FOO": "1"})

    assert found.hint == "unset NOETHER_FOO; did you mean NOETHER_JOBS?"


def processes(folder: Path, *commands: str) -> Path:
    for number, command in enumerate(commands, start=1):
        (folder / str(number)).mkdir(parents=True)
        (folder / str(number) / "cmdline").write_bytes(command.replace(" ", "\0").encode())
    return folder


@pytest.mark.parametrize(
    ("conf", "hooks"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param("post-build-hook = /bin/up", {"post-build-hook": "/bin/up"}, id="hook"),
        pytest.param("post-build-hook =", {}, id="taken back"),
        pytest.param("# post-build-hook = /bin/up", {}, id="comment"),
        pytest.param("builders = ssh://m", {"builders": "ssh://m"}, id="other machines"),
        pytest.param("builders = @/etc/nix/machines", {}, id="the default, and no such file"),
        pytest.param("!include more.conf", {"diff-hook": "/bin/show"}, id="included"),
        pytest.param("include absent.conf\ninclude nix.conf", {}, id="a circle"),
    ],
)  # fmt: skip
def test_hooks_of_the_machines_nix_are_a_warning_for_its_store_only(
    tmp_path: Path, conf: str, hooks: dict[str, str]
) -> None:
    file = tmp_path / "nix.conf"
    file.write_text(conf)
    (tmp_path / "more.conf").write_text("diff-hook = /bin/show")
    nobody = processes(tmp_path / "proc", "nix-daemon")

    machine = hooks_finding(private=False, nix_conf=file, processes=nobody)
    private = hooks_finding(private=True, nix_conf=file, processes=nobody)

    assert (machine.facts["hooks"], private.facts["hooks"]) == (hooks, hooks)
    assert machine.state == ("warning" if hooks else "ok")
    assert private.state == "ok"


@pytest.mark.parametrize(
    ("command", "watches"),
    [
        pytest.param("/nix/store/x/bin/cachix watch-store mine", True, id="cachix"),
        pytest.param("/usr/bin/python3 /usr/bin/attic watch-store mine", True, id="by interpreter"),
        pytest.param("nix-serve --port 5000", True, id="server"),
        pytest.param("cachix push mine /nix/store/x", False, id="a push by hand"),
        pytest.param("git log -- cachix watch-store", False, id="arguments of another program"),
        pytest.param("nix-daemon --daemon", False, id="Nix itself"),
    ],
)  # fmt: skip
def test_processes_that_read_all_of_a_store_are_found_by_their_commands(
    tmp_path: Path, command: str, *, watches: bool
) -> None:
    there = processes(tmp_path / "proc", "init", command)
    absent = tmp_path / "absent.conf"

    found = hooks_finding(private=False, nix_conf=absent, processes=there)

    assert found.state == ("warning" if watches else "ok")
    assert found.facts["processes_seen"] == 2
    assert ("process 2" in found.message) == watches


def test_a_terminal_that_lacks_characters_is_a_warning() -> None:
    assert terminal_finding({"LANG": "C.UTF-8"}, "utf-8").state == "ok"
    assert terminal_finding({}, "iso8859-1").hint == "set LC_ALL=C.UTF-8"


def test_leftovers_are_named_with_their_size(tmp_path: Path) -> None:
    found = leftovers_finding({tmp_path / "toolchain-1": 75_000_000})

    assert found.state == "warning"
    assert "1 folders of killed processes, 75.0 MB: toolchain-1" in found.message
