"""Run a command as on a disk whose files cannot be shared memory: ``… COMMAND ARGUMENT…``.

A seccomp filter answers ``mmap`` of a file that would be shared and written with ENODEV, as the
file systems of networks and of shared folders do. It stays for everything that the command starts.
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
LOAD, JUMP_IF_EQUAL, JUMP_IF_SET, RETURN = 0x20, 0x15, 0x45, 0x06
PROT_WRITE, MAP_SHARED, MAP_ANONYMOUS = 2, 1, 0x20
NUMBERS = {"x86_64": 9, "aarch64": 222}
THIRD, FOURTH = 32, 40  # where the arguments stand


def main() -> None:
    instructions = (
        (LOAD, 0, 0, 0),  # the number of the call
        (JUMP_IF_EQUAL, 0, 6, NUMBERS[platform.machine()]),
        (LOAD, 0, 0, THIRD),
        (JUMP_IF_SET, 0, 4, PROT_WRITE),
        (LOAD, 0, 0, FOURTH),
        (JUMP_IF_SET, 0, 2, MAP_SHARED),
        (JUMP_IF_SET, 1, 0, MAP_ANONYMOUS),
        (RETURN, 0, 0, REFUSE | errno.ENODEV),
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
