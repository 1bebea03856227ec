"""Where the sandbox cannot be had, nothing runs and nothing is given out."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.homes import COMMAND, HELLO, PROJECT, Done, Noether
from tests.nix.left_behind import left_behind
from tests.nix.which_nix import PROGRAMS

pytestmark = pytest.mark.nix

_REFUSING_KERNEL = (PROJECT / "tests/nix/without.py", "user-namespaces")

# A Nix that does not do as it is told: a daemon may ignore what untrusted users ask for.
_WRAPPER = """#!{python}
import os, sys
text = os.environ.get("NIX_CONFIG", "\\nsandbox = true\\n")
sandbox = open("{folder}/sandbox").read().strip()
assert "\\nsandbox = " in text
for asked in ("true", "false"):
    text = text.replace(f"\\nsandbox = {{asked}}\\n", f"\\nsandbox = {{sandbox}}\\n")
os.environ["NIX_CONFIG"] = text.replace("sandbox-fallback = false", "sandbox-fallback = true")
os.execv("{program}", ["{program}", *sys.argv[1:]])
"""


def disobedient_nix(folder: Path, sandbox: str) -> Path:
    """Programs of Nix that turn the sandbox to ``sandbox``, whatever their options say."""
    programs = PROGRAMS.folder
    folder.mkdir()
    (folder / "sandbox").write_text(sandbox)
    for program in programs.glob("nix*"):
        wrapper = folder / program.name
        wrapper.write_text(
            _WRAPPER.format(python="/usr/bin/python3", folder=folder, program=program)
        )
        wrapper.chmod(0o755)
    return folder


def run_salted(noether: Noether, *words: str | Path) -> tuple[int, str, str]:
    """Run a graph that was never run in this home."""
    given = json.dumps(f"Never run {noether.folder}")
    done = noether("run", HELLO, "--input", given, *words)
    return done.code, done.out, done.err


def test_where_nix_has_no_user_namespaces_a_run_that_needs_them_is_refused(
    own_noether: Noether,
) -> None:
    words = [*COMMAND, "run", str(HELLO), "--input", '"Never run"', "--level", "full"]

    done = [
        subprocess.run(
            [sys.executable, *_REFUSING_KERNEL, *words, *more],
            cwd=own_noether.folder,
            env=own_noether.environment,
            capture_output=True,
            check=False,
            timeout=60,
        )
        for more in ([], ["--json"], ["--raw", "-o", "out.txt"])
    ]

    assert [one.returncode for one in done] == [5, 5, 5]
    assert b"user namespaces" in done[0].stderr
    document = json.loads(done[1].stdout)
    assert (document["ok"], document["error"]["code"]) == (False, "sandbox-unavailable")
    assert "output" not in document
    assert document["error"]["hint"]
    assert (done[0].stdout, done[2].stdout) == (b"", b"")
    assert not (own_noether.folder / "out.txt").exists()
    assert left_behind(own_noether.home, within_seconds=2.0) == []


# A place for a machine's store that is not this machine's, with every right that this user has.
# The locks of build users stay shared: who takes a user kills all that is still running as it.
OWN_MACHINE = """
pool=/nix/var/nix/userpool
if [ "$(id -u)" = 0 ]; then mkdir -p $pool && mount --bind $pool "$POOL" || exit 1; fi
mount -t tmpfs none /nix && chmod 755 /nix && mkdir -p /nix/store $pool || exit 1
if [ "$(id -u)" = 0 ]; then
  mount --move "$POOL" $pool && chgrp nixbld /nix/store && chmod 1775 /nix/store || exit 1
