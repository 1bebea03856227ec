"""Who builds: never the kernel's uid 0, whatever Nix would allow (design 6)."""

import grp
import pwd

from noether_nix.errors import SandboxUnavailableError
from noether_nix.process.nix_commands import BUILD_USERS_GROUP
from noether_nix.process.nix_failure import BUILD_USERS_HINT


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
    """The members of the group that are not root under another name."""
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
