"""What a stage may try that means harm, and how exactly each such call ends.

``code`` is the body of ``execute(given)`` or defines it. A stage that may return at all returns
what it saw, so that the table says what there is to see.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MIB = 1 << 20


@dataclass(frozen=True)
class Attack:
    """One hostile stage.

    ``detail`` are facts that its outcome must have (None: must not; a pattern: fits), ``value``
    is its result.
    """

    name: str
    code: str
    outcome: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    value: Any = None
    gives: str = "Any"
    limits: Mapping[str, int] = field(default_factory=dict)


# `errors(f, …)` gives the name of the error that each f raises.
ERRORS = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)

def errors(*attempts):
    found = []
    for attempt in attempts:
        try:
            attempt()
        except OSError as error:
            found.append(errno.errorcode.get(error.errno, type(error).__name__))
        else:
            found.append("done")
    return found

def system_calls(**calls):
    found = {}
    for name, arguments in calls.items():
        result = libc.syscall(*arguments)
        found[name] = "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]
    return found
"""


def raised(kind: str) -> dict[str, Any]:
    return {"type": kind, "file": re.compile(r".*/hostile\.py")}


def _denied(effect: str, event: str) -> dict[str, Any]:
    return {"effect": effect, "event": event}


NETWORK = [
    Attack(
        "opens_a_socket",
        "import socket\nsocket.socket()",
        "effect-denied",
        _denied("Network", "socket.__new__"),
    ),
    Attack(
        "connects",
        "import socket\nsocket.create_connection(('127.0.0.1', 80))",
        "effect-denied",
        _denied("Network", "socket.getaddrinfo"),
    ),
    Attack(
        "connects_to_a_local_socket",
        "import socket\nsocket.socket(socket.AF_UNIX).connect('/nix/var/nix/daemon-socket/socket')",
        "stage-raised",
        raised("PermissionError"),
    ),
    Attack(
        "fetches_a_page",
        "import urllib.request\nurllib.request.urlopen('http://192.0.2.1/').read()",
        "effect-denied",
        {"effect": "Network"},
    ),
    Attack(
        "asks_the_kernel_for_sockets",
        ERRORS
        + """
def execute(given):
    import socket
    stream = socket.socketpair()[0]
    pair = (ctypes.c_int * 2)()
    return system_calls(
        inet=(41, 2, 1, 0), unix=(41, 1, 1, 0), netlink=(41, 16, 3, 0), packet=(41, 17, 3, 0),
        vsock=(41, 40, 1, 0), datagram_pair=(53, 1, 2, 0, pair), packet_pair=(53, 1, 5, 0, pair),
        stream_pair=(53, 1, 1 | 0o2000000, 0, pair), tipc_pair=(53, 30, 1, 0, pair),
        bind=(49, stream.fileno(), b"\\1\\0\\0name", 7),
        connect=(42, stream.fileno(), b"\\1\\0\\0name", 7), listen=(50, stream.fileno(), 1),
        accept=(43, stream.fileno(), 0, 0), accept4=(288, stream.fileno(), 0, 0, 0),
    )
""",
        "succeeded",
        value={
            "inet": "EPERM",
            "unix": "EPERM",
            "netlink": "EPERM",
            "packet": "EPERM",
            "vsock": "EPERM",
            "datagram_pair": "EPERM",
            "packet_pair": "EPERM",
            "stream_pair": "done",
            "tipc_pair": "EPERM",
            "bind": "EPERM",
            "connect": "EPERM",
            "listen": "EPERM",
            "accept": "EPERM",
            "accept4": "EPERM",
        },
    ),
]

