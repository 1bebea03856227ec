"""What is asked of the kernel: namespaces, mounts, seccomp, Landlock, by system call.

The standard library has none of it and nothing else exists inside the sandbox. Numbers are
those of Linux's ``unistd`` tables; x86_64 is tested, aarch64 is not (design 10).
"""

import ctypes
import errno
import os
import platform
import struct
from typing import TypeAlias

LIBC = ctypes.CDLL(None, use_errno=True)
_syscall = LIBC.syscall
_syscall.restype = ctypes.c_long

CLONE_PARENT = 0x8000
CLONE_THREAD = 0x10000
CLONE_NEWNS = 0x20000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_COLUMN, _AUDIT_ARCH = _ARCHITECTURES.get(platform.machine(), (0, 0))

_ABSENT = -1

# Let through by their arguments only: (x86_64, aarch64).
_SOCKETPAIR = (53, 199)
_FCNTL = (72, 25)
# Of fcntl: what tells when others touch a file. Record locks stay, for databases need them: a
# call that wants to can still be told of a neighbour's read lock on a file of the toolchain.
_F_SETLEASE, _F_NOTIFY = 1024, 1026
_AF_UNIX, _SOCK_STREAM, _SOCK_KINDS = 1, 1, 0xF

# The calls this file makes itself: (x86_64, aarch64).
_CLONE = (56, 220)
_CLONE3 = (435, 435)
_PIVOT_ROOT = (155, 41)
_CAPSET = (126, 91)
_MOUNT_SETATTR = (442, 442)
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = (444, 444), (445, 445), (446, 446)

# Refused to a pure stage with EPERM. Grouped by what they would open.
_REFUSED: dict[str, tuple[int, int]] = {
    # other processes: none may be made, none may be looked into
    "fork": (57, _ABSENT), "vfork": (58, _ABSENT), "execve": (59, 221), "execveat": (322, 281),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # the network, and everything else that reaches another process: calls share a network
    # namespace (names of local sockets) and the toolchain's files (locks, watches)
    "socket": (41, 198), "bind": (49, 200), "connect": (42, 203), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "flock": (73, 32),
    "inotify_init": (253, _ABSENT), "inotify_init1": (294, 26),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195),
    "shmdt": (67, 197), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191),
    "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
    "mq_timedsend": (242, 182), "mq_timedreceive": (243, 183), "mq_notify": (244, 184),
    "mq_getsetattr": (245, 185), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": _PIVOT_ROOT, "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": _MOUNT_SETATTR,
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    # identity and privilege
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setgroups": (116, 159), "setresuid": (117, 147), "setresgid": (119, 149),
    "setfsuid": (122, 151), "setfsgid": (123, 152), "capset": _CAPSET,
    "personality": (135, 92),
    # large and seldom visited parts of the kernel
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "io_setup": (206, 0), "perf_event_open": (298, 241), "bpf": (321, 280),
    "userfaultfd": (323, 282), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "fanotify_init": (300, 262), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "lookup_dcookie": (212, 18), "syslog": (103, 116), "acct": (163, 89),
    "vhangup": (153, 58), "ioperm": (173, _ABSENT), "iopl": (172, _ABSENT),
    "modify_ldt": (154, _ABSENT), "uselib": (134, _ABSENT), "sysfs": (139, _ABSENT),
    # the machine itself
    "settimeofday": (164, 170), "adjtimex": (159, 171), "clock_settime": (227, 112),
    "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "swapon": (167, 224), "swapoff": (168, 225),
}  # fmt: skip


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def clone_process(flags: int) -> int:
    """Fork with namespaces: 0 in the child, the child's process id in the parent."""
    ctypes.pythonapi.PyOS_BeforeFork()
    pid: int = _syscall(_CLONE[_COLUMN], flags | 17, 0, 0, 0, 0)
    number = ctypes.get_errno()
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
    else:
        ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(number, f"clone: {os.strerror(number)}")
    return pid


