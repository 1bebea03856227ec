"""Where policies come from: a flag, a file that is named, the settings; all of them hold."""

from collections.abc import Iterable
from pathlib import Path

from noether_nix.effects.policy import BUILT_IN, Policy, policy_of_flag
from noether_nix.effects.policy_file import parse_policy
from noether_nix.errors import FileUnreadableError
from noether_nix.run.settings_file import read_small_text


def read_policies(allowed: Iterable[str] | None, file: Path | None = None) -> tuple[Policy, ...]:
    """The policies that a command was given; none is no restriction of its own.

    Args:
        allowed: the words of ``--allow-effects``; None where the flag is not given, which is not
            the same as an empty one.
        file: a policy file.

    Raises:
        FileUnreadableError: the file cannot be read.
        SettingInvalidError: a word is no effect, or the file is no policy.
    """
    of_flag = () if allowed is None else (policy_of_flag(allowed),)
    return (*of_flag, *(() if file is None else (read_policy_file(file),)))


def read_policy_file(file: Path) -> Policy:
    """A policy from its file.

    Raises:
        FileUnreadableError: it cannot be read.
        SettingInvalidError: it is no policy.
    """
    try:
        text = read_small_text(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise FileUnreadableError(f"the policy {file} cannot be read: {reason}") from error
    return parse_policy(text, source=str(file))


def that_hold(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """The policies that hold: those that were given, else the built-in one."""
    return policies or (BUILT_IN,)
