"""The room that a shell is in: what Nix's sandbox is to a build, made without Nix.

A builder of Nix has no terminal, so this process makes the same room on its own: namespaces, a
root with nothing in it but the toolchain and our in-sandbox code, an unprivileged user. In it it
starts the toolchain's interpreter, which goes on as every build of ours does. It is started
alone, with one word: a JSON object (see :func:`main`). It never sees a stage or a value.
"""

import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any, NoReturn

from noether_nix.inside import kernel

_NEW_NETWORK, _NEW_NAMES = 0x40000000, 0x04000000
_NAMESPACES = (
    kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWIPC | _NEW_NETWORK | _NEW_NAMES
)
_DEVICES = ("null", "zero", "full", "random", "urandom")
# Who a builder is, in Nix's words, and the tables that it finds.
_USER, _GROUP = 1000, 100
_TABLES = {
    "passwd": "root:x:0:0:Nix build user:/build:/noshell\n"
    f"nixbld:x:{_USER}:{_GROUP}:Nix build user:/build:/noshell\n"
    "nobody:x:65534:65534:Nobody:/:/noshell\n",
    "group": f"root:x:0:\nnixbld:!:{_GROUP}:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
}
# Root becomes somebody that nobody is, and no build user of any store either, for Nix ends what
# runs as those; where not all numbers can be had, nobody.
_STRANGERS, _NOBODY = 0xE000_0000, 65534
_DOCUMENT, _OUTCOME = 3, 4
_UNABLE = b"X"


def main() -> NoReturn:
    """Make the room, start what is to run in it, and end as that ends.

    The word is an object of ``root`` (an empty folder), ``store`` (where the paths of the store
    lie), ``paths`` (those that are to be there), ``command`` and ``environment`` (of what is
    started), ``document`` and ``outcome`` (descriptors), or None for those: then the document
    comes on standard input, the outcome goes to standard output and the log to standard error.
    """
    order = json.loads(sys.argv[1])
    _arrange_descriptors(order["document"], order["outcome"])
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
        signal.signal(number, signal.SIG_IGN)  # the terminal means the code inside
    try:
        as_root = os.geteuid() == 0
        _leave(as_root=as_root)
        child = os.fork()
        if child == 0:
            _enter(order, as_root=as_root)
    except OSError as error:
        _complain(error)
    _attend(child)


def _arrange_descriptors(document: int | None, outcome: int | None) -> None:
    if document is not None and outcome is not None:
        for number, target in ((document, 103), (outcome, 104)):
            os.dup2(number, target, inheritable=False)
        os.dup2(103, _DOCUMENT)
        os.dup2(104, _OUTCOME)
    else:
        os.dup2(0, _DOCUMENT)
        os.dup2(1, _OUTCOME)
        os.dup2(os.open("/dev/null", os.O_RDWR), 0)
        os.dup2(2, 1)
    os.closerange(5, 256)


def _leave(*, as_root: bool) -> None:
    user, group = os.geteuid(), os.getegid()
    kernel.unshare(_NAMESPACES | (0 if as_root else kernel.CLONE_NEWUSER))
    if not as_root:
        _be_builder(user, group)


def _be_builder(user: int, group: int) -> None:
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{_USER} {user} 1"),
        ("gid_map", f"{_GROUP} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(text)


def _enter(order: Mapping[str, Any], *, as_root: bool) -> NoReturn:
    try:
        _end_with_parent()
        _furnish(order["root"], order["store"], order["paths"])
        socket.sethostname("localhost")
        kernel.enter_root(order["root"])
        if as_root:
            user = _become_stranger()
            kernel.set_dumpable(dumpable=True)  # else /proc/self/uid_map is not ours to write
            kernel.unshare(kernel.CLONE_NEWUSER)
            _be_builder(user, user)
            _end_with_parent()  # forgotten with the old identity
        command: list[str] = order["command"]
        os.chdir("/build")
        os.execve(command[0], command, order["environment"])  # noqa: S606 - no shell, and none is there
    except OSError as error:
        _complain(error)


def _furnish(root: str, store: str, paths: Sequence[str]) -> None:
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", root, "tmpfs", kernel.MS_NOSUID, "size=1m,mode=755")
    for folder in ("build", "dev", "etc", "nix/store", "proc", "tmp"):
        os.makedirs(f"{root}/{folder}")  # noqa: PTH103
    os.chmod(f"{root}/build", 0o777)  # noqa: PTH101, S103 - it is for one user, and covered
    for path in paths:
        os.mkdir(root + path)  # noqa: PTH102
        source = f"{store}/{path.rpartition('/')[2]}"
        kernel.mount(source, root + path, None, kernel.MS_BIND | kernel.MS_REC)
    for device in _DEVICES:
        os.close(os.open(f"{root}/dev/{device}", os.O_CREAT | os.O_WRONLY, 0o644))
        kernel.mount(f"/dev/{device}", f"{root}/dev/{device}", None, kernel.MS_BIND)
    for name, text in _TABLES.items():
        with open(f"{root}/etc/{name}", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(text)
    kernel.mount("proc", f"{root}/proc", "proc", 0)


def _become_stranger() -> int:
    os.setgroups([])
    for user in (_STRANGERS + os.getpid(), _NOBODY):
        with contextlib.suppress(OSError):
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            return user
    raise PermissionError("root cannot become an unprivileged user here")


def _end_with_parent() -> None:
    if kernel.LIBC.prctl(1, int(signal.SIGKILL), 0, 0, 0):
        raise PermissionError("the end of the parent cannot be heard of")


def _complain(error: OSError) -> NoReturn:
    os.write(_OUTCOME, _UNABLE + str(error).encode())
    os._exit(1)


def _attend(child: int) -> NoReturn:
    def stop(_number: int, _frame: FrameType | None) -> None:
        os.kill(child, signal.SIGKILL)  # the first of its process namespace: all of it goes

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    for descriptor in (_DOCUMENT, _OUTCOME):
        os.close(descriptor)
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