FILES = [
    Attack(
        "reads_home",
        "import os, pathlib\nreturn [p.name for p in pathlib.Path(os.environ['HOME']).iterdir()]",
        "stage-raised",
        {**raised("FileNotFoundError"), "message": re.compile(r".*: '/homeless-shelter'")},
    ),
    Attack(
        "reads_shadow",
        "return open('/etc/shadow').read()",
        "stage-raised",
        raised("FileNotFoundError"),
    ),
    Attack(
        "lists_root",
        "import os\nreturn os.listdir('/root')",
        "stage-raised",
        raised("FileNotFoundError"),
    ),
    Attack(
        "writes_to_the_toolchain",
        "import sys\nopen(sys.prefix + '/bin/python3', 'r+b').write(b'x')",
        "stage-raised",
        raised("PermissionError"),
    ),
    Attack(
        "writes_everywhere",
        ERRORS
        + """
def execute(given):
    import sys
    return errors(
        lambda: os.mkdir("/x"), lambda: os.mkdir("/etc/x"), lambda: os.mkdir("/nix/store/x"),
        lambda: os.mkdir(sys.prefix + "/x"), lambda: os.chmod(sys.prefix, 0o777),
        lambda: os.unlink(sys.prefix + "/bin/python3"), lambda: os.utime(sys.prefix),
        lambda: os.symlink("/x", "/dev/x"), lambda: open("/proc/self/oom_score_adj", "w"),
        lambda: open("/dev/urandom", "wb"), lambda: open("/dev/zero", "r+b"),
        lambda: open("/dev/null", "wb"), lambda: os.mkdir("/tmp/x"), lambda: os.mkdir("/build/x"),
        lambda: os.mkdir("/dev/shm/x"), lambda: os.mknod("/tmp/m", 0o060600, os.makedev(8, 0)),
    )
""",
        "succeeded",
        value=["EROFS"] * 8 + ["EROFS", "EACCES", "EACCES"] + ["done"] * 4 + ["EPERM"],
    ),
    Attack(
        "fills_its_folders",
        """
        with open("/tmp/large", "wb") as file:
            for part in range(1024):
                file.write(bytes(1 << 20))
        """,
        "stage-raised",
        raised("OSError"),
    ),
    Attack(
        "fills_its_folders_with_files",
        """
        for number in range(1 << 20):
            open(f"/build/{number}", "w").close()
        """,
        "stage-raised",
        {**raised("OSError"), "message": re.compile(r"\[Errno 28\] No space left on device: .*")},
    ),
    Attack(
        "opens_ten_thousand_files",
        "files = [open('/dev/null') for _ in range(10_000)]",
        "stage-raised",
        {**raised("OSError"), "message": "[Errno 24] Too many open files: '/dev/null'"},
    ),
]

_ALL_REFUSED = dict.fromkeys(
    [
        "fork", "vfork", "clone", "clone_newuser", "execve", "unshare", "setns", "ptrace", "pidfd",
        "kcmp", "vm_read", "mount", "umount", "pivot_root", "chroot", "open_tree", "mount_setattr",
        "handle", "setuid", "setgid", "setgroups", "capset", "personality", "kexec", "reboot",
        "module", "bpf", "perf", "userfaultfd", "io_uring", "memfd", "fanotify", "inotify",
        "add_key", "keyctl", "request_key", "shmget", "semget", "msgget", "mq_open", "hostname",
        "settime", "syslog", "acct", "swapon", "iopl", "quotactl", "flock", "lease", "notify",
    ],
    "EPERM",
)  # fmt: skip

