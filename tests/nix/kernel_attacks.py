"""What a stage may ask of the kernel, of its devices, and of what it was started with.

More rows for the table of :mod:`tests.nix.hostile_stages`; each returns what it came to.
"""

from tests.nix.hostile_stages import ERRORS, MIB, Attack, raised

# Folders and files that tell of the machine, of other processes, or of the kernel's memory.
OF_THE_MACHINE = (
    "/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/key-users", "/proc/uptime", "/proc/loadavg",
    "/proc/meminfo", "/proc/stat", "/proc/cpuinfo", "/proc/version", "/proc/cmdline",
    "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/bus", "/proc/interrupts",
    "/proc/2/mem", "/proc/2/environ", "/sys", "/sys/kernel", "/sys/fs/cgroup", "/dev/mem",
    "/dev/kmsg", "/dev/kvm", "/dev/fuse", "/dev/tty", "/dev/ptmx", "/dev/pts", "/dev/console",
    "/dev/mqueue", "/run", "/var", "/root", "/home", "/usr", "/bin/sh", "/lib", "/etc/shadow",
    "/nix/var", "/nix/store/.links", "/proc/sys", "/proc/acpi", "/proc/timer_list",
)  # fmt: skip

SIGHTS = [
    Attack(
        "looks_for_the_machine",
        f"""{ERRORS}
places = {OF_THE_MACHINE!r}

def execute(given):
    return errors(*(lambda place=place: os.stat(place) for place in places))
""",
        "succeeded",
        value=["ENOENT"] * len(OF_THE_MACHINE),
    ),
    Attack(
        "looks_at_its_root",
        """
        import os
        seen = {place: sorted(os.listdir(place)) for place in ("/", "/dev", "/etc", "/nix")}
        seen["beyond"] = sorted(os.listdir("/proc/1/root/../..")) == seen["/"]
        seen["store"] = len(os.listdir("/nix/store"))
        return seen
        """,
        "succeeded",
        value={
            "/": ["build", "dev", "etc", "nix", "proc", "tmp"],
            "/dev": ["fd", "full", "null", "random", "shm", "urandom", "zero"],
            "/etc": ["group", "hosts", "passwd"],
            "/nix": ["store"],
            "beyond": True,
            "store": 1,
        },
    ),
    Attack(
        "looks_for_others_in_proc",
        """
        import os
        return sorted(name for name in os.listdir("/proc") if name != "thread-self")
        """,
        "succeeded",
        value=["1", "self"],
    ),
    Attack(
        "lists_its_descriptors",
        """
        import os
        found = {}
        for name in sorted(os.listdir("/proc/self/fd"), key=int):
            try:
                found[name] = os.readlink(f"/proc/self/fd/{name}").partition(":")[0]
            except OSError:
                pass
        return found
        """,
        "succeeded",
        value={"0": "/dev/null", "1": "pipe", "2": "pipe", "4": "pipe"},
    ),
    Attack(
        "writes_beyond_its_own_descriptors",
        """
        import os
        reached = []
        for descriptor in range(5, 1024):
            try:
                os.write(descriptor, b'{"probe": true}')
            except OSError:
                continue
            reached.append(descriptor)
        return reached
        """,
        "succeeded",
        value=[],
    ),
    Attack(
        "reads_what_it_was_started_with",
        """
        with open("/proc/self/environ", "rb") as file:
            return file.read().strip(b"\\0").decode()
        """,
        "succeeded",
        value="",
    ),
    Attack(
        "searches_its_memory_for_what_it_was_started_with",
        """
        with open("/proc/self/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        start, end = int(fields[47]), int(fields[48])
        with open("/proc/self/mem", "rb") as file:
            file.seek(start)
            return any(file.read(end - start))
        """,
        "succeeded",
        value=False,
    ),
]

# What reaches for the scheduler, which is the first process of a build. At level full a call is
# the first process that it sees, and no other.
_LOWERED = f"""{ERRORS}
import resource

def lowered(*bounds):
    if os.getpid() == 1:
        return "itself"
    return errors(*(lambda bound=bound: resource.prlimit(1, bound, (0, 0)) for bound in bounds))
"""

