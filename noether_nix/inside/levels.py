"""How well calls are kept from each other and from the machine, in one word (design 3).

========== ======================================================================================
full       namespaces of its own for each call, seccomp, and Landlock where the kernel has it
confined   no namespaces: Landlock and seccomp for each call, one call at a time, and every folder
           that one could write to is emptied before the next
alone      Landlock or seccomp is missing too: one call a build, in Nix's sandbox
none       not even Nix's sandbox
========== ======================================================================================
"""

LEVELS = ("full", "confined", "alone", "none")
"""Best first."""

# What is wanting where Nix builds as the kernel's uid 0, which nothing makes up for.
AS_ROOT = "the build runs as the machine's root"

# The least that is accepted where nothing else was asked for.
DEFAULT_LEVEL = "alone"


def is_at_least(level: str, least: str) -> bool:
    """Whether ``level`` isolates as well as ``least`` does, or better."""
    return LEVELS.index(level) <= LEVELS.index(least)


def levels_down_to(least: str) -> tuple[str, ...]:
    """The levels that are at least ``least``, best first."""
    return LEVELS[: LEVELS.index(least) + 1]


def weakest(*levels: str) -> str:
    """The level that can be claimed for all of ``levels`` together."""
    return max(levels, key=LEVELS.index)
