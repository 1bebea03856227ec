"""The program of a filter, carried out line by line as the kernel would.

That the kernel takes it, and what it keeps a stage from, is seen in tests/nix.
"""

import errno

import pytest

from noether_nix.inside import filters
from noether_nix.inside.kernel import AUDIT_ARCHITECTURE, COLUMN

ALLOWED, KILLED = 0x7FFF0000, 0x80000000
EPERM, ENOSYS, ENOTTY = (
    0x00050000 | number for number in (errno.EPERM, errno.ENOSYS, errno.ENOTTY)
)
# Let through by their arguments.
OWN_RULES = {
    pair[COLUMN]
    for pair in (
        filters._CLONE,
        filters._CLONE3,
        filters._SOCKETPAIR,
        filters._FCNTL,
        filters._IOCTL,
    )
}
REFUSED = {pair[COLUMN] for pair in filters._REFUSED.values()} - {filters._ABSENT}


def answer(number: int, first: int = 0, second: int = 0, system: int = AUDIT_ARCHITECTURE) -> int:
    """What a call of that number is answered."""
    lines = filters._filter_lines(among_others=False, terminal=False)
    words = {0: number, 4: system, 16: first, 24: second}
    held = place = 0
    while True:
        code, yes, no, value = lines[place]
        place += 1
        match code:
            case filters._LOAD:
                held = words[value]
            case filters._JUMP:
                place += value
            case filters._MASK:
                held &= value
            case filters._ANSWER:
                return value
            case _:
                holds = {
                    filters._EQUAL: held == value,
                    filters._AT_LEAST: held >= value,
                    filters._ANY_BIT: held & value != 0,
                }
                place += yes if holds[code] else no


def test_exactly_what_the_table_names_is_refused_of_what_was_judged() -> None:
    judged = set(range(filters._UNJUDGED)) - OWN_RULES

    answers = {number: answer(number) for number in judged}

    assert {number for number, got in answers.items() if got == EPERM} == REFUSED
    assert {number for number, got in answers.items() if got == ALLOWED} == judged - REFUSED


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        pytest.param((filters._UNJUDGED,), ENOSYS, id="newer than the table"),
        pytest.param((filters._UNJUDGED + 1000,), ENOSYS, id="much newer"),
        pytest.param((0x40000000,), KILLED, id="the x32 ABI"),
        pytest.param((0, 0, 0, 0x40000003), KILLED, id="another architecture"),
        pytest.param((filters._CLONE3[COLUMN],), ENOSYS, id="clone3"),
        pytest.param((filters._CLONE[COLUMN], 17), EPERM, id="a process"),
        pytest.param((filters._CLONE[COLUMN], 0x10000), ALLOWED, id="a thread"),
        pytest.param((filters._CLONE[COLUMN], 0x10010000), EPERM, id="a thread with namespaces"),
        pytest.param((filters._SOCKETPAIR[COLUMN], 1, 1), ALLOWED, id="a pair of streams"),
        pytest.param((filters._SOCKETPAIR[COLUMN], 1, 2), EPERM, id="a pair for datagrams"),
        pytest.param((filters._SOCKETPAIR[COLUMN], 2, 1), EPERM, id="a pair for the network"),
        pytest.param((filters._FCNTL[COLUMN], 3, 1024), EPERM, id="a lease"),
        pytest.param((filters._FCNTL[COLUMN], 3, 3), ALLOWED, id="the flags of a file"),
        pytest.param((filters._IOCTL[COLUMN], 1, 0x5401), ALLOWED, id="is it a terminal?"),
        pytest.param((filters._IOCTL[COLUMN], 1, 0x5412), ENOTTY, id="typing at a terminal"),
    ],
)
def test_some_are_let_through_by_their_arguments(asked: tuple[int, ...], got: int) -> None:
    assert answer(*asked) == got
