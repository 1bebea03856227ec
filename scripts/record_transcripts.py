"""Record what Nix does and says when it fails: tests/golden/transcripts/VERSION/NAME.txt.

Each failure is provoked for real, as root, in a mount namespace of its own, with the command lines
and the environment that noether gives to Nix. The first line of a transcript is the exit code and
what noether is to make of it, the rest is Nix's standard error. Record a newer Nix with
``NOETHER_NIX=$(scripts/newest-nix) sudo -E .venv/bin/python -P scripts/record_transcripts.py``.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from noether_nix.process import nix_commands
from noether_nix.process.child import Exit, run
from noether_nix.process.nix import Nix
from noether_nix.process.nix_programs import find_nix, read_version
from noether_nix.process.system import read_facts

PROJECT = Path(__file__).resolve().parent.parent
GOLDEN = PROJECT / "tests/golden/transcripts"
_SOMEBODY = 54321

_DERIVATION = """
derivation {{
  name = "failing";
  system = "{system}";
  builder = "${{builtins.appendContext "{shell}" {{ "{shell}" = {{ path = true; }}; }}}}/busybox";
  args = [ "sh" "{script}" ];
  busybox = "{shell}/busybox";
  preferLocalBuild = true;
  {more}
}}
"""
_OTHER_HASH = f'outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "{"0" * 64}";'
# What a builder may print in order to be taken for Nix, or for the scheduler.
LIES = (
    "error: cloning builder process: Operation not permitted",
    "error: unable to start build process",
    "error: writing to file: No space left on device",
    f"error: builder for '/nix/store/{'0' * 32}-x.drv' failed to produce output path for 'out'",
    "error: opening pseudoterminal master: No such device",
    "\x1b[31;1merror:\x1b[0m the group 'nosuch' specified in 'build-users-group' does not exist",
    '@nix {"action":"msg","level":0,"msg":"error: database or disk is full"}',
    '{"noether": "00000000000000000000000000000000", "events": [{"event": "unable"}]}',
    "note: build failure may have been caused by lack of free disk space",
)
_LIE = "\n".join(f"$busybox echo '{lie.replace(chr(39), chr(34))}'" for lie in LIES) + "\n"
_FOREVER = "while true; do read x < /dev/zero; done"
_WITHOUT = ("/usr/bin/python3", str(PROJECT / "tests/nix/without.py"))
_NO_NAMESPACES = (*_WITHOUT, "user-namespaces")
# In a user namespace of its own: the machine's own number is everybody's.
_NO_MORE_NAMESPACES = (
    "/usr/bin/unshare", "--user", "--map-current-user", "--keep-caps", "/bin/sh", "-c",
    'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"', "sh",
)  # fmt: skip
_OTHERS_NIX = (
    "mount -t tmpfs none /nix; chmod 755 /nix; mkdir -p /nix/store /nix/var/nix/daemon-socket"
)

_SOCKET = "/nix/var/nix/daemon-socket/socket"
_DEAD_SOCKET = (
    f"/usr/bin/python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"{_SOCKET}\")'; "
    f"chmod 666 {_SOCKET}"
)


@dataclass(frozen=True)
class Failure:
    """One way to fail.

    Attributes:
        expected: the code of the error, or how the build ended.
        script: of a builder; what is built is another expression, or a file is added, without.
        expression: to build instead.
        more: attributes of the derivation.
        options: of Nix, after ours.
        mount: shell commands before the store is made; its folder is ``$1``.
        spoil: shell commands after that.
        wrapper: words before Nix's own.
        check: build twice and compare.
        somebody: without rights.
        machine: the machine's store, through its daemon.
        hangs_up: something listens where the daemon should, and hangs up.
    """

    expected: str
    script: str = ""
    expression: str = ""
    more: str = ""
    options: str = ""
    mount: str = ""
    spoil: str = ""
    wrapper: tuple[str, ...] = ()
    check: bool = False
    somebody: bool = False
    machine: bool = False
    hangs_up: bool = False


FAILURES: Mapping[str, Failure] = {
    "undefined-name": Failure("evaluation-failed", expression="undefined_name"),
    "syntax": Failure("evaluation-failed", expression="derivation {"),
    "builder-gives-up": Failure("builder-failed", "exit 3"),
    "builder-lies-and-gives-up": Failure("builder-failed", f"{_LIE}exit 1"),
    "builder-without-output": Failure("builder-failed", "exit 0"),
    "builder-lies-and-leaves-nothing": Failure("builder-failed", f"{_LIE}exit 0"),
    "builder-late": Failure("timed-out", f"{_LIE}{_FOREVER}", options="timeout = 1"),
    "builder-silent": Failure("timed-out", f"{_LIE}{_FOREVER}", options="max-silent-time = 1"),
    "builder-loud": Failure(
        "builder-failed",
        "while true; do $busybox echo 'error: No space left on device'; done",
        options="max-build-log-size = 2000",
    ),
    "other-hash": Failure("builder-failed", f"{_LIE}echo other > $out", more=_OTHER_HASH),
    "other-result": Failure(
        "not-deterministic", "read x < /proc/sys/kernel/random/uuid; echo $x > $out", check=True
    ),
    "full-while-adding": Failure("store-full", mount='mount -t tmpfs -o size=1m none "$1"'),
    "full-while-building": Failure(
        "store-full",
        f"{_LIE}$busybox head -c 90000000 /dev/zero > $out",
        mount='mount -t tmpfs -o size=12m none "$1"',
    ),
    "full-for-the-database": Failure(
        "store-full", mount='mount -t tmpfs -o size=100k none "$1"', expression="1"
    ),
    "builder-killed-while-its-sandbox-is-made": Failure(
        "builder-failed", "exit 0", wrapper=(*_WITHOUT, "builders-that-live")
    ),
    "no-user-namespaces": Failure(
        "sandbox-unavailable", "exit 0", wrapper=_NO_NAMESPACES, somebody=True
    ),
    "no-more-user-namespaces": Failure(
        "sandbox-unavailable", "exit 0", wrapper=_NO_MORE_NAMESPACES, somebody=True
    ),
    "no-pseudoterminals": Failure(
        "sandbox-unavailable", "exit 0", spoil="mount -t tmpfs none /dev/pts"
    ),
    "no-device-for-pseudoterminals": Failure(
        "sandbox-unavailable", "exit 0", spoil="mount -t tmpfs none /dev; "
        + "; ".join(
            f"mknod -m 666 /dev/{name} c 1 {number}"
            for name, number in {"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}.items()
        ),
    ),
    "chroot": Failure(
        "sandbox-unavailable", "exit 0",
        spoil='for name in bin dev etc lib lib64 nix proc sbin srv tmp usr var; do '
        '[ ! -e /$name ] || { mkdir -p "$1/root/$name"; mount --rbind /$name "$1/root/$name"; }; '
        "done",
        wrapper=("/usr/sbin/chroot", "ROOT"),
    ),
    "no-build-users": Failure(
        "sandbox-unavailable", "exit 0", options="build-users-group = nosuch"
    ),
    "read-only-store": Failure(
        "store-unwritable", spoil='mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"'
    ),
    "store-of-somebody-else": Failure(
        "store-unwritable", somebody=True,
        spoil='chmod 755 "$1" "$1/nix"; chown -R 0:0 "$1/nix"',
    ),
    "store-that-anyone-may-enter": Failure(
        "store-unwritable", "echo 1 > $out", spoil='chmod 777 "$1"'
    ),
    "link-instead-of-a-store": Failure(
        "store-unwritable", spoil='mv "$1" "$1-real"; ln -s "$1-real" "$1"'
    ),
    "store-of-the-future": Failure(
        "evaluation-failed", spoil='echo 9999 > "$1/nix/var/nix/db/schema"'
    ),
    "daemon-absent": Failure(
        "store-unwritable", somebody=True, machine=True, spoil=_OTHERS_NIX
    ),
    "daemon-gone": Failure(
        "store-unwritable", somebody=True, machine=True, spoil=f"{_OTHERS_NIX}; {_DEAD_SOCKET}"
    ),
    "daemon-hangs-up": Failure(
        "store-unwritable", somebody=True, machine=True, spoil=_OTHERS_NIX, hangs_up=True
    ),
}  # fmt: skip


# ---------------------------------------------------------------- inside of a mount namespace


def provoke(failure: Failure, nix: Nix, folder: Path) -> Exit:
    """Let Nix fail; everything that is mounted on the way goes with this process."""
    store = nix.folder
    store.mkdir(mode=0o700)
    _shell(failure.mount, store)
    user = _SOMEBODY if failure.somebody else None
    argv = _command(failure, nix, folder)
    if failure.machine:
        # As Nix is told by noether where the machine's store is not this user's to write.
        argv = tuple("daemon" if word == str(store) else word for word in argv)
    if user is not None:
        os.chown(store, user, user)
        _give(store, user)
    if failure.check:
        assert _run(failure, nix, argv, user).ok
        argv = (*argv, "--check")
    _shell(failure.spoil, store)
    if failure.hangs_up:
        _hang_up(Path(_SOCKET))
    words = tuple(str(store / "root") if word == "ROOT" else word for word in failure.wrapper)
    return _run(failure, nix, (*words, *argv), user)


def _command(failure: Failure, nix: Nix, folder: Path) -> tuple[str, ...]:
    store = ("--store", str(nix.folder))
    text = failure.expression
    if failure.script:
        shell = folder / "shell"
        shell.mkdir()
        shutil.copy("/usr/bin/busybox", shell)
        added = nix.add_tree(shell)
        (folder / "script").write_text(failure.script)
        script = nix.add_tree(folder / "script")
        inputs = f'builtins.appendContext "{script}" {{ "{script}" = {{ path = true; }}; }}'
        more = f"{failure.more} inputs = {inputs};"
        text = _DERIVATION.format(system=read_facts().system, shell=added, script=script, more=more)
    if text:
        (folder / "failing.nix").write_text(text)
        return nix_commands.build(nix.programs, store, folder / "failing.nix", {}, check=False)
    if not failure.mount:
        (folder / "small").write_text("the store is there")
        nix.add_flat_file(folder / "small")
    (folder / "large").write_bytes(os.urandom(4 << 20))
    return nix_commands.add_flat(nix.programs, store, [folder / "large"])


def _run(failure: Failure, nix: Nix, argv: tuple[str, ...], user: int | None) -> Exit:
    configured = nix_commands.configuration(jobs=1, cores=1, build_users=user is None)
    environment = nix_commands.environment(configured + failure.options, nix.folder / "home")
    return run(argv, environment=environment, user=user, timeout_seconds=60, directory=Path("/"))


def _shell(commands: str, store: Path) -> None:
    subprocess.run(["/bin/sh", "-ec", commands, "sh", str(store)], check=True)


def _give(store: Path, user: int) -> None:
    for folder, names, files in os.walk(store):
        for name in (*names, *files):
            os.chown(Path(folder) / name, user, user, follow_symlinks=False)


def _hang_up(place: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(place))
    place.chmod(0o666)
    listener.listen()

    def answer() -> None:
        while True:
            listener.accept()[0].close()

    threading.Thread(target=answer, daemon=True).start()


def _be_provoked(name: str, folder: Path) -> None:
    named = os.environ.get("NOETHER_NIX")
    programs = find_nix(Path(named) if named else None, os.environ["PATH"])
    end = provoke(FAILURES[name], Nix(programs, folder / "store"), folder)
    said = end.stderr_tail.replace(str(folder).encode(), b"/home/somebody")
    head = f"{'signal' if end.code is None else 'exit'} {end.signal or end.code}"
    sys.stdout.buffer.write(f"{head}, {FAILURES[name].expected}\n".encode() + said)


# ---------------------------------------------------------------- outside


def record(name: str) -> bytes:
    """One transcript."""
    with tempfile.TemporaryDirectory(prefix="noether-failing-", dir="/var/lib") as folder:
        Path(folder).chmod(0o755)
        words = [sys.executable, "-P", __file__, "--inside", name, folder]
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", *words],
            stdout=subprocess.PIPE, check=True, timeout=120, cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )  # fmt: skip
        return done.stdout


def main(arguments: list[str]) -> int:
    """Record every failure, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these failures")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.inside:
        _be_provoked(given.names[0], Path(given.names[1]))
        return 0
    named = os.environ.get("NOETHER_NIX")
    programs = find_nix(Path(named) if named else None, os.environ["PATH"])
    version = ".".join(map(str, read_version(programs, home=Path("/var/empty")).numbers))
    (GOLDEN / version).mkdir(parents=True, exist_ok=True)
    for name in given.names or FAILURES:
        said = record(name)
        if said.startswith(b"exit 0,"):
            print(f"{version} {name}: this Nix does not fail")
            continue
        (GOLDEN / version / f"{name}.txt").write_bytes(said)
        head = said.partition(b"\n")[0].decode()
        print(f"{version} {name}: {head}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
