"""seccomp: which system calls a process may make from now on (design 3).

A filter is a small program that the kernel runs for each call; here it is put together from
tables, one line an instruction of classic BPF. Numbers stand in pairs (x86_64, aarch64).
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from noether_nix.inside.kernel import AUDIT_ARCHITECTURE, CLONE_THREAD, COLUMN, LIBC, checked

_ABSENT = -1
# Linux 6.13; what came later nobody has judged here, and no program relies on it being there.
_UNJUDGED = 463

# Let through by their arguments only.
_CLONE, _CLONE3 = (56, 220), (435, 435)
_SOCKETPAIR = (53, 199)
_FCNTL, _IOCTL = (72, 25), (16, 29)
# Of fcntl: what tells when others touch a file, and whom a descriptor signals when something can
# be read. Record locks stay, for databases need them: a call that wants to can still be told of a
# neighbour's read lock on a file of the toolchain.
_TOLD = (1024, 1026, 8, 15)  # F_SETLEASE, F_NOTIFY, F_SETOWN, F_SETOWN_EX
# All that a stage may ask of a descriptor: is it a terminal, of what size; how much is there to
# read; wait or not; close on exec or not; and copies without copying. Network devices are not
# among it, nor flags that stay with a folder when the call is gone.
_REQUESTS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x40049409, 0x4020940D)
_AF_UNIX, _SOCK_STREAM, _SOCK_KINDS = 1, 1, 0xF

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
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    # identity and privilege
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setgroups": (116, 159), "setresuid": (117, 147), "setresgid": (119, 149),
    "setfsuid": (122, 151), "setfsgid": (123, 152), "capset": (126, 91),
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

# Where all processes of a build are one user in one place (level confined), these are let
# through only when their first argument names the process itself: else a call could signal the
# zygote, or change the bounds and the priority that the next call inherits.
_OF_ITSELF: dict[str, tuple[int, int]] = {
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "prlimit64": (302, 261), "setpgid": (109, 154), "getpgid": (121, 155), "getsid": (124, 156),
    "sched_setparam": (142, 118), "sched_getparam": (143, 121),
    "sched_setscheduler": (144, 119), "sched_getscheduler": (145, 120),
    "sched_setaffinity": (203, 122), "sched_getaffinity": (204, 123),
    "sched_rr_get_interval": (148, 127),
    "sched_setattr": (314, 274), "sched_getattr": (315, 275),
}  # fmt: skip
# Their first argument says what the second one names; these mean a process by it.
_PRIORITIES = (
    (0, ((141, 140), (140, 141))),  # setpriority, getpriority
    (1, ((251, 30), (252, 31))),  # ioprio_set, ioprio_get
)


_Line: TypeAlias = tuple[int, int, int, int]

_LOAD, _JUMP, _EQUAL, _AT_LEAST, _ANY_BIT, _MASK, _ANSWER = 0x20, 0x05, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24  # where what is; of words the lower half
_ALLOW: _Line = (_ANSWER, 0, 0, 0x7FFF0000)
_KILL: _Line = (_ANSWER, 0, 0, 0x80000000)
_NEW_NAMESPACES = 0x7E020080


def _refuse(number: int) -> _Line:
    return (_ANSWER, 0, 0, 0x00050000 | number)


_NO = _refuse(errno.EPERM)

# Stand for a process that is not there yet, and for its group as kill names one.
_ITSELF, _ITS_GROUP = 0x70494453, -0x70494453 & 0xFFFFFFFF


class SystemCallFilter:
    """The seccomp filter of a pure stage, ready to be put on.

    With ``among_others`` it is for a call that has no process namespace of its own, with
    ``terminal`` for one that may ask a terminal everything. Both levels refuse the same otherwise:
    what a call gives must not depend on where it ran.
    """

    def __init__(self, *, among_others: bool, terminal: bool = False) -> None:
        if not AUDIT_ARCHITECTURE:
            raise OSError(errno.ENOSYS, f"no system call table for {os.uname().machine}")
        lines = _filter_lines(among_others=among_others, terminal=terminal)
        code = b"".join(struct.pack("HBBI", *line) for line in lines)
        self._itself = [at for at, line in enumerate(lines) if line[3] == _ITSELF]
        self._group = [at for at, line in enumerate(lines) if line[3] == _ITS_GROUP]
        self._code = ctypes.create_string_buffer(code, len(code))
        # struct sock_fprog: a count and a pointer, with the compiler's padding
        self._program = struct.pack("@HP", len(lines), ctypes.addressof(self._code))

    def put_on(self, process: int) -> None:
        """Refuse the table's calls to this process, which is ``process``, from now on."""
        for places, number in ((self._itself, process), (self._group, -process & 0xFFFFFFFF)):
            for at in places:
                struct.pack_into("I", self._code, 8 * at + 4, number)
        checked(LIBC.prctl(22, 2, self._program, 0, 0), "prctl seccomp")


