"""Every protection of a call, how to take it away, and which attacks must then get further.

A protection is taken away in a copy of the package: code is put at the end of one of its modules
and replaces what protects. The package itself has no such switch. The proof of the sandbox would
refuse to run anything in such a copy, so it is always made to believe what it sees.
"""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_BELIEVE = {
    level: f'judge = lambda build, call, wanting: "{level}" if {condition} else None'
    for level, condition in (
        ("full", 'call["namespaces"]'),
        ("confined", 'not call["namespaces"]'),
    )
}


@dataclass(frozen=True)
class Protection:
    """One thing that stands between a stage and what is not its own.

    ``without`` maps modules of the package to the code that takes it away, ``rows`` are attacks
    of the table that notice, at ``level``.
    """

    name: str
    words: str
    without: Mapping[str, str]
    rows: tuple[str, ...]
    level: str = "full"


PROTECTIONS = (
    Protection(
        "system-call-filter",
        "seccomp refuses processes, sockets, namespaces, mounts and rare parts of the kernel",
        {"inside/filters.py": "SystemCallFilter.put_on = lambda self, process: None"},
        ("asks_the_kernel_for_sockets", "calls_through_another_abi"),
    ),
    Protection(
        "landlock",
        "Landlock lets a call write below its own folders alone",
        {"inside/landlock.py": "restrict_writing = lambda writable: 1"},
        ("writes_everywhere", "opens_devices_to_write"),
    ),
    Protection(
        "powers",
        "a call has no capabilities and can gain none",
        {"inside/kernel.py": "drop_capabilities = lambda: None"},
        ("reads_its_own_powers", "opens_its_own_file_without_the_right_to", "asks_for_powers"),
    ),
    Protection(
        "own-root",
        "a call's root holds the toolchain and nothing of Nix's sandbox",
        {"inside/ground.py": "_enter_locked_root = lambda visible, top: None"},
        ("looks_at_its_root", "looks_for_the_machine"),
    ),
    Protection(
        "read-only-root",
        "all that a call sees but does not own is read-only",
        {"inside/kernel.py": "make_read_only = lambda path: None"},
        ("writes_everywhere", "puts_links_where_ours_might_be"),
    ),
    Protection(
        "own-processes",
        "a call is the only process that it can see",
        {
            "inside/ground.py": """
LockedGround.clone_flags &= ~kernel.CLONE_NEWPID
_with_proc = _mount_own_folders
def _mount_own_folders(mounts):
    real = kernel.mount_all
    kernel.mount_all = lambda some: real([one for one in some if one[0] != b"proc"])
    _with_proc(mounts)
"""
        },
        ("looks_for_others_in_proc", "kills_every_process_it_can"),
    ),
    Protection(
        "own-folders",
        "the folders that a call may write to are its own, and empty",
        {
            "inside/ground.py": """
_really_enter = _enter_locked_root
def _enter_locked_root(visible, top):
    _really_enter(visible, top)
    kernel.set_dumpable(dumpable=True)
    for place in ("/tmp", "/build", "/dev/shm"):
        kernel.mount("tmpfs", place, "tmpfs", 0, "size=64m,mode=1777")
    kernel.set_dumpable(dumpable=False)
_with_folders = _mount_own_folders
def _mount_own_folders(mounts):
    real = kernel.mount_all
    kernel.mount_all = lambda some: real([one for one in some if one[0] == b"proc"])
    try:
        _with_folders(mounts)
    except OSError:
        os.chdir("/build")
"""
        },
        ("reads_shadow", "fills_its_folders"),
    ),
    Protection(
        "bounds",
        "what a call may use of memory, files, threads and processor is bounded by the kernel",
        {"inside/contract.py": "bound = lambda limits: gc.enable()"},
        ("opens_ten_thousand_files", "frees_what_it_is_told_not_to", "raises_its_own_limits"),
    ),
    Protection(
        "memory-watch",
        "memory that no bound of the kernel counts is looked at from outside",
        {"inside/usage.py": "held_memory = lambda pid: 0"},
        ("shares_three_times_its_memory_with_itself", "locks_its_memory_to_be_read_only"),
    ),
    Protection(
        "descriptors",
        "a call holds no descriptor but its own four",
        {
            "inside/zygote.py": """
def _arrange_descriptors(descriptors):
    nothing = os.open("/dev/null", os.O_RDWR)
    given = [os.dup2(fd, 100 + place) for place, fd in enumerate(descriptors)]
    os.dup2(nothing, 0)
    for source, target in zip(given, (_INPUT, _OUTCOME, 1), strict=True):
        os.dup2(source, target)
    os.dup2(1, 2)
    os.setsid()
"""
        },
        ("lists_its_descriptors", "writes_beyond_its_own_descriptors"),
    ),
    Protection(
        "start-forgotten",
        "what the build was started with is wiped from the memory of calls",
        {"inside/contract.py": "_forget_start = lambda: None"},
        (
            "reads_what_it_was_started_with",
            "searches_its_memory_for_what_it_was_started_with",
        ),
    ),
    Protection(
        "named-effects",
        "what a stage begins without the effect for it is named, with its line",
        {"inside/contract.py": "_deny_effects = lambda event, arguments: None"},
        ("forks", "opens_a_socket", "starts_a_program"),
    ),
    Protection(
        "size-of-results",
        "a result is not read beyond its limit",
        {
            "inside/call.py": """
_read = RunningCall.read
def _unbounded(self, descriptor):
    object.__setattr__(self.call, "output_bytes", 1 << 40)
    return _read(self, descriptor)
RunningCall.read = _unbounded
"""
        },
        ("returns_eleven_mebibytes", "returns_more_than_it_may"),
    ),
    Protection(
        "size-of-logs",
        "what is printed is not read beyond its limit",
        {
            "inside/call.py": """
_take = RunningCall._take_log
def _unbounded_log(self, data):
    object.__setattr__(self.call, "log_bytes", 1 << 40)
    return _take(self, data)
RunningCall._take_log = _unbounded_log
"""
        },
        ("prints_fifty_megabytes", "prints_more_than_it_may"),
    ),
    Protection(
        "time",
        "a call ends when its time is over, whatever it does",
        {"inside/call.py": "RunningCall.look = lambda self, now: False"},
        ("sleeps_too_long", "loops_and_ignores_every_signal"),
    ),
    Protection(
        "results-checked",
        "a result is parsed, checked against its type and encoded again outside the call",
        {
            "inside/scheduler.py": """
def _believe(self, ending, data, program):
    ending.outcome, ending.value = "succeeded", data
    value = self._outputs[ending.index] = json.loads(data)
    self._encoded[ending.index] = data
Scheduler._succeed = _believe
"""
        },
        ("returns_the_wrong_type", "answers_with_the_same_key_twice"),
    ),
    Protection(
        "claims-checked",
        "a call may say of itself that it raised; how it was ended is seen, not heard",
        {
            "inside/scheduler.py": """
def claimed_ending(reply):
    detail = json.loads(reply)
    return detail.pop("outcome", "succeeded") or "succeeded", detail
"""
        },
        ("answers_with_a_claim_that_is_not_its_own", "answers_with_monstrous_facts"),
    ),
    # ------------------------------------------------------------------- without namespaces
    Protection(
        "confined-system-calls",
        "seccomp refuses sockets and rare parts of the kernel also where there are no namespaces",
        {"inside/filters.py": "SystemCallFilter.put_on = lambda self, process: None"},
        ("asks_the_kernel_for_sockets", "calls_through_another_abi"),
        "confined",
    ),
    Protection(
        "confined-others",
        "signals, bounds and priorities are for the process itself alone",
        {"inside/filters.py": "_OF_ITSELF, _PRIORITIES = {}, ()"},
        ("puts_the_scheduler_behind_everything", "leaves_the_scheduler_no_room_for_its_output"),
        "confined",
    ),
    Protection(
        "confined-requests",
        "of a descriptor nothing is asked that shows the machine or reaches another process",
        {
            "inside/filters.py": "_TOLD, _rule_for = (), _rule\n"
            "def _rule(calls, body):\n"
            "    return [] if calls == [_IOCTL] else _rule_for(calls, body)"
        },
        ("asks_a_socket_for_network_devices", "points_signals_elsewhere"),
        "confined",
    ),
    Protection(
        "confined-reading",
        "Landlock lets a call open its toolchain, its own folders and what is told of itself",
        {"inside/landlock.py": "restrict_files = lambda readable, writable: 1"},
        ("opens_devices_to_write", "looks_for_others_in_proc"),
        "confined",
    ),
    Protection(
        "confined-turns",
        "one call at a time is where calls share their folders",
        {
            "inside/scheduler.py": """
_one_at_a_time = Scheduler.__init__
def _side_by_side(self, region, zygote, log, *, lone=False):
    _one_at_a_time(self, region, zygote, log, lone=lone)
    self._parallel = region.parallel
Scheduler.__init__ = _side_by_side
"""
        },
        ("exits_at_once", "interrupts"),
        "confined",
    ),
    Protection(
        "confined-emptied",
        "what a call has left in the folders is gone before the next begins",
        {"inside/sharing.py": "SharedPlace.make_ready = lambda self: None"},
        ("exits_at_once", "interrupts"),
        "confined",
    ),
    Protection(
        "confined-scratch",
        "what lies in the folders, named or not, is looked at from outside",
        {"inside/sharing.py": "SharedPlace.scratch_bytes = lambda self, pid: 0"},
        ("keeps_files_on_their_way_through_a_socket", "hides_what_it_has_open"),
        "confined",
    ),
)


def weaken(folder: Path, names: Iterable[str]) -> Path:
    """A copy of the package and its tests in ``folder`` that lacks the protections of that name.

    They must be of one level.
    """
    ignored = shutil.ignore_patterns("__pycache__")
    for part in ("examples", "noether_nix", "tests"):
        shutil.copytree(_ROOT / part, folder / part, ignore=ignored)
    shutil.copy(_ROOT / "pyproject.toml", folder)
    wanted = set(names)
    without = [each for each in PROTECTIONS if each.name in wanted]
    believe = {"inside/proof.py": _BELIEVE[without[0].level]} if without else {}
    for overrides in [believe, *(each.without for each in without)]:
        for module, code in overrides.items():
            with (folder / "noether_nix" / module).open("a", encoding="utf-8") as file:
                file.write(f"\n\n{code}\n")
    return folder
