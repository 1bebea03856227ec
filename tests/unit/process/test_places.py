from pathlib import Path

import pytest

from noether_nix.process.places import machine_store


@pytest.mark.parametrize("made", ["nix/var/nix", "nix", "."], ids=["there", "in part", "not yet"])
def test_who_may_write_to_the_machine_s_store_opens_it_himself(made: str, tmp_path: Path) -> None:
    (tmp_path / made).mkdir(parents=True, exist_ok=True)

    assert machine_store(tmp_path / "nix/var/nix") == "local"


def test_everybody_else_asks_the_daemon() -> None:
    # Into the kernel's own folder nobody writes, not even root.
    assert machine_store(Path("/proc/sys/kernel/absent/nix")) == "daemon"
