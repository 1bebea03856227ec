"""What a machine gives, held against what calls may use."""

from pathlib import Path

import pytest

from noether_nix.process.bounds import Bounds, read_bounds
from noether_nix.process.kernel_probe import probe_kernel
from noether_nix.process.system import read_facts
from noether_nix.run.doctor.machine import (
    bounds_finding,
    clock_finding,
    disk_finding,
    kernel_finding,
)

GIB = 1 << 30


@pytest.mark.parametrize(
    ("shell", "group", "words"),
    [
        pytest.param({}, {}, "", id="none"),
        pytest.param({"open files (-n)": 1024, "file size (-f)": None}, {}, "", id="usual"),
        pytest.param({"open files (-n)": 64}, {}, "open files (-n) is 64", id="few descriptors"),
        pytest.param({"file size (-f)": 1024}, {}, "file size (-f) is 1024", id="small files"),
        pytest.param({"address space (-v)": 2 * GIB}, {}, "address space (-v)", id="address space"),
        pytest.param({}, {"memory.max": 2.0 * GIB}, "", id="enough memory"),
        pytest.param({}, {"memory.max": 0.5 * GIB}, "memory.max is 537 MB", id="little memory"),
        pytest.param({}, {"pids.max": 20.0}, "pids.max is 20", id="few processes"),
    ],
)
def test_bounds_below_those_of_a_call_are_a_warning(
    shell: dict[str, int | None], group: dict[str, float], words: str
) -> None:
    found = bounds_finding(Bounds(shell, group), call_memory=GIB)

    assert found.state == ("warning" if words else "ok")
    assert words in found.message


def test_the_least_bound_of_all_groups_above_counts(tmp_path: Path) -> None:
    own = tmp_path / "cgroup"
    own.write_text("1:name=systemd:/x\n0::/outer/inner\n")
    inner = tmp_path / "fs/outer/inner"
    inner.mkdir(parents=True)
    (inner / "memory.max").write_text("max\n")
    (inner.parent / "memory.max").write_text("1000\n")
    (inner / "cpu.max").write_text("150000 100000\n")
    (inner / "pids.max").write_text("nonsense\n")

    bounds = read_bounds(mounted=tmp_path / "fs", own=own)

    assert bounds.group == {"memory.max": 1000, "cpu.max": 1.5}
    assert bounds.shell.keys() >= {"open files (-n)", "processes (-u)"}


@pytest.mark.parametrize(
    ("now", "state"),
    [
        pytest.param(1_000_000.0, "ok", id="after all that is known"),
        pytest.param(950_000.0, "ok", id="a zone off"),
        pytest.param(900_000.0, "warning", id="days before"),
    ],
)
def test_a_clock_before_what_was_written_is_a_warning(now: float, state: str) -> None:
    assert clock_finding(now, [500.0, 999_999.0]).state == state


def test_places_that_do_not_exist_yet_are_on_the_disk_of_what_does(tmp_path: Path) -> None:
    found = disk_finding({"home": tmp_path / "a/b/c"})

    places = found.facts["places"]
    assert isinstance(places, dict)
    home = places["home"]
    assert isinstance(home, dict)
    assert home["path"] == str(tmp_path / "a/b/c")
    assert isinstance(home["free_bytes"], int)


def test_the_kernel_is_asked_by_doing_it_and_nothing_of_it_stays() -> None:
    before = Path("/proc/self/status").read_text().splitlines()

    features = probe_kernel()
    found = kernel_finding(read_facts())

    assert features.features.keys() >= {"user namespace", "seccomp", "Landlock", "mounting"}
    assert (found.state == "ok") == (not features.refused)
    after = Path("/proc/self/status").read_text().splitlines()
    fences = ("Seccomp:", "NoNewPrivs:", "CapEff:")
    assert [x for x in after if x.startswith(fences)] == [x for x in before if x.startswith(fences)]
