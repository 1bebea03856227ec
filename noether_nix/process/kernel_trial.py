"""A process that tries what the sandbox needs, step by step, and tells what came of it.

Started alone by ``kernel_probe``, because nothing of it can be taken back. It is an ordinary
process of this machine, and asks in the way in which calls are fenced.
"""

import json
import os
import sys
from collections.abc import Callable

from noether_nix.inside import filters, kernel, landlock


def main() -> None:
    """Print what each step gave: ``done``, a version, or what the kernel said."""
    found: dict[str, str] = {}

    def attempt(name: str, step: Callable[[], object]) -> None:
        try:
            found[name] = str(step() or "done")
        except OSError as error:
            found[name] = str(error)

    attempt("user namespace", lambda: kernel.unshare(kernel.CLONE_NEWUSER))
    attempt("mount namespace", lambda: kernel.unshare(kernel.CLONE_NEWNS))
    attempt("process namespace", lambda: kernel.unshare(kernel.CLONE_NEWPID))
    attempt("mounting", _mount)
    attempt("read-only mounts", lambda: kernel.make_read_only("/tmp"))  # noqa: S108
    attempt("no new privileges", kernel.drop_capabilities)
    attempt("Landlock", lambda: landlock.restrict_writing(("/dev/null",)) or "absent")
    attempt("seccomp", _put_on_filter)
    sys.stdout.write(json.dumps(found))


def _put_on_filter() -> None:
    filters.SystemCallFilter(among_others=False).put_on(os.getpid())


def _mount() -> None:
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", "/tmp", "tmpfs", 0)  # noqa: S108
