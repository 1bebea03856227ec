"""How attacks end at levels below *full*, where they end otherwise than there.

A value that depends on how this kernel was made is :data:`ANYTHING`: what counts is that the
call gets no further than its own outcome, and that nobody else notices.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.nix.hostile_stages import Attack


class _Anything:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


ANYTHING = _Anything()


@dataclass(frozen=True)
class End:
    """How an attack ends; see :class:`tests.nix.hostile_stages.Attack`."""

    outcome: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    value: Any = None


_SCRATCH = End("killed", {"signal": "SIGKILL", "limit": "scratch_bytes", "allowed": 256 << 20})
_SMALL_SCRATCH = End("killed", {"signal": "SIGKILL", "limit": "scratch_bytes", "allowed": 4 << 20})
_REFUSED = End("stage-raised", {"type": "PermissionError"})
# Not the first process of a namespace any more, so its own signals reach it.
_BY_ITSELF = End("killed", {"signal": "SIGTERM"})
# The kernel lets processes of one user lower each other's bounds, and nothing refuses it there.
_WITH_ITS_BUILD = End("killed", {"lost_builds": 2})

ENDS: Mapping[str, Mapping[str, End]] = {
    "confined": {
        "writes_everywhere": End(
            "succeeded",
            value=["EACCES"] * 4 + ["EPERM"] + ["EACCES"] * 6 + ["done"] * 4 + ["EPERM"],
        ),
        "fills_its_folders_with_files": _SCRATCH,
        "kills_every_process_it_can": _BY_ITSELF,
        "stops_itself": _REFUSED,
        "holds_files_by_nothing_but_a_mapping": _SCRATCH,
        "keeps_files_on_their_way_through_a_socket": _SMALL_SCRATCH,
        "hides_what_it_has_open": _SMALL_SCRATCH,
        "looks_for_the_machine": End("succeeded", value=ANYTHING),
        "looks_at_its_root": _REFUSED,
        "looks_for_others_in_proc": _REFUSED,
        "leaves_the_scheduler_no_files": End("succeeded", value=["EPERM"]),
        "leaves_the_scheduler_no_memory": End("succeeded", value="EPERM" * (1 << 20)),
        "leaves_the_scheduler_no_room_for_its_output": End("succeeded", value=["EPERM"]),
        "puts_the_scheduler_behind_everything": End("succeeded", value=["EPERM"] * 3),
        "makes_programs_for_others": End(
            "succeeded", value=["EPERM", "EPERM", "ENOTSUP", "ENOTSUP", "EPERM", "EPERM"]
        ),
        "puts_itself_before_others": End("succeeded", value=["EPERM", "EACCES", "EPERM", "EACCES"]),
        "puts_links_where_ours_might_be": End(
            "succeeded", value=["EXDEV", "EACCES", "EACCES", "EACCES"]
        ),
    },
    "alone": {
        "connects_to_a_local_socket": End(
            "effect-denied", {"effect": "Network", "event": "socket.connect"}
        ),
        "asks_the_kernel_for_sockets": End("succeeded", value=ANYTHING),
        "asks_the_kernel_for_processes_and_power": End("succeeded", value=ANYTHING),
        "calls_through_another_abi": End("succeeded", value=ANYTHING),
        "writes_everywhere": End("succeeded", value=ANYTHING),
        "fills_its_folders_with_files": _SCRATCH,
        "kills_every_process_it_can": _BY_ITSELF,
        "holds_files_by_nothing_but_a_mapping": _SCRATCH,
        "keeps_files_on_their_way_through_a_socket": _SMALL_SCRATCH,
        "hides_what_it_has_open": _SMALL_SCRATCH,
        "asks_a_socket_for_network_devices": End("succeeded", value=["done"] * 2),
        "points_signals_elsewhere": End("succeeded", value=["done"] * 4),
        "asks_the_kernel_for_what_nobody_here_has_judged": End("succeeded", value=ANYTHING),
        "looks_for_the_machine": End("succeeded", value=ANYTHING),
        "looks_at_its_root": _REFUSED,
        "looks_for_others_in_proc": End("succeeded", value=ANYTHING),
        "leaves_the_scheduler_no_files": _WITH_ITS_BUILD,
        "leaves_the_scheduler_no_memory": _WITH_ITS_BUILD,
        # How the call ended was told before its build did.
        "leaves_the_scheduler_no_room_for_its_output": End("succeeded", value=["done"]),
        "puts_the_scheduler_behind_everything": End("succeeded", value=["done"] * 3),
        "opens_devices_to_write": End("succeeded", value=["done"] * 4),
        "makes_programs_for_others": End("succeeded", value=ANYTHING),
        "puts_itself_before_others": End("succeeded", value=["EPERM", "EACCES", "EPERM", "done"]),
        "puts_links_where_ours_might_be": End("succeeded", value=ANYTHING),
    },
}


def end_of(attack: Attack, level: str) -> End:
    """How ``attack`` ends at ``level``."""
    return ENDS[level].get(attack.name, End(attack.outcome, attack.detail, attack.value))
