"""Run a command as on a kernel that refuses user namespaces: ``… COMMAND ARGUMENT…``.

A seccomp filter answers ``clone`` and ``unshare`` with CLONE_NEWUSER with EPERM, and ``clone3``
with ENOSYS, whose flags a filter cannot see. It stays for everything that the command starts.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
LOAD, JUMP_IF_EQUAL, JUMP_IF_SET, RETURN = 0x20, 0x15, 0x45, 0x06
NUMBERS = {"x86_64": (56, 272, 435), "aarch64": (220, 97, 435)}  # clone, unshare, clone3


def main() -> None:
    clone, unshare, clone3 = NUMBERS[platform.machine()]
    instructions = (
        (LOAD, 0, 0, 0),  # the number of the call
        (JUMP_IF_EQUAL, 0, 1, clone3),
        (RETURN, 0, 0, REFUSE | errno.ENOSYS),
        (JUMP_IF_EQUAL, 1, 0, clone),
        (JUMP_IF_EQUAL, 0, 3, unshare),
        (LOAD, 0, 0, 16),  # its flags
        (JUMP_IF_SET, 0, 1, CLONE_NEWUSER),
        (RETURN, 0, 0, REFUSE | errno.EPERM),
        (RETURN, 0, 0, ALLOW),
    )
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(instructions), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    # Without it only root may install a filter.
    for arguments in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0),
    ):
        if libc.prctl(*arguments):
            raise OSError(ctypes.get_errno(), "prctl")
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
