"""Run a command as on a kernel without Landlock and seccomp: ``… COMMAND ARGUMENT…``.

A seccomp filter, the last one that can be put on, answers the system calls of Landlock and
``seccomp`` with ENOSYS, and ``prctl(PR_SET_SECCOMP)`` with EINVAL as such a kernel does.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBERS = {"x86_64": (157, 317), "aarch64": (167, 277)}  # prctl, seccomp
LANDLOCK = (444, 447)  # three calls, the same everywhere


def main() -> None:
    prctl, seccomp = NUMBERS[platform.machine()]
    instructions = (
        (LOAD, 0, 0, 0),  # the number of the call
        (JUMP_IF_EQUAL, 2, 0, seccomp),
        (JUMP_IF_AT_LEAST, 0, 2, LANDLOCK[0]),
        (JUMP_IF_AT_LEAST, 1, 0, LANDLOCK[1]),
        (RETURN, 0, 0, REFUSE | errno.ENOSYS),
        (JUMP_IF_EQUAL, 0, 3, prctl),
        (LOAD, 0, 0, 16),  # what is to be set
        (JUMP_IF_EQUAL, 0, 1, PR_SET_SECCOMP),
        (RETURN, 0, 0, REFUSE | errno.EINVAL),
        (RETURN, 0, 0, ALLOW),
    )
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(instructions), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0),
    ):
        if libc.prctl(*arguments):
            raise OSError(ctypes.get_errno(), "prctl")
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
