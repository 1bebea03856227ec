"""The one place that reads the environment."""

import os
from collections.abc import Mapping

from noether_nix.run.settings import Settings, read_settings


def environment() -> Mapping[str, str]:
    """The variables this program was started with."""
    return os.environ


def load_settings() -> Settings:
    """The settings of this user.

    Raises:
        SettingInvalidError: one of them means nothing.
    """
    return read_settings(environment())
