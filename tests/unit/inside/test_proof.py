"""Which level may be claimed for what was seen; each fence that is missing costs one."""

from typing import Any

import pytest

from noether_nix.inside.proof import judge

_BUILD: dict[str, Any] = {"uid_outside": 999, "interfaces": ["lo"], "process": 1}
_ANYWHERE: dict[str, Any] = {
    "uid": 1000, "capabilities": 0, "no_new_privileges": 1, "seccomp": 2, "landlock": 7,
    "socket": "denied", "local_socket": "EPERM", "fork": "EPERM", "namespace": "EPERM",
    "write_own": "done",
}  # fmt: skip
_FULL: dict[str, Any] = {
    **_ANYWHERE, "namespaces": True, "root": ["build", "dev", "etc", "nix", "proc", "tmp"],
    "store": ["python"], "processes": ["1"], "write_root": "EROFS", "write_toolchain": "EROFS",
    "change_toolchain": "EROFS", "write_store": "EROFS", "signal": "done", "signal_all": "ESRCH",
    "bounds": "done", "memory": "done", "hidden": ["ENOENT", "done"],
}  # fmt: skip
_CONFINED: dict[str, Any] = {
    **_ANYWHERE, "namespaces": False, "root": ["EACCES"], "store": ["EACCES"],
    "processes": ["EACCES"], "write_root": "EACCES", "write_toolchain": "EACCES",
    "change_toolchain": "EPERM", "write_store": "EACCES", "signal": "EPERM",
    "signal_all": "EPERM", "bounds": "EPERM", "memory": "EACCES", "hidden": ["EACCES", "EACCES"],
}  # fmt: skip


@pytest.mark.parametrize(("call", "level"), [(_FULL, "full"), (_CONFINED, "confined")])
def test_what_holds_is_claimed(call: dict[str, Any], level: str) -> None:
    assert judge(_BUILD, call, {}) == level


@pytest.mark.parametrize(
    ("name", "seen", "level"),
    [
        ("uid", 0, None),
        ("capabilities", 1, None),
        ("no_new_privileges", 0, None),
        ("write_own", "EACCES", None),
        ("seccomp", 0, "alone"),
        ("local_socket", "done", "alone"),
        ("socket", "done", "alone"),
        ("fork", "done", "alone"),
        ("namespace", "done", "alone"),
        ("write_root", "done", "alone"),
        ("write_root", "ENOSPC", "alone"),
        ("root", ["etc", "home"], "alone"),
        ("processes", ["1", "2"], "alone"),
        ("write_toolchain", "done", "none"),
        ("change_toolchain", "done", "none"),
    ],
)
@pytest.mark.parametrize("call", [_FULL, _CONFINED], ids=["full", "confined"])
def test_one_fence_that_is_missing_costs_the_level(
    call: dict[str, Any], name: str, seen: object, level: str | None
) -> None:
    wanting: dict[str, list[str]] = {}

    assert judge(_BUILD, {**call, name: seen}, wanting) == level
    assert wanting["full"]


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("landlock", 0),
        ("store", ["plan.json"]),
        ("write_store", "done"),
        ("signal", "done"),
        ("signal_all", "done"),
        ("bounds", "done"),
        ("hidden", ["EACCES", "done"]),
    ],
)
def test_without_namespaces_more_has_to_hold(name: str, seen: object) -> None:
    wanting: dict[str, list[str]] = {}

    assert judge(_BUILD, {**_CONFINED, name: seen}, wanting) == "alone"
    assert len(wanting["confined"]) == 1


def test_the_memory_of_the_scheduler_has_to_be_out_of_reach_everywhere() -> None:
    assert judge(_BUILD, {**_CONFINED, "memory": "done"}, {}) == "none"


@pytest.mark.parametrize(
    ("name", "seen", "level"),
    [
        ("process", 4711, "none"),
        ("interfaces", ["eth0", "lo"], "none"),
        ("uid_outside", 0, None),
        ("uid_outside", None, None),
    ],
)
def test_without_the_sandbox_of_nix_there_is_none_and_never_as_root(
    name: str, seen: object, level: str | None
) -> None:
    for call in (_FULL, _CONFINED):
        assert judge({**_BUILD, name: seen}, call, {}) == level