SCHEDULER = [
    Attack(
        "leaves_the_scheduler_no_files",
        f"""{_LOWERED}
def execute(given):
    return lowered(resource.RLIMIT_NOFILE)
""",
        "succeeded",
        value="itself",
    ),
    Attack(
        "leaves_the_scheduler_no_memory",
        f"""{_LOWERED}
def execute(given):
    # More than it has room for.
    return lowered(resource.RLIMIT_AS, resource.RLIMIT_DATA)[0] * (1 << 20)
""",
        "succeeded",
        value="i" * (1 << 20),
    ),
    Attack(
        "leaves_the_scheduler_no_room_for_its_output",
        f"""{_LOWERED}
def execute(given):
    return lowered(resource.RLIMIT_FSIZE)
""",
        "succeeded",
        value="itself",
    ),
    Attack(
        "puts_the_scheduler_behind_everything",
        f"""{ERRORS}
def execute(given):
    if os.getpid() == 1:
        return "itself"
    found = errors(
        lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
        lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)),
        lambda: os.sched_setaffinity(1, {{min(os.sched_getaffinity(0))}}),
    )
    found += system_calls(ioprio_set=(251, 1, 1, 3 << 13)).values()
    for _ in range(8):
        if libc.fork() == 0:
            while True:
                pass
    return found
""",
        "succeeded",
        value="itself",
    ),
]

POWERS = [
    Attack(
        "reads_its_own_powers",
        """
        with open("/proc/self/status") as file:
            status = dict(line.rstrip("\\n").split(":\\t", 1) for line in file if ":\\t" in line)
        names = ("CapInh", "CapPrm", "CapEff", "CapAmb")
        return [int(status[name], 16) for name in names] + [status["NoNewPrivs"], status["Seccomp"]]
        """,
        "succeeded",
        value=[0, 0, 0, 0, "1", "2"],
    ),
    Attack(
        "opens_its_own_file_without_the_right_to",
        f"""{ERRORS}
def execute(given):
    open("/tmp/closed", "w").close()
    os.chmod("/tmp/closed", 0)
    return errors(lambda: open("/tmp/closed"), lambda: open("/tmp/closed", "w"))
""",
        "succeeded",
        value=["EACCES", "EACCES"],
    ),
    Attack(
        "asks_for_powers",
        f"""{ERRORS}
def execute(given):
    answers = {{}}
    # PR_CAPBSET_DROP, PR_SET_SECUREBITS, PR_CAP_AMBIENT raise, PR_SET_MM
    for name, arguments in dict(
        bound=(24, 0, 0, 0, 0), bits=(28, 1, 0, 0, 0), ambient=(47, 2, 0, 0, 0), mm=(35, 1, 0, 0, 0)
    ).items():
        done = libc.prctl(*arguments) >= 0
        answers[name] = "done" if done else errno.errorcode[ctypes.get_errno()]
    return answers
""",
        "succeeded",
        value={"bound": "EPERM", "bits": "EPERM", "ambient": "EPERM", "mm": "EPERM"},
    ),
    Attack(
        "opens_devices_to_write",
        f"""{ERRORS}
def execute(given):
    return errors(
        lambda: open("/dev/zero", "r+b"), lambda: open("/dev/full", "wb"),
        lambda: open("/dev/full", "r+b"), lambda: open("/dev/null", "r+b"),
    )
""",
        "succeeded",
        value=["EACCES", "EACCES", "EACCES", "done"],
    ),
    Attack(
        "makes_programs_for_others",
        f"""{ERRORS}
def execute(given):
    open("/tmp/program", "w").close()
    return errors(
        lambda: os.chown("/tmp/program", 0, 0), lambda: os.chmod("/tmp/program", 0o6755),
        lambda: os.setxattr("/tmp/program", "security.capability", bytes(20)),
        lambda: os.setxattr("/tmp/program", "trusted.evil", b"x"),
        lambda: os.mknod("/tmp/disk", 0o060666, os.makedev(254, 0)),
        lambda: os.mknod("/tmp/memory", 0o020666, os.makedev(1, 1)),
    )
""",
        "succeeded",
        value=["EINVAL", "EPERM", "ENOTSUP", "ENOTSUP", "EPERM", "EPERM"],
    ),
    Attack(
        "puts_itself_before_others",
        f"""{ERRORS}
def execute(given):
    import resource
    real_time = os.sched_param(50)
    return errors(
        lambda: os.nice(-5), lambda: os.setpriority(os.PRIO_PROCESS, 0, -20),
        lambda: os.sched_setscheduler(0, os.SCHED_FIFO, real_time),
        lambda: open("/proc/self/oom_score_adj", "w").write("-1000"),
    )
""",
        "succeeded",
        value=["EPERM", "EACCES", "EPERM", "EROFS"],
    ),
    Attack(
        "raises_its_own_limits",
        """
        import resource
        raised = []
        for name in sorted(n for n in dir(resource) if n.startswith("RLIMIT_")):
            kind = getattr(resource, name)
            try:
                resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            except (OSError, ValueError):
                continue
            if name in ("RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE",
                        "RLIMIT_MEMLOCK", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_STACK"):
                raised.append(name)
        return raised
        """,
        "succeeded",
        value=[],
    ),
    Attack(
        "leaves_a_core",
        """
        import ctypes, os, resource
        os.chdir("/build")
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
        except ValueError:
            pass
        ctypes.string_at(0)
        """,
        "killed",
        {"signal": "SIGSEGV"},
    ),
    Attack(
        "starves_its_neighbours",
        """
        import threading, time
        ends = time.perf_counter() + 2
        def spin():
            while time.perf_counter() < ends:
                pass
        threads = [threading.Thread(target=spin) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return "spun"
        """,
        "succeeded",
        value="spun",
    ),
    Attack(
        "asks_terminals",
        f"""{ERRORS}
def execute(given):
    import fcntl, termios
    return errors(
        *(lambda fd=fd: fcntl.ioctl(fd, termios.TIOCSTI, b"x") for fd in (0, 1, 2, 4)),
        *(lambda fd=fd: fcntl.ioctl(fd, termios.TIOCSCTTY, 1) for fd in (0, 1, 2)),
    )
""",
        "succeeded",
        value=["ENOTTY"] * 7,
    ),
    Attack(
        "reserves_all_there_is",
        """
        import mmap, os
        reserved = []
        for size in (1 << 46, 1 << 40):
            try:
                mmap.mmap(-1, size)
            except (OSError, MemoryError, ValueError) as error:
                reserved.append(type(error).__name__)
        with open("/tmp/large", "wb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, 1 << 40)
            except OSError as error:
                reserved.append(type(error).__name__)
        return reserved
        """,
        "succeeded",
        value=["OSError", "OSError", "OSError"],
    ),
]