PROCESSES = [
    Attack("forks", "import os\nos.fork()", "effect-denied", _denied("Process", "os.fork")),
    Attack(
        "starts_a_program",
        "import subprocess\nsubprocess.run(['/bin/sh', '-c', 'true'])",
        "effect-denied",
        _denied("Process", "subprocess.Popen"),
    ),
    Attack(
        "starts_a_shell",
        "import os\nos.system('true')",
        "effect-denied",
        _denied("Process", "os.system"),
    ),
    Attack(
        "becomes_a_program",
        "import os, sys\nos.execv(sys.executable or '/bin/sh', ['sh'])",
        "effect-denied",
        _denied("Process", "os.exec"),
    ),
    Attack(
        "spawns_a_program",
        "import os\nos.posix_spawn('/bin/sh', ['sh'], {})",
        "effect-denied",
        _denied("Process", "os.posix_spawn"),
    ),
    Attack(
        "uses_multiprocessing",
        "import multiprocessing\nmultiprocessing.get_context('fork').Process(target=print).start()",
        "effect-denied",
        _denied("Process", "os.fork"),
    ),
    Attack(
        "asks_the_kernel_for_processes_and_power",
        ERRORS
        + """
def execute(given):
    buffer = ctypes.create_string_buffer(4096)
    return system_calls(
        fork=(57,), vfork=(58,), clone=(56, 17, 0, 0, 0, 0), clone_newuser=(56, 0x10000011, 0, 0),
        clone3=(435, buffer, 88), execve=(59, b"/bin/sh", 0, 0), unshare=(272, 0x10000000),
        setns=(308, 3, 0), ptrace=(101, 16, 1, 0, 0), pidfd=(434, 1, 0), kcmp=(312, 1, 1, 0, 0, 0),
        vm_read=(310, 1, buffer, 1, buffer, 1, 0), mount=(165, b"none", b"/tmp", b"tmpfs", 0, 0),
        umount=(166, b"/tmp", 2), pivot_root=(155, b"/tmp", b"/tmp"), chroot=(161, b"/tmp"),
        open_tree=(428, -100, b"/", 1), mount_setattr=(442, -100, b"/", 0, buffer, 32),
        handle=(304, -100, buffer, 0), setuid=(105, 0), setgid=(106, 0), setgroups=(116, 0, 0),
        capset=(126, buffer, buffer), personality=(135, 0x0040000), kexec=(246, 0, 0, 0, 0),
        reboot=(169, 0xFEE1DEAD, 672274793, 0), module=(175, buffer, 0, b""), bpf=(321, 0, 0, 0),
        perf=(298, buffer, 0, -1, -1, 0), userfaultfd=(323, 0), io_uring=(425, 1, buffer),
        memfd=(319, b"x", 0), fanotify=(300, 0, 0), inotify=(294, 0), add_key=(248, 0, 0, 0, 0, 0),
        keyctl=(250, 0, -3, 1), request_key=(249, 0, 0, 0, 0), shmget=(29, 1, 4096, 0o1600),
        semget=(64, 1, 1, 0o1600), msgget=(68, 1, 0o1600), mq_open=(240, b"x", 0o102, 0o600, 0),
        hostname=(170, b"x", 1), settime=(227, 0, buffer), syslog=(103, 3, buffer, 4096),
        acct=(163, 0), swapon=(167, b"/tmp", 0), iopl=(172, 3), quotactl=(179, 0, 0, 0, 0),
        flock=(73, 0, 2), lease=(72, 0, 1024, 0), notify=(72, 0, 1026, 1), flags=(72, 0, 3, 0),
    )
""",
        "succeeded",
        value={**_ALL_REFUSED, "clone3": "ENOSYS", "flags": "done"},
    ),
    Attack(
        "calls_through_another_abi",
        """
        import ctypes, mmap
        code = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS,
                         prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20 (getpid); int 0x80; ret
        address = ctypes.addressof(ctypes.c_char.from_buffer(code))
        return ctypes.CFUNCTYPE(ctypes.c_int)(address)()
        """,
        "killed",
        {"signal": "SIGSYS"},
    ),
    Attack(
        "kills_every_process_it_can",
        """
        import os, signal
        killed = []
        for process in (-1, 0, *range(1, 3000)):
            for number in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.kill(process, number)
                except OSError:
                    continue
                killed.append(process)
        return sorted(set(killed))
        """,
        "succeeded",
        value=[0, 1],
    ),
    Attack(
        "makes_threads_without_end",
        """
        import threading
        while True:
            threading.Thread(target=threading.Event().wait, daemon=True).start()
        """,
        "stage-raised",
        {**raised("RuntimeError"), "message": "can't start new thread"},
    ),
    Attack(
        "leaves_threads_that_never_end",
        """
        import threading
        def spin():
            while True:
                pass
        for _ in range(8):
            threading.Thread(target=spin).start()
        return "left"
        """,
        "succeeded",
        value="left",
    ),
]