def unshare(flags: int) -> None:
    """Leave namespaces for new ones."""
    _checked(LIBC.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mount ``source`` at ``target``."""
    result = LIBC.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() if data else None,
    )
    _checked(result, f"mount {target}")


def enter_root(root: str) -> None:
    """Make ``root`` the root folder, with nothing of the old one in reach."""
    os.chdir(root)
    # The old root is stacked on the new one and taken off: no folder for it is needed.
    _checked(_syscall(_PIVOT_ROOT[_COLUMN], b".", b"."), "pivot_root")
    _checked(LIBC.umount2(b".", MNT_DETACH), "umount of the old root")
    os.chdir("/")


def make_read_only(path: str) -> None:
    """Make the mount at ``path`` and all mounts below read-only, for good."""
    attributes = struct.pack("QQQQ", MS_RDONLY | MS_NOSUID, 0, 0, 0)
    at_recursive = 0x8000
    result = _syscall(_MOUNT_SETATTR[_COLUMN], -100, path.encode(), at_recursive, attributes, 32)
    _checked(result, "mount_setattr")


def set_dumpable(*, dumpable: bool) -> None:
    """Whether others of the same user may look into this process (PR_SET_DUMPABLE)."""
    _checked(LIBC.prctl(4, int(dumpable), 0, 0, 0), "prctl dumpable")


def drop_capabilities() -> None:
    """Give up every capability, for good."""
    header = struct.pack("II", 0x20080522, 0)
    _checked(_syscall(_CAPSET[_COLUMN], header, bytes(24)), "capset")
    _checked(LIBC.prctl(38, 1, 0, 0, 0), "prctl no_new_privs")


class SystemCallFilter:
    """The seccomp filter of a pure stage, ready to be put on."""

    def __init__(self) -> None:
        if not _AUDIT_ARCH:
            raise OSError(errno.ENOSYS, f"no system call table for {platform.machine()}")
        code = _filter_code()
        self._code = ctypes.create_string_buffer(code, len(code))
        # struct sock_fprog: a count and a pointer, with the compiler's padding
        self._program = struct.pack("@HP", len(code) // 8, ctypes.addressof(self._code))

    def put_on(self) -> None:
        """Refuse the table's calls to this process from now on."""
        result = LIBC.prctl(22, 2, self._program, 0, 0)
        _checked(result, "prctl seccomp")


def _filter_code() -> bytes:
    load, equal, at_least, any_bit, mask, answer = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
    kill, allow, error = 0x80000000, 0x7FFF0000, 0x00050000
    first, second = 16, 24  # where the arguments are
    new_namespaces = 0x7E020080
    refused = sorted(c for pair in _REFUSED.values() if (c := pair[_COLUMN]) != _ABSENT)
    lines = [
        (load, 0, 0, 4), (equal, 1, 0, _AUDIT_ARCH), (answer, 0, 0, kill),
        (load, 0, 0, 0),
        (at_least, 0, 1, 0x40000000), (answer, 0, 0, kill),  # the x32 ABI
        # glibc makes threads with clone3, whose flags no filter can read, and falls back.
        (equal, 0, 1, _CLONE3[_COLUMN]), (answer, 0, 0, error | errno.ENOSYS),
        (equal, 0, 5, _CLONE[_COLUMN]),
        (load, 0, 0, first), (any_bit, 0, 2, CLONE_THREAD), (any_bit, 1, 0, new_namespaces),
        (answer, 0, 0, allow), (answer, 0, 0, error | errno.EPERM),
        # Datagram sockets reach whoever knows their name; a stream reaches its other end alone.
        (equal, 0, 7, _SOCKETPAIR[_COLUMN]),
        (load, 0, 0, first), (equal, 0, 4, _AF_UNIX),
        (load, 0, 0, second), (mask, 0, 0, _SOCK_KINDS), (equal, 0, 1, _SOCK_STREAM),
        (answer, 0, 0, allow), (answer, 0, 0, error | errno.EPERM),
        (equal, 0, 5, _FCNTL[_COLUMN]),
        (load, 0, 0, second), (equal, 2, 0, _F_SETLEASE), (equal, 1, 0, _F_NOTIFY),
        (answer, 0, 0, allow), (answer, 0, 0, error | errno.EPERM),
        *_search(refused, (answer, 0, 0, error | errno.EPERM), (answer, 0, 0, allow)),
    ]  # fmt: skip
    return b"".join(struct.pack("HBBI", *line) for line in lines)


_Line: TypeAlias = tuple[int, int, int, int]


def _search(numbers: list[int], found: _Line, missed: _Line) -> list[_Line]:
    """A binary search: the kernel runs the filter for every call there is when it is put on."""
    equal, at_least = 0x15, 0x35
    if len(numbers) <= 2:
        checks = [(equal, 0, 1, number) for number in numbers]
        return [line for check in checks for line in (check, found)] + [missed]
    middle = len(numbers) // 2
    lower = _search(numbers[:middle], found, missed)
    upper = _search(numbers[middle:], found, missed)
    return [(at_least, len(lower), 0, numbers[middle]), *lower, *upper]


def restrict_files(writable: tuple[str, ...]) -> int:
    """Landlock: nothing may be written but below ``writable``; no TCP where the kernel can.

    Returns:
        The ABI version that took effect, 0 where the kernel has no Landlock.
    """
    abi = int(_syscall(_LANDLOCK_CREATE[_COLUMN], None, 0, 1))
    if abi < 1:
        return 0
    # every right that writes: WRITE_FILE, REMOVE_*, MAKE_*, then REFER and TRUNCATE by ABI
    rights = 0b1_1111_1111_0010 | (1 << 13 if abi >= 2 else 0) | (1 << 14 if abi >= 3 else 0)
    tcp = 3 if abi >= 4 else 0
    attributes = struct.pack("QQ", rights, tcp) if abi >= 4 else struct.pack("Q", rights)
    ruleset = _checked(
        _syscall(_LANDLOCK_CREATE[_COLUMN], attributes, len(attributes), 0), "landlock"
    )
    for path in writable:
        folder = os.open(path, os.O_PATH)
        rule = struct.pack("=Qi", rights if path != "/dev/null" else 2, folder)
        _checked(_syscall(_LANDLOCK_ADD[_COLUMN], ruleset, 1, rule, 0), "landlock rule")
        os.close(folder)
    _checked(_syscall(_LANDLOCK_RESTRICT[_COLUMN], ruleset, 0), "landlock restrict")
    os.close(ruleset)
    return abi