def _filter_lines(*, among_others: bool, terminal: bool) -> list[_Line]:
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, AUDIT_ARCHITECTURE), _KILL,
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, 0x40000000), _KILL,  # the x32 ABI
        (_AT_LEAST, 0, 1, _UNJUDGED), _refuse(errno.ENOSYS),
        # glibc makes threads with clone3, whose flags no filter can read, and falls back.
        *_rule([_CLONE3], [_refuse(errno.ENOSYS)]),
        *_rule([_CLONE], [
            (_LOAD, 0, 0, _FIRST),
            (_ANY_BIT, 0, 2, CLONE_THREAD), (_ANY_BIT, 1, 0, _NEW_NAMESPACES),
            _ALLOW, _NO,
        ]),
        # Datagram sockets reach whoever knows their name; a stream reaches its other end alone.
        *_rule([_SOCKETPAIR], [
            (_LOAD, 0, 0, _FIRST), (_EQUAL, 0, 4, _AF_UNIX),
            (_LOAD, 0, 0, _SECOND), (_MASK, 0, 0, _SOCK_KINDS), (_EQUAL, 0, 1, _SOCK_STREAM),
            _ALLOW, _NO,
        ]),
    ]  # fmt: skip
    if among_others:
        lines += _rule(_OF_ITSELF.values(), _among(_FIRST, [0, _ITSELF, _ITS_GROUP], _ALLOW, _NO))
        for process, calls in _PRIORITIES:
            lines += _rule(calls, [
                (_LOAD, 0, 0, _FIRST), (_EQUAL, 1, 0, process), _NO,
                *_among(_SECOND, [0, _ITSELF], _ALLOW, _NO),
            ])  # fmt: skip
    if not terminal:
        strange = _refuse(errno.ENOTTY)  # as a descriptor says that does not know a request
        lines += _rule([_IOCTL], _among(_SECOND, _REQUESTS, _ALLOW, strange))
    lines += _rule([_FCNTL], _among(_SECOND, _TOLD, _NO, _ALLOW))
    numbers = sorted(c for pair in _REFUSED.values() if (c := pair[COLUMN]) != _ABSENT)
    return lines + _search(numbers, _NO, _ALLOW)


def _rule(calls: Iterable[tuple[int, int]], body: list[_Line]) -> list[_Line]:
    """``body``, which answers, for these calls; the others go on behind it."""
    numbers = [pair[COLUMN] for pair in calls]
    checks = [(_EQUAL, len(numbers) - at, 0, number) for at, number in enumerate(numbers)]
    return [*checks, (_JUMP, 0, 0, len(body)), *body]


def _among(argument: int, values: Sequence[int], found: _Line, missed: _Line) -> list[_Line]:
    """Answer by whether the argument is one of ``values``."""
    checks = [(_EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    return [(_LOAD, 0, 0, argument), *checks, missed, found]


def _search(numbers: Sequence[int], found: _Line, missed: _Line) -> list[_Line]:
    """A binary search by where the answer changes; numbers that follow one another are one step.

    Every call puts a filter on, and the kernel reads, translates and tries all of its lines then.
    """
    refused = set(numbers)
    edges = refused | {number + 1 for number in refused}
    changes = sorted(edge for edge in edges if (edge in refused) != (edge - 1 in refused))
    size = len(changes)
    answers = (size + 1, size)  # where to go with an even number of changes behind, and an odd one
    lines: list[_Line] = []

    def write(first: int, last: int) -> None:
        """Decide between those that have ``first`` to ``last`` changes behind them."""
        if first == last:
            return
        middle, here = (first + last) // 2, len(lines)
        lines.append(_ALLOW)  # until both ways are known
        low = answers[first & 1] if first == middle else here + 1
        write(first, middle)
        high = answers[middle + 1 & 1] if middle + 1 == last else len(lines)
        write(middle + 1, last)
        lines[here] = (_AT_LEAST, high - here - 1, low - here - 1, changes[middle])

    write(0, size)
    return [*lines, found, missed]