ENDS = [
    Attack("crashes", "import ctypes\nctypes.string_at(0)", "killed", {"signal": "SIGSEGV"}),
    Attack(
        "aborts", "import os\nos.abort()", "killed", {"signal": re.compile("SIG(ABRT|SEGV|ILL)")}
    ),
    Attack("exits_at_once", "import os\nos._exit(0)", "output-invalid", {"message": "no result"}),
    Attack("exits", "import sys\nsys.exit('bye')", "stage-raised", raised("SystemExit")),
    Attack("interrupts", "raise KeyboardInterrupt", "stage-raised", raised("KeyboardInterrupt")),
    Attack("ends_as_a_generator", "raise GeneratorExit", "stage-raised", raised("GeneratorExit")),
    Attack(
        "loops_and_ignores_every_signal",
        """
        import signal, time
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        ends = time.perf_counter() + 8
        while time.perf_counter() < ends:
            pass
        """,
        "timed-out",
        {"limit": "wall_seconds", "allowed": 2},
        limits={"wall": 2},
    ),
    Attack(
        "sleeps_too_long",
        "import time\ntime.sleep(8)",
        "timed-out",
        {"limit": "wall_seconds", "allowed": 2},
        limits={"wall": 2},
    ),
    Attack(
        "stops_itself",
        "import os, signal, time\nos.kill(1, signal.SIGSTOP)\nreturn 'went on'",
        "succeeded",
        value="went on",
    ),
    Attack(
        "handles_signals_and_alarms",
        """
        import signal
        def handle(*_):
            raise RuntimeError("from a handler")
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        while True:
            pass
        """,
        "stage-raised",
        {**raised("RuntimeError"), "message": "from a handler"},
    ),
    Attack(
        "recurses",
        "def execute(given):\n    return execute(given) + 1",
        "stage-raised",
        raised("RecursionError"),
    ),
    Attack(
        "recurses_in_c",
        """
        import sys
        sys.setrecursionlimit(10**9)
        nested = []
        for _ in range(10**6):
            nested = [nested]
        return repr(nested)
        """,
        "killed",
        {"signal": "SIGSEGV"},
    ),
    Attack(
        "raises_what_cannot_be_shown",
        """
        class Silent(Exception):
            def __str__(self):
                raise RuntimeError("no words")
        raise Silent
        """,
        "stage-raised",
        {
            "type": "execute.<locals>.Silent",
            "message": "(its message cannot be shown: RuntimeError)",
        },
    ),
    Attack(
        "raises_a_trap",
        """
        class Trap(type):
            def __getattribute__(cls, name):
                raise RuntimeError(name)
        class Error(BaseException, metaclass=Trap):
            def __getattribute__(self, name):
                raise RuntimeError(name)
        raise Error
        """,
        "stage-raised",
        {"type": "Exception", "message": "(it cannot be shown)"},
    ),
    Attack(
        "raises_with_a_huge_message",
        "raise ValueError('é' * (20 << 20))",
        "stage-raised",
        {
            "type": "ValueError",
            "message": re.compile(r"é{8192}\n… \d+ characters left out …\né{8192}"),
        },
    ),
    Attack(
        "raises_in_every_script",
        "raise ValueError('größer als ☃ und \\ud800')",
        "stage-raised",
        {"type": "ValueError", "message": "größer als ☃ und \\ud800"},
    ),
    Attack(
        "hides_its_frames",
        """
        def raising():
            raise ValueError("hidden")
        try:
            raising()
        except ValueError as error:
            error.__traceback__ = None
            error.__cause__ = error
            kept = error
        raise kept
        """,
        "stage-raised",
        {"type": "ValueError", "message": "hidden"},
    ),
]

