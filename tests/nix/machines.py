"""Machines of a test's own: a root folder with its own /nix, /etc and users, and no other process.

Such a machine is a mount namespace and a process namespace on this kernel. The real machine's
folders are seen in it, but /nix, /etc, /tmp and the users' homes are in memory and gone with it,
and it has build users whose numbers nobody else has: Nix ends whatever runs as its build users,
in every namespace. Only root can make one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.nix.which_nix import PROGRAMS

PROJECT = Path(__file__).resolve().parents[2]
ORDINARY_USER = 64_999
_FIRST_BUILD_USER = 64_900
_OWN = ("dev", "etc", "nix", "people", "proc", "sys", "tmp")


@dataclass(frozen=True, slots=True)
class Machine:
    """A running machine; ``pid`` is its first process, as seen from here."""

    pid: int

    @property
    def root(self) -> Path:
        """Its root folder, as seen from here."""
        return Path(f"/proc/{self.pid}/root")

    def command(self, argv: Sequence[str | Path], *, user: int = 0) -> tuple[str, ...]:
        """The words that start ``argv`` in this machine, as a user and in the user's home."""
        home = f"{self.root}/people/{user}"
        become = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--")
        return (
            "nsenter", "--target", str(self.pid), "--mount", "--pid", f"--wd={home}", "--",
            *(become if user else ()), *map(str, argv),
        )  # fmt: skip

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        user: int = 0,
        variables: Mapping[str, str] | None = None,
        timeout_seconds: float = 100,
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program in this machine to its end; it gets ``variables`` and few more."""
        return subprocess.run(
            self.command(argv, user=user),
            env=self.environment(user, variables or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_seconds,
        )

    def noether(
        self, *words: str | Path, user: int = 0, variables: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run ``noether`` of this checkout in this machine."""
        argv = (sys.executable, "-P", "-B", "-m", "noether_nix", *words)
        return self.run(argv, user=user, variables=variables)

    @staticmethod
    def environment(user: int, variables: Mapping[str, str]) -> dict[str, str]:
        """All variables of a program; Nix is the one that is tested."""
        return {
            "HOME": f"/people/{user}",
            "LC_ALL": "C.UTF-8",
            "NOETHER_HOME": f"/people/{user}/noether",
            "PATH": f"{PROGRAMS.folder}:/usr/sbin:/usr/bin:/sbin:/bin",
            **variables,
        }


@contextmanager
def boot(folder: Path, *, build_users: int = 2, nix_conf: str = "") -> Iterator[Machine]:
    """A machine that lasts as long as the ``with`` block; everything in it ends with it.

    Args:
        folder: an empty folder, for the mount point.
        build_users: how many members the group nixbld has; without any there is no such group.
        nix_conf: its ``/etc/nix/nix.conf``.
    """
    argv = (
        "setpriv", "--pdeathsig", "KILL", "--",
        "unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "--",
        sys.executable, "-P", "-B", "-m", "tests.nix.machines",
        str(folder), str(build_users), nix_conf,
    )  # fmt: skip
    with subprocess.Popen(
        argv, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as outer:
        try:
            assert outer.stdout is not None
            assert outer.stdout.readline() == "ready\n"
            children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text()
            yield Machine(int(children))
        finally:
            outer.kill()


# ---------------------------------------------------------------- the first process of a machine


def _prepare(root: Path, build_users: int, nix_conf: str) -> None:
    _mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", root)
    for name in _OWN:
        if name != "etc":
            (root / name).mkdir(mode=0o755)
    (root / "tmp").chmod(0o1777)
    subprocess.run(("cp", "-a", "/etc", root), check=True)
    _write_etc(root / "etc", build_users, nix_conf)
    for user in (0, ORDINARY_USER):
        (root / f"people/{user}").mkdir(mode=0o700)
        os.chown(root / f"people/{user}", user, user)
    _show_real_folders(root)
    for name in ("dev", "sys"):
        _mount("--rbind", f"/{name}", root / name)
    _mount("-t", "proc", "proc", root / "proc")


def _show_real_folders(root: Path) -> None:
    """Bind the machine's folders, so that every user can get to the tested code and the Nix."""
    needed = {PROJECT, Path(sys.prefix), PROGRAMS.folder.resolve().parent, PROGRAMS.folder.parent}
    closed = {Path("/", path.parts[1]) for path in needed if not _is_open(path)}
    for path in Path("/").iterdir():
        target = root / path.name
        if path.name in _OWN or path in closed:
            continue
        if path.is_symlink():
            target.symlink_to(path.readlink())
        elif path.is_dir():
            target.mkdir()
            _mount("--rbind", path, target)
    for path in needed:
        target = root / path.relative_to("/")
        if Path("/", path.parts[1]) in closed | {Path("/tmp")}:
            target.mkdir(parents=True, exist_ok=True)
            _mount("--bind", path, target)


def _is_open(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in (path, *path.parents))


def _write_etc(etc: Path, build_users: int, nix_conf: str) -> None:
    """The machine's users: root, an ordinary one, and build users with numbers of their own."""
    names = {f"nixbld{n}": _FIRST_BUILD_USER + n for n in range(1, build_users + 1)}
    users = {"somebody": ORDINARY_USER, **names}
    groups = [f"somebody:x:{ORDINARY_USER}:"]
    if names:
        groups.append(f"nixbld:x:{_FIRST_BUILD_USER}:{','.join(names)}")
    people = [f"{name}:x:{n}:{n}::/people/{n}:/bin/sh" for name, n in users.items()]
    for file, ours in (("passwd", people), ("group", groups)):
        theirs = (etc / file).read_text().splitlines()
        kept = [line for line in theirs if not line.startswith("nixbld")]
        (etc / file).write_text("\n".join((*kept, *ours, "")))
    shutil.rmtree(etc / "nix", ignore_errors=True)
    (etc / "nix").mkdir()
    (etc / "nix/nix.conf").write_text(nix_conf)


def _mount(*words: str | Path) -> None:
    subprocess.run(("mount", *map(str, words)), check=True)


def _main(folder: str, build_users: str, nix_conf: str) -> None:
    root = Path(folder)
    _prepare(root, int(build_users), nix_conf)
    (root / ".old").mkdir()
    # A pivot, not a chroot: in a chroot the kernel gives no user namespaces, so no sandbox either.
    subprocess.run(("pivot_root", root, root / ".old"), check=True)
    os.chdir("/")
    os.chroot(".")
    subprocess.run(("umount", "-l", "/.old"), check=True)
    os.write(1, b"ready\n")
    while True:  # the parent of whoever loses his own
        try:
            os.wait()
        except ChildProcessError:
            sys.stdin.read(1)


if __name__ == "__main__":
    _main(*sys.argv[1:])