fi
exec "$@"
"""


@pytest.mark.parametrize(("sandbox", "code"), [("false", 5), ("true", 0)])
def test_a_nix_that_runs_no_sandbox_is_found_out_from_inside(
    bare_noether: Noether, tmp_path: Path, sandbox: str, code: int
) -> None:
    nix = disobedient_nix(tmp_path / "nix", sandbox)

    (done,) = run_on_own_machine(bare_noether, nix, [()])

    document = json.loads(done.out)
    assert done.code == code, done.err
    if code == 0:
        assert (document["sandbox"], document["output"]) == ("full", "tea")
    else:
        error = document["error"]
        assert error["code"] == "sandbox-unavailable", done.out
        assert error["message"].startswith("Nix built without its sandbox: the build ")
        assert "nix.conf" in error["hint"]
        assert "output" not in document
    assert left_behind(bare_noether.home, within_seconds=2.0) == []


def run_on_own_machine(noether: Noether, nix: Path, runs: Sequence[Sequence[str]]) -> list[Done]:
    """Run one graph again and again, in a machine's store that is this test's alone.

    The word ``sandboxed`` lets Nix have its sandbox from then on.
    """
    pool = nix.parent / "pool"
    pool.mkdir()
    variables = {"NOETHER_NIX": str(nix), "NOETHER_STORE": "machine", "POOL": str(pool)}
    other = Noether(noether.home, noether.folder, variables)
    kept = () if os.geteuid() == 0 else ("--map-current-user", "--keep-caps")
    machine = ["/usr/bin/unshare", "--mount", *kept, "/bin/sh", "-c", OWN_MACHINE, "machine"]
    command = shlex.join([*COMMAND, "run", str(HELLO), "--input", '"Tea"', "--json"])
    allow = f"echo true > {shlex.quote(str(nix / 'sandbox'))};"
    script = "\n".join(
        f"{allow if 'sandboxed' in more else ''} {command} "
        f"{shlex.join(word for word in more if word != 'sandboxed')} 2>&3; echo $? >&4"
        for more in runs
    )
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as codes:
        redirected = f"exec 3>&{errors.fileno()} 4>&{codes.fileno()}\n{script}"
        done = subprocess.run(
            [*machine, "/bin/bash", "-c", redirected],
            cwd=other.folder,
            env=other.environment,
            capture_output=True,
            check=False,
            timeout=110,
            pass_fds=(errors.fileno(), codes.fileno()),
        )
        errors.seek(0)
        codes.seek(0)
        said, ends = errors.read().decode(), codes.read().split()
    answers = [f"{{{answer}" for answer in ("\n" + done.stdout.decode()).split("\n{")[1:]]
    assert len(answers) == len(ends) == len(runs), done.stderr.decode() + said
    return [Done(int(code), answer, said) for code, answer in zip(ends, answers, strict=True)]


def test_without_any_sandbox_results_are_marked_and_used_only_where_that_is_allowed(
    bare_noether: Noether, tmp_path: Path
) -> None:
    nix = disobedient_nix(tmp_path / "nix", "false")
    unsandboxed = ("--level", "none")

    runs = run_on_own_machine(
        bare_noether,
        nix,
        [unsandboxed, (), ("--allow-unsandboxed",), ("sandboxed",), unsandboxed],
    )

    documents = [json.loads(run.out) for run in runs]
    assert [run.code for run in runs] == [0, 5, 0, 0, 0], runs[0].err
    assert [document.get("sandbox") for document in documents] == [
        "none", None, "none", "full", "full",
    ]  # fmt: skip
    assert [document.get("output") for document in documents] == ["tea", None, "tea", "tea", "tea"]
    known = [document["counts"]["known"] for document in documents if document["ok"]]
    assert known == [0, 2, 0, 2]
    marked = [any("sandbox none" in words for words in each["warnings"]) for each in documents]
    assert marked == [True, False, True, False, False]
    assert left_behind(bare_noether.home, within_seconds=2.0) == []


def test_settings_of_nix_cannot_weaken_the_sandbox(own_noether: Noether, tmp_path: Path) -> None:
    folder = tmp_path / "conf"
    (folder / "nix").mkdir(parents=True)
    text = (
        "sandbox = false\nsandbox-fallback = true\nsandbox-paths = /root /etc/shadow\n"
        "extra-sandbox-paths = /home\nallowed-impure-host-deps = /\nbuild-users-group =\n"
    )
    for name in ("nix.conf", "nix/nix.conf"):
        (folder / name).write_text(text)
    variables = {
        "NIX_CONFIG": text,
        "NIX_CONF_DIR": str(folder),
        "NIX_USER_CONF_FILES": str(folder / "nix.conf"),
        "XDG_CONFIG_HOME": str(folder),
        "NIX_REMOTE": "daemon",
        "NIX_STORE_DIR": "/elsewhere",
        "_NIX_TEST_NO_SANDBOX": "1",
    }
    other = Noether(own_noether.home, own_noether.folder, variables)

    code, out, err = run_salted(other, "--json")

    assert (code, json.loads(out)["sandbox"]) == (0, "full"), err
