"""Run a command as on a kernel or a disk that lacks something: ``… WHAT[,WHAT…] COMMAND …``.

A seccomp filter for each, which stays for all that the command starts, answers as that one does.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, RETURN = 0x20, 0x06
JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_SET = 0x15, 0x35, 0x45
NUMBER, FIRST, THIRD, FOURTH = 0, 16, 32, 40  # where the call's number and its arguments stand

CLONE_NEWUSER = 0x10000000
PROT_WRITE, MAP_SHARED, MAP_ANONYMOUS = 2, 1, 0x20
LANDLOCK = (444, 447)  # its three calls lie between, the same everywhere
NUMBERS = {
    "x86_64": {
        "clone": 56, "clone3": 435, "mmap": 9, "pivot_root": 155, "prctl": 157, "seccomp": 317,
        "unshare": 272,
    },
    "aarch64": {
        "clone": 220, "clone3": 435, "mmap": 222, "pivot_root": 41, "prctl": 167, "seccomp": 277,
        "unshare": 97,
    },
}[platform.machine()]  # fmt: skip

Instruction = tuple[int, int, int, int]

# Of each row: what to do, how far to jump if that is so and if it is not, and with which number.
FILTERS: dict[str, tuple[Instruction, ...]] = {
    # ``clone`` and ``unshare`` with CLONE_NEWUSER; a filter cannot see the flags of ``clone3``.
    "user-namespaces": (
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_EQUAL, 0, 1, NUMBERS["clone3"]),
        (RETURN, 0, 0, REFUSE | errno.ENOSYS),
        (JUMP_IF_EQUAL, 1, 0, NUMBERS["clone"]),
        (JUMP_IF_EQUAL, 0, 3, NUMBERS["unshare"]),
        (LOAD, 0, 0, FIRST),
        (JUMP_IF_SET, 0, 1, CLONE_NEWUSER),
        (RETURN, 0, 0, REFUSE | errno.EPERM),
        (RETURN, 0, 0, ALLOW),
    ),
    # Landlock and further filters: this one is the last that can be put on.
    "fences": (
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_EQUAL, 2, 0, NUMBERS["seccomp"]),
        (JUMP_IF_AT_LEAST, 0, 2, LANDLOCK[0]),
        (JUMP_IF_AT_LEAST, 1, 0, LANDLOCK[1]),
        (RETURN, 0, 0, REFUSE | errno.ENOSYS),
        (JUMP_IF_EQUAL, 0, 3, NUMBERS["prctl"]),
        (LOAD, 0, 0, FIRST),
        (JUMP_IF_EQUAL, 0, 1, PR_SET_SECCOMP),
        (RETURN, 0, 0, REFUSE | errno.EINVAL),
        (RETURN, 0, 0, ALLOW),
    ),
    # Files as shared memory that is written, as on file systems of networks and shared folders.
    "shared-memory": (
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_EQUAL, 0, 6, NUMBERS["mmap"]),
        (LOAD, 0, 0, THIRD),
        (JUMP_IF_SET, 0, 4, PROT_WRITE),
        (LOAD, 0, 0, FOURTH),
        (JUMP_IF_SET, 0, 2, MAP_SHARED),
        (JUMP_IF_SET, 1, 0, MAP_ANONYMOUS),
        (RETURN, 0, 0, REFUSE | errno.ENODEV),
        (RETURN, 0, 0, ALLOW),
    ),
    # Somebody who ends every builder just as its sandbox is made.
    "builders-that-live": (
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_EQUAL, 0, 1, NUMBERS["pivot_root"]),
        (RETURN, 0, 0, KILL),
        (RETURN, 0, 0, ALLOW),
    ),
}


def main() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    # Without it only root may install a filter.
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    for what in sys.argv[1].split(","):
        code = b"".join(struct.pack("HBBI", *instruction) for instruction in FILTERS[what])
        buffer = ctypes.create_string_buffer(code, len(code))
        program = struct.pack("@HP", len(FILTERS[what]), ctypes.addressof(buffer))
        check(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])


def check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    main()
