"""Who builds: never the kernel's uid 0, whatever Nix would allow (design 6).

Nix ends whatever runs as its build users, before a build and after it. So two stores that share
build users end each other's builds, as root's stores on one kernel did. A private store of root
therefore has build users of its own: numbers that nobody else has, and names that only its Nix
sees, in a mount namespace with an ``/etc/passwd`` and an ``/etc/group`` of ours (ADR 0017).
"""

import grp
import hashlib
import os
import pwd
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from noether_nix.errors import SandboxUnavailableError
from noether_nix.frozen import dataclass
from noether_nix.process.nix_commands import BUILD_USERS_GROUP
from noether_nix.process.nix_failure import BUILD_USERS_HINT

# As many builds of one store can run at once.
_COUNT = 64
# What systemd's table of user numbers calls unused, and no tool that is known here gives out.
_UNUSED = range(0x7000_0000, 0x8000_0000)
_FOLDERS = ("/usr/bin", "/bin", "/run/current-system/sw/bin")
# Asked before files are, where it runs; what it knows is the machine's.
_NAME_SERVICE = Path("/run/nscd")
_SHOW = """
mount --all --fstab "$0/mounts" || {
  echo "error: setting up a private mount namespace for build users" >&2; exit 1
}
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class OwnBuildUsers:
    """Build users that only the private store in ``folder`` has; ``users`` are their numbers."""

    folder: Path
    users: range
    group: int
    _programs: tuple[str, str]

    @classmethod
    def of(cls, folder: Path) -> "Self | None":
        """Those of the store in a folder, which must exist; None where there can be none."""
        found = folder.stat()
        # Unlike the path this is another one in each file system, so in each container too.
        name = f"{found.st_dev}:{found.st_ino}"
        users = choose_numbers(name, Path("/proc/self/uid_map").read_text(encoding="ascii"))
        groups = choose_numbers(name, Path("/proc/self/gid_map").read_text(encoding="ascii"))
        unshare, shell = _find("unshare"), _find("sh")
        if not (users and groups and unshare and shell and _find("mount")):
            return None
        return cls(folder, users, groups[0], (unshare, shell))

    def show(self) -> tuple[str, ...]:
        """Write down who they are; gives the words before a command that will see them."""
        people = self.folder / "people"
        people.mkdir(mode=0o700, exist_ok=True)
        names = {f"{BUILD_USERS_GROUP}{n}": user for n, user in enumerate(self.users, start=1)}
        users = (f"{name}:x:{user}:{self.group}::/:/bin/false" for name, user in names.items())
        group = f"{BUILD_USERS_GROUP}:x:{self.group}:{','.join(names)}"
        _write_lines(people / "passwd", ["root:x:0:0::/:/bin/false", *users])
        _write_lines(people / "group", ["root:x:0:", group])
        place = _escape(str(people))
        mounts = [f"{place}/{name} /etc/{name} none bind" for name in ("passwd", "group")]
        if _NAME_SERVICE.is_dir():
            mounts.append(f"none {_NAME_SERVICE} tmpfs defaults")
        _write_lines(people / "mounts", mounts)
        unshare, shell = self._programs
        return (
            *(unshare, "--mount", "--propagation", "private", "--"),
            *(shell, "-c", _SHOW, str(people)),
        )


def choose_numbers(name: str, id_map: str) -> range:
    """Numbers for the users of ``name``, of those that this user namespace has.

    Args:
        name: equal names have equal numbers, others almost surely others.
        id_map: the namespace's map; where it has no unused numbers, as in most containers, they
            come from between what people and what services get. Empty when it has too few.
    """
    rows = [[int(word) for word in line.split()] for line in id_map.splitlines()]
    there = [range(inside, inside + count) for inside, _outside, count in rows]
    if any(r.start <= _UNUSED.start and r.stop >= _UNUSED.stop for r in there):
        room = _UNUSED
    else:
        largest = max(there, key=len, default=range(0))
        room = largest[len(largest) // 2 : len(largest) * 7 // 8]
    slots = len(room) // _COUNT
    if not slots:
        return range(0)
    digest = hashlib.sha256(name.encode()).digest()
    slot = int.from_bytes(digest[:8], "big") % slots
    return room[slot * _COUNT : (slot + 1) * _COUNT]


def check_build_users(user: int, group: str = BUILD_USERS_GROUP) -> None:
    """See that a build that ``user`` starts will not run as root.

    Raises:
        SandboxUnavailableError: it would, for ``user`` is root and has nobody to build as.
    """
    if user == 0 and not find_build_users(group):
        raise SandboxUnavailableError(
            f"root never builds, and the group {group} has no users to build as",
            hint=BUILD_USERS_HINT,
        )


def find_build_users(group: str = BUILD_USERS_GROUP) -> tuple[str, ...]:
    """The members of the machine's group that are not root under another name."""
    try:
        members = grp.getgrnam(group).gr_mem
    except KeyError:
        return ()
    return tuple(filter(_is_unprivileged, members))


def _is_unprivileged(name: str) -> bool:
    try:
        return pwd.getpwnam(name).pw_uid != 0
    except KeyError:
        return False


def _find(program: str) -> str | None:
    paths = (f"{folder}/{program}" for folder in _FOLDERS)
    return next((path for path in paths if os.access(path, os.X_OK)), None)


def _escape(path: str) -> str:
    """A path as files of mounts spell it."""
    special = {ord(character): f"\\{ord(character):03o}" for character in " \t\n\\#"}
    return path.translate(special)


def _write_lines(file: Path, lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        aside = file.with_name(f"{file.name}.{os.getpid()}.{os.urandom(4).hex()}")
        aside.write_text(text, encoding="utf-8")
        aside.replace(file)