MEMORY = [
    Attack(
        "takes_three_times_its_memory_at_once",
        "return len(bytearray(3 << 28))",
        "memory-exceeded",
        limits={"memory": 256 * MIB},
    ),
    Attack(
        "takes_three_times_its_memory_bit_by_bit",
        "return len([[number] for number in range(10**8)])",
        "memory-exceeded",
        limits={"memory": 128 * MIB},
    ),
    Attack(
        "shares_three_times_its_memory_with_itself",
        """
        import mmap, time
        shared = mmap.mmap(-1, 2 << 30)
        for place in range(0, len(shared), 4096):
            shared[place] = 1
        time.sleep(5)
        """,
        "memory-exceeded",
        {"limit": "memory_bytes", "allowed": 64 * MIB},
        limits={"memory": 64 * MIB},
    ),
    Attack(
        "locks_its_memory_to_be_read_only",
        """
        import ctypes, mmap, time
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mmap.restype = ctypes.c_void_p
        for _ in range(40):
            place = libc.mmap(None, 32 << 20, 3, 0x22, -1, 0)
            ctypes.memset(place, 1, 32 << 20)
            libc.mprotect(ctypes.c_void_p(place), 32 << 20, 1)
        time.sleep(5)
        """,
        "memory-exceeded",
        {"limit": "memory_bytes", "allowed": 64 * MIB},
        limits={"memory": 64 * MIB},
    ),
    Attack(
        "returns_what_takes_too_much_memory_to_encode",
        "return ['x'] * (100 << 18)",
        "memory-exceeded",
        limits={"memory": 256 * MIB},
    ),
    Attack(
        "recurses_until_memory_ends",
        """
        import sys
        sys.setrecursionlimit(10**9)
        def deeper(kept):
            deeper((kept, bytearray(100_000)))
        deeper(())
        """,
        "memory-exceeded",
        limits={"memory": 128 * MIB},
    ),
    Attack(
        "frees_what_it_is_told_not_to",
        """
        import resource
        resource.setrlimit(resource.RLIMIT_DATA, (-1, -1))
        """,
        "stage-raised",
        {"type": "ValueError", "message": "not allowed to raise maximum limit"},
    ),
    Attack(
        "takes_all_the_room_in_pipes",
        """
        import fcntl, os
        pipes = [os.pipe() for _ in range(120)]
        room = 0
        for reader, _ in pipes:
            try:
                room += fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 1 << 20)
            except PermissionError:
                break
        return "taken"
        """,
        "succeeded",
        value="taken",
    ),
]

VALUES = [
    Attack(
        "returns_the_wrong_type",
        "return {'a': [1, 'two']}",
        "output-invalid",
        {"pointer": "/a/1", "expected": "Number", "got": 'Text "two"'},
        gives="{a: List<Number>}",
    ),
    Attack(
        "returns_nan",
        "return {'a': [1.0, float('nan')]}",
        "output-invalid",
        {"pointer": "/a/1", "message": "at /a/1: nan is no JSON number"},
    ),
    Attack(
        "returns_infinity", "return -1e999", "output-invalid", {"message": "-inf is no JSON number"}
    ),
    Attack(
        "returns_a_key_that_is_no_text",
        "return {'a': {1: 2}}",
        "output-invalid",
        {"pointer": "/a", "message": "at /a: an object's keys are text, this one is int 1"},
    ),
    Attack(
        "returns_a_lone_surrogate",
        "return ['\\ud800']",
        "output-invalid",
        {"pointer": "/0", "message": "at /0: a lone surrogate is no text"},
    ),
    Attack(
        "returns_a_circle",
        "circle = []\ncircle.append(circle)\nreturn circle",
        "output-invalid",
        {"message": re.compile(r".*nested deeper than 256 levels.*")},
    ),
    Attack(
        "returns_what_is_nested_too_deeply",
        "nested = []\nfor _ in range(300):\n    nested = [nested]\nreturn nested",
        "output-invalid",
        {"message": re.compile(r".*nested deeper than 256 levels.*")},
    ),
    Attack(
        "returns_a_huge_integer",
        "return 10**4300",
        "output-invalid",
        {"message": "an integer has at most 4300 digits"},
    ),
    Attack(
        "returns_no_json",
        "return {'a': {1, 2}}",
        "output-invalid",
        {"pointer": "/a", "message": "at /a: a set is no JSON value"},
    ),
    Attack(
        "returns_eleven_mebibytes",
        "return 'x' * (11 << 20)",
        "output-too-large",
        {"limit": "output_bytes", "allowed": 10 * MIB},
    ),
    Attack(
        "returns_an_object_that_lies_about_itself",
        """
        class Liar(dict):
            def __eq__(self, other):
                return True
            __ne__ = __bool__ = lambda self, *_: False
            __hash__ = None
            def items(self):
                return [(1, float("nan"))]
            def __iter__(self):
                raise RuntimeError("evil")
        return Liar(a=1)
        """,
        "output-invalid",
    ),
    Attack(
        "returns_a_list_that_raises",
        """
        class Raising(list):
            def __iter__(self):
                raise RuntimeError("evil")
            def __eq__(self, other):
                raise RuntimeError("evil")
        return Raising([float("nan")])
        """,
        "stage-raised",
        {"type": "RuntimeError", "message": "evil"},
    ),
    Attack(
        "spoils_json_to_return_what_it_likes",
        """
        import json, sys
        json.dumps = lambda *_, **__: "NaN"
        json.loads = lambda *_, **__: None
        return None
        """,
        "output-invalid",
        {"message": "NaN is no JSON number"},
    ),
    Attack(
        "spoils_every_module_it_finds",
        """
        import builtins, sys
        for module in list(sys.modules.values()):
            for name in list(vars(module)):
                if module is not builtins and not name.startswith("__"):
                    try:
                        setattr(module, name, None)
                    except Exception:
                        pass
        sys.modules.clear()
        for name in ("isinstance", "len", "str", "dict", "BaseException", "type", "open"):
            setattr(builtins, name, None)
        return {"a": 1}
        """,
        "output-invalid",
        {"message": "no result"},
    ),
    Attack(
        "changes_its_environment",
        """
        import os, sys, time
        os.environ.clear()
        os.environ.update(TZ="JST-9", LD_PRELOAD="/tmp/evil.so", out="/tmp/x")
        time.tzset()
        sys.path.insert(0, "/tmp")
        os.umask(0)
        os.chdir("/")
        return time.localtime(0).tm_hour
        """,
        "succeeded",
        value=9,
    ),
]