NAMES = [
    Attack(
        "puts_links_where_ours_might_be",
        f"""{ERRORS}
def execute(given):
    import sys
    for number in range(30):
        os.symlink("/etc/passwd", f"/build/log-{{number}}")
        os.symlink("/nix/store", f"/tmp/out-{{number}}")
    os.symlink("/proc/1/fd/4", "/build/plan.json")
    return errors(
        lambda: os.link(sys.prefix + "/bin/python3", "/tmp/python3"),
        lambda: os.rename("/tmp/out-0", "/dev/null"),
        lambda: os.rename("/dev", "/tmp/dev"),
        lambda: os.symlink("/tmp", "/nix/store/out"),
    )
""",
        "succeeded",
        value=["EXDEV", "EXDEV", "EXDEV", "EROFS"],
    ),
    Attack(
        "prints_for_terminals",
        r"""
        text = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b31m\r\b\x00\u202e\u2066evil\x1b]8;;x"
        print(text)
        return text
        """,
        "succeeded",
        value="\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b31m\r\b\x00\u202e\u2066evil\x1b]8;;x",
    ),
    Attack(
        "raises_for_terminals",
        r"raise ValueError('\x1b[2J\x1b]0;owned\x07')",
        "stage-raised",
        {**raised("ValueError"), "message": "\x1b[2J\x1b]0;owned\x07"},
    ),
    Attack(
        "prints_more_than_it_may",
        "for _ in range(64):\n    print('x' * (1 << 14))\nreturn 1",
        "log-too-large",
        {"limit": "log_bytes", "allowed": MIB // 2},
        limits={"log": MIB // 2},
    ),
    Attack(
        "returns_more_than_it_may",
        "return 'x' * (1 << 20)",
        "output-too-large",
        {"limit": "output_bytes", "allowed": MIB // 2},
        limits={"output": MIB // 2},
    ),
    Attack(
        "sends_descriptors_to_itself",
        """
        import array, os, socket
        one, other = socket.socketpair()
        socket.send_fds(one, [b"x"], [4, 1])
        _, given, _, _ = socket.recv_fds(other, 1, 8)
        try:
            os.open(f"/proc/self/fd/{given[0]}", os.O_RDONLY)
        except OSError:
            return "refused"
        return "opened"
        """,
        "succeeded",
        value="opened",
    ),
    Attack(
        "asks_the_kernel_for_what_nobody_here_has_judged",
        f"""{ERRORS}
def execute(given):
    flags = ctypes.create_string_buffer(bytes(24))
    flags[0] = 0x80  # FS_XFLAG_NODUMP: a mark that a folder keeps
    calls = {{
        "file_setattr": (469, -100, b"/build", flags, 24, 0),
        "setxattrat": (463, -100, b"/build", 0, b"user.x", flags, 16),
        "open_tree_attr": (467, -100, b"/build", 0, flags, 24),
        "listns": (470, flags, flags, 1, 0),
        "later": (500,),
    }}
    return system_calls(**calls)
""",
        "succeeded",
        value=dict.fromkeys(
            ["file_setattr", "setxattrat", "open_tree_attr", "listns", "later"], "ENOSYS"
        ),
    ),
    *(
        Attack(
            name,
            f"""
            import ctypes, os, socket, time
            one, other = socket.socketpair()
            {first}
            for _ in range(8):
                file = os.open("/tmp/file", os.O_RDWR | os.O_CREAT)
                os.unlink("/tmp/file")
                os.write(file, b"x" * (1 << 20))
                {then}
            time.sleep(2)
            """,
            "stage-raised",
            {"type": "OSError", "message": "[Errno 28] No space left on device"},
            limits={"scratch": 4 * MIB},
        )
        for name, first, then in [
            (
                "keeps_files_on_their_way_through_a_socket",
                "",
                "socket.send_fds(one, [b'x'], [file]); os.close(file)",
            ),
            # PR_SET_DUMPABLE: whoever is the same user may not look into it any more.
            ("hides_what_it_has_open", "ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)", ""),
        ]
    ),
    Attack(
        "asks_a_socket_for_network_devices",
        f"""{ERRORS}
def execute(given):
    import fcntl, socket
    one, _ = socket.socketpair()
    name = b"lo".ljust(40, b"\\0")
    # SIOCGIFINDEX, SIOCGIFFLAGS
    return errors(*(lambda what=what: fcntl.ioctl(one, what, name) for what in (0x8933, 0x8913)))
""",
        "succeeded",
        value=["ENOTTY", "ENOTTY"],
    ),
    Attack(
        "points_signals_elsewhere",
        f"""{ERRORS}
def execute(given):
    import fcntl, os, socket, struct
    one, _ = socket.socketpair()
    return errors(
        lambda: fcntl.fcntl(one, fcntl.F_SETOWN, 1), lambda: fcntl.fcntl(one, 8, -os.getpgid(0)),
        lambda: fcntl.fcntl(one, 15, struct.pack("ii", 1, 1)),  # F_SETOWN_EX
        lambda: fcntl.ioctl(one, 0x8901, struct.pack("i", 1)),  # FIOSETOWN
    )
""",
        "succeeded",
        value=["EPERM", "EPERM", "EPERM", "ENOTTY"],
    ),
    Attack(
        "holds_files_by_nothing_but_a_mapping",
        """
        import ctypes, os, time
        libc = ctypes.CDLL(None)
        libc.mmap.restype = ctypes.c_void_p
        for _ in range(20):
            file = os.open("/tmp/file", os.O_RDWR | os.O_CREAT)
            os.unlink("/tmp/file")
            os.write(file, b"x" * (1 << 20))
            libc.mmap(None, ctypes.c_size_t(4096), 1, 1, file, ctypes.c_long(0))
            os.close(file)
        time.sleep(0.5)
        return "within bounds that the kernel keeps"
        """,
        "succeeded",
        value="within bounds that the kernel keeps",
    ),
]

KERNEL_ATTACKS = [*SIGHTS, *SCHEDULER, *POWERS, *NAMES]
