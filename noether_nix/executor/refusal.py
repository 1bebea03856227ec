"""Why nothing was run, and what to change so that it is."""

from collections.abc import Mapping
from typing import Any

from noether_nix.errors import SandboxUnavailableError
from noether_nix.inside.levels import AS_ROOT, LEVELS, is_at_least
from noether_nix.process.nix_failure import MACHINE_STORE_HINT

_NAMESPACES = (
    "let this machine make unprivileged user namespaces "
    "(sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0, "
    "kernel.apparmor_restrict_unprivileged_userns=0) on a kernel of at least 5.14"
)
_LANDLOCK = (
    "use a kernel of at least 5.13 with Landlock among its security modules (lsm=landlock,…)"
)
_SECCOMP = "use a kernel with seccomp filters (CONFIG_SECCOMP_FILTER)"
_NIX = "report it, with what noether version prints: Nix was asked for `sandbox = true`"


# What is wanting first is mostly why the rest is.
_FIRST = 2


def refusal(findings: Mapping[str, Any], least: str, *, private: bool) -> SandboxUnavailableError:
    """The error for what was found, where ``least`` was the least that would do."""
    unsandboxed = findings.get("unsandboxed")
    if unsandboxed:
        words = f"Nix built without its sandbox: {'; '.join(unsandboxed)}"
        return SandboxUnavailableError(words, hint=_NIX if private else MACHINE_STORE_HINT)
    wanting: Mapping[str, list[str]] = findings["wanting"]
    told = [
        f"{level}: {'; '.join(wanting[level][:_FIRST])}"
        for level in LEVELS
        if level in wanting and is_at_least(level, least)
    ]
    words = told[0].partition(": ")[2] if len(told) == 1 else " · ".join(told)
    # Who builds is the daemon's affair, whatever the kernel can do.
    as_root = not private and AS_ROOT in words
    hint = MACHINE_STORE_HINT if as_root else _remedy(wanting, least)
    return SandboxUnavailableError(f"the sandbox does not hold: {words}", hint=hint)


def _remedy(wanting: Mapping[str, list[str]], least: str) -> str:
    filtered = not any("no system call filter" in words for words in wanting.get("full", ()))
    remedy = _NAMESPACES if filtered else _SECCOMP
    if least != "full" and any("Landlock" in words for words in wanting.get("confined", ())):
        remedy += f"; or {_LANDLOCK}"
    if least == "full":
        remedy += "; or accept less: --level confined"
    return remedy