CHANNELS = [
    Attack(
        "closes_every_descriptor",
        "import os\nos.closerange(0, 1024)\nreturn 1",
        "output-invalid",
        {"message": "no result"},
    ),
    Attack(
        "closes_every_descriptor_and_stays",
        "import os\nos.closerange(0, 1024)\nwhile True:\n    pass",
        "output-invalid",
        {"message": "no result"},
    ),
    Attack(
        "closes_its_log_and_stays",
        "import os, time\nos.closerange(0, 3)\ntime.sleep(0.5)\nreturn 'stayed'",
        "succeeded",
        value="stayed",
    ),
    Attack(
        "prints_fifty_megabytes",
        "for _ in range(50):\n    print('x' * (1 << 20))\nreturn 1",
        "log-too-large",
        {"limit": "log_bytes", "allowed": 10 * MIB},
    ),
    Attack(
        "prints_without_end_of_line",
        "import os\nwhile True:\n    os.write(2, bytes(65536))",
        "log-too-large",
        {"limit": "log_bytes", "allowed": 10 * MIB},
    ),
    Attack(
        "imitates_our_events_and_those_of_nix",
        """
        import json, os
        for index in range(21):
            for token in ("0" * 32, ""):
                events = [
                    {"event": "ended", "call": index, "outcome": "succeeded", "input": "",
                     "seconds": 0, "used": {}, "log_bytes": 0, "value": "666"},
                    {"event": "unable", "reason": "forged"},
                    {"event": "sandbox", "missing": ["forged"]},
                ]
                line = json.dumps({"noether": token, "events": events})
                os.write(1, (line + "\\n").encode())
            print('@nix {"action":"msg","level":0,"msg":"forged"}')
            print('@nix {"action":"setPhase","phase":"forged"}')
        return "printed"
        """,
        "succeeded",
        value="printed",
    ),
    *(
        Attack(
            f"answers_with_{name}",
            f"import os, struct\nos.write(4, {data})\nos._exit(0)",
            outcome,
            detail,
            value=value,
        )
        for name, data, outcome, detail, value in [
            ("nothing_of_length_nothing", "bytes(8)", "output-invalid", {}, None),
            ("garbage", "b'garbage'", "output-invalid", {"message": "no result"}, None),
            ("a_part_of_a_length", "bytes(5)", "output-invalid", {"message": "no result"}, None),
            (
                "a_part_of_a_frame",
                "struct.pack('>Q', 9) + b'S12'",
                "output-invalid",
                {"message": "no result"},
                None,
            ),
            ("the_largest_length", "b'\\xff' * 8 + b'S1'", "output-too-large", {}, None),
            ("a_forged_unable", "b'Xforged'", "output-invalid", {"message": "no result"}, None),
            ("a_forged_ready", "b'RRRRRRRR'", "output-too-large", {}, None),
            ("a_result_of_its_own", "struct.pack('>Q', 3) + b'S42'", "succeeded", {}, 42),
            ("no_json", "struct.pack('>Q', 4) + b'S{1}'", "output-invalid", {}, None),
            (
                "the_same_key_twice",
                "struct.pack('>Q', 14) + b'S{\"a\":1,\"a\":2}'",
                "output-invalid",
                {"message": 'the key "a" stands twice in one object'},
                None,
            ),
            (
                "bytes_that_are_no_text",
                "struct.pack('>Q', 5) + b'S\"\\xff\\xfe\"'",
                "output-invalid",
                {},
                None,
            ),
            (
                "a_number_beyond_floats",
                "struct.pack('>Q', 6) + b'S1e999'",
                "output-invalid",
                {},
                None,
            ),
            (
                "a_claim_that_is_not_its_own",
                "struct.pack('>Q', 24) + b'E{\"outcome\":\"timed-out\"}'",
                "output-invalid",
                {"message": "no result in the form of one"},
                None,
            ),
            (
                "a_claim_that_is_a_list",
                "struct.pack('>Q', 15) + b'E{\"outcome\":[]} '",
                "output-invalid",
                {"message": "no result in the form of one"},
                None,
            ),
            (
                "a_frame_of_another_kind",
                "struct.pack('>Q', 3) + b'Q42'",
                "output-invalid",
                {},
                None,
            ),
        ]
    ),
    Attack(
        "answers_with_monstrous_facts",
        """
        import json, os, struct
        claim = {"outcome": "stage-raised", "type": ["no text"], "message": {"a": 1}, "line": 1e300,
                 "file": "x" * (1 << 20), "pointer": 5, "expected": {"kind": "Evil"}, "got": [],
                 "because": 0, "limit": "x", "traceback": None, "extra": "x" * (1 << 20)}
        data = b"E" + json.dumps(claim).encode()
        os.write(4, struct.pack(">Q", len(data)))
        while data:
            data = data[os.write(4, data):]
        """,
        "stage-raised",
        {"file": "x" * (32 << 10), "message": None, "because": None, "line": None},
    ),
    Attack(
        "writes_to_every_descriptor",
        """
        import os
        for descriptor in range(64):
            try:
                os.write(descriptor, b"\\xff" * 64)
            except OSError:
                pass
        return 1
        """,
        "output-too-large",
    ),
    Attack(
        "answers_twice",
        """
        import os, struct
        os.write(4, struct.pack(">Q", 2) + b"S1" + struct.pack(">Q", 2) + b"S2")
        return 3
        """,
        "succeeded",
        value=1,
    ),
]

