from pathlib import Path

import pytest

from noether_nix.process.system import read_facts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("processor\t: 0\nmodel name\t: Fast 9\n\nmodel name: B", "Fast 9", id="x86"),
        pytest.param(
            "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\nCPU revision\t: 1\n",
            "0x41 0xd0c 1",
            id="arm",
        ),
        pytest.param("", "unknown", id="nothing"),
    ],
)
def test_the_processor_is_named_as_the_kernel_names_it(
    tmp_path: Path, text: str, expected: str
) -> None:
    (tmp_path / "cpuinfo").write_text(text)

    assert read_facts(tmp_path / "cpuinfo").cpu_model == expected


def test_a_kernel_without_the_file_gives_an_unknown_processor(tmp_path: Path) -> None:
    assert read_facts(tmp_path / "absent").cpu_model == "unknown"


def test_this_machine_has_a_system_a_kernel_and_cores() -> None:
    facts = read_facts()

    assert facts.system in ("x86_64-linux", "aarch64-linux")
    assert facts.kernel
    assert facts.cores >= 1
