"""The table of a profile: at most 80 columns, whatever stages are called."""

import pytest

from noether_nix.cli.profiling import profile_lines
from noether_nix.run.profile import PHASES, Profile, Slice, TimedCall


def call(name: str, ended: float = 2.0) -> TimedCall:
    return TimedCall("/root", name, "succeeded", 0, 0.5, 1.0, 1.5, ended, ended, ended, 0.25)


def profile(*calls: TimedCall) -> Profile:
    slices = [Slice(phase, place, place + 1) for place, phase in enumerate(PHASES)]
    return Profile(0.0, slices, (), calls, 3, 0.5)


@pytest.mark.parametrize("name", ["work", "a" * 300, "\x1b[2J" * 9, "鴨" * 60], ids=ascii)
def test_no_line_is_wider_than_a_terminal_or_acts_on_one(name: str) -> None:
    lines = list(profile_lines(profile(*[call(name, 99_999.0)] * 1000)))

    assert max(map(len, lines)) <= 80
    assert all(line.isprintable() for line in lines)


def test_the_stages_that_took_longest_come_first_and_the_others_together() -> None:
    calls = [call(f"stage_{number}", 2.0 + number) for number in range(20)]

    lines = list(profile_lines(profile(*calls, call("stage_19"))))

    first = next(place for place, line in enumerate(lines) if line.startswith("call,"))
    assert lines[first + 1].split()[:2] == ["stage_19", "x2"]
    assert lines[first + 2].startswith("stage_18 ")
    assert lines[-2].startswith("8 others ")
    assert lines[-1] == "21 ran, one at a time; 3 known"


def test_the_whole_is_below_its_phases_and_without_calls_there_is_no_table_of_them() -> None:
    lines = list(profile_lines(profile()))

    assert [line.split()[0] for line in lines[2:]] == [*PHASES, "whole"]
    assert lines[-1].split()[:3] == ["whole", "12000.0", "100"]