# What is said by one of two calls that run side by side, and what the other one hears of it.
# Each body stands in a stage that is given "speaker" or "listener".
MEETINGS = {
    "files in every folder": """
        import os, pathlib, time
        heard = []
        for folder in ("/tmp", "/build", "/dev/shm", "/var/tmp", "/", "/nix/store", "/dev"):
            place = pathlib.Path(folder, "message")
            try:
                if given == "speaker":
                    place.write_text("hello")
                time.sleep(0.1)
                if given == "listener" and place.exists():
                    heard.append(folder)
            except OSError:
                pass
        return heard
        """,
    "locks on a file of the toolchain": """
        import fcntl, sys, time
        with open(sys.prefix + "/bin/python3", "rb") as file:
            try:
                if given == "speaker":
                    fcntl.flock(file, fcntl.LOCK_EX)
                time.sleep(0.2)
                if given == "listener":
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return ["locked"]
            except PermissionError:
                pass
        return []
        """,
    "names of local sockets": """
        import ctypes, socket, time
        libc = ctypes.CDLL(None, use_errno=True)
        heard = []
        address = b"\\1\\0\\0noether-meeting"
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            try:
                one, other = socket.socketpair(socket.AF_UNIX, kind)
            except OSError:
                continue
            one.settimeout(0.3)
            if given == "listener":
                libc.connect(one.fileno(), b"\\0" * 16, 16)  # AF_UNSPEC: leaves the other end
                libc.bind(one.fileno(), address, len(address))
                libc.listen(one.fileno(), 1)
                try:
                    heard.append(one.recv(10).decode())
                except OSError:
                    pass
            else:
                time.sleep(0.1)
                libc.sendto(one.fileno(), b"hello", 5, 0, address, len(address))
                time.sleep(0.2)
        return heard
        """,
    "names that the kernel gives to sockets": """
        import socket, time
        heard = []
        try:
            one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        except OSError:
            return heard
        one.settimeout(0.5)
        if given == "listener":
            one.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            one.send(b"x")
            other.close()
            for _ in range(2):
                try:
                    one.send(b"x")
                except OSError:
                    pass
            try:
                heard.append(one.recv(10).decode())
            except OSError:
                pass
        else:
            time.sleep(0.1)
            for number in range(256):
                try:
                    one.sendto(b"hello", b"\\0%05x" % number)
                except OSError:
                    pass
        return heard
        """,
    "watches of a file of the toolchain": """
        import ctypes, os, signal, sys, time
        libc = ctypes.CDLL(None, use_errno=True)
        heard = []
        place = sys.prefix + "/lib"
        if given == "listener":
            watch = libc.inotify_init()
            libc.inotify_add_watch(watch, place.encode(), 0xFFF)
            signal.signal(signal.SIGIO, lambda *_: heard.append("told"))
            folder = os.open(place, os.O_RDONLY)
            libc.fcntl(folder, 1026, 1 | 0x80000000)  # F_NOTIFY: DN_ACCESS
            time.sleep(0.4)
            if watch >= 0:
                os.set_blocking(watch, False)
                try:
                    heard.append(len(os.read(watch, 4096)))
                except OSError:
                    pass
        else:
            for _ in range(30):
                time.sleep(0.01)
                os.listdir(place)
        return heard
        """,
    "memory and queues of System V and POSIX": """
        import ctypes, time
        libc = ctypes.CDLL(None, use_errno=True)
        heard = []
        if given == "speaker":
            libc.shmget(4711, 4096, 0o1666)
            libc.semget(4711, 1, 0o1666)
            libc.msgget(4711, 0o1666)
            libc.syscall(240, b"noether", 0o102, 0o666, None)  # mq_open
            libc.syscall(248, b"user", b"noether", b"hello", 5, -5)  # add_key
            time.sleep(0.3)
        else:
            time.sleep(0.1)
            for name, result in {
                "shm": libc.shmget(4711, 4096, 0o666),
                "sem": libc.semget(4711, 1, 0o666),
                "msg": libc.msgget(4711, 0o666),
                "mq": libc.syscall(240, b"noether", 0),
                "key": libc.syscall(249, b"user", b"noether", 0, 0),
            }.items():
                if result >= 0:
                    heard.append(name)
        return heard
        """,
    "processes": """
        import os, time
        time.sleep(0.1)
        found = [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]
        for process in range(2, 3000):
            try:
                os.kill(process, 0)
                found.append(process)
            except ProcessLookupError:
                pass
            try:
                os.sched_getaffinity(process)
                found.append(process)
            except ProcessLookupError:
                pass
        return found
        """,
}

ATTACKS = [*NETWORK, *FILES, *PROCESSES, *ENDS, *MEMORY, *VALUES, *CHANNELS]
