"""Claims as runs take them: on real files, from this process and from others that die."""

import hashlib
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from noether_nix.errors import StoreUnwritableError
from noether_nix.store.claims import Claims


def name(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Claims, Claims]]:
    """Two runs in one process."""
    both = Claims(tmp_path / "claims"), Claims(tmp_path / "claims")
    yield both
    for claims in both:
        claims.close()


def test_what_one_has_claimed_no_other_can_until_it_is_released(
    pair: tuple[Claims, Claims],
) -> None:
    one, other = pair

    assert one.claim([name(1), name(2)])
    assert not other.claim([name(2)])
    one.release([name(2)])
    assert other.claim([name(2)])
    assert not other.claim([name(1)])


def test_several_are_claimed_together_or_not_at_all(pair: tuple[Claims, Claims]) -> None:
    one, other = pair
    one.claim([name(2)])

    assert not other.claim([name(1), name(2), name(3)])

    assert one.claim([name(1), name(3)])


def test_what_is_ours_stays_ours_when_a_wider_claim_fails(pair: tuple[Claims, Claims]) -> None:
    one, other = pair
    one.claim([name(1)])
    other.claim([name(2)])

    assert not one.claim([name(1), name(2)])

    assert not other.claim([name(1)])


def test_claiming_and_releasing_twice_is_once(pair: tuple[Claims, Claims]) -> None:
    one, other = pair

    assert one.claim([name(1)])
    assert one.claim([name(1), name(1)])
    one.release([name(1), name(1)])
    one.release([name(1)])

    assert other.claim([name(1)])


def test_closing_releases_everything(pair: tuple[Claims, Claims]) -> None:
    one, other = pair
    names = [name(number) for number in range(100)]
    one.claim(names)

    one.close()

    assert other.claim(names)
    assert one.claim([name(200)])


def test_nothing_is_made_before_something_is_claimed(tmp_path: Path) -> None:
    Claims(tmp_path / "claims").close()

    assert list(tmp_path.iterdir()) == []


def test_files_are_for_this_user_alone_and_stay_empty(tmp_path: Path) -> None:
    claims = Claims(tmp_path / "claims")
    claims.claim(name(number) for number in range(2000))
    claims.close()

    found = list((tmp_path / "claims").iterdir())
    assert len(found) == 128
    assert {(file.stat().st_mode & 0o777, file.stat().st_size) for file in found} == {(0o600, 0)}
    assert (tmp_path / "claims").stat().st_mode & 0o777 == 0o700


CLAIM = """
import sys
from pathlib import Path
from noether_nix.store.claims import Claims
claims = Claims(Path(sys.argv[1]))
print(claims.claim(sys.argv[2:]), flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, None])
def test_the_claims_of_a_process_end_with_it_however_that_ends(
    tmp_path: Path, end: signal.Signals | None
) -> None:
    names = [name(number) for number in range(50)]
    owner = subprocess.Popen(
        [sys.executable, "-P", "-c", CLAIM, str(tmp_path), *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
        env={"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    claims = Claims(tmp_path)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"True\n"
    assert not any(claims.claim([each]) for each in names)

    if end is None:
        owner.communicate()
    else:
        owner.send_signal(end)
        owner.wait()
        owner.communicate()

    assert claims.claim(names)
    claims.close()


def test_a_program_that_was_started_meanwhile_holds_nothing(tmp_path: Path) -> None:
    one, other = Claims(tmp_path), Claims(tmp_path)
    one.claim([name(1)])
    child = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE)

    one.close()

    assert other.claim([name(1)])
    other.close()
    child.communicate()


def test_names_that_share_a_file_do_not_meet(pair: tuple[Claims, Claims]) -> None:
    one, other = pair
    draw = random.Random(7)
    names = [f"{draw.getrandbits(256):064x}" for _ in range(3000)]

    assert one.claim(names[::2])
    assert other.claim(names[1::2])
    assert not any(other.claim([each]) for each in names[:100:2])


def test_names_in_a_row_are_claimed_one_by_one_and_are_one_lock_for_the_kernel(
    pair: tuple[Claims, Claims], tmp_path: Path
) -> None:
    one, other = pair
    row = [f"{name(7)}+{place}" for place in range(1000)]

    assert one.claim(row[:500])
    assert other.claim(row[500:])
    assert not any(other.claim([each]) for each in row[:500])
    inodes = {file.stat().st_ino for file in (tmp_path / "claims").iterdir()}
    locks = [line for line in Path("/proc/locks").read_text().splitlines() if "OFDLCK" in line]
    assert sum(int(line.split()[-3].split(":")[2]) in inodes for line in locks) == 2

    one.release([row[3]])
    assert other.claim([row[3]])
    assert not other.claim([row[4]])


def test_where_no_more_files_can_be_opened_everything_may_be_claimed_and_that_is_said(
    tmp_path: Path,
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    claims = Claims(tmp_path / "claims")
    assert claims.claim([name(1)])
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        assert claims.claim(name(number) for number in range(2, 9))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert claims.fault == "Too many open files"
    claims.close()


def test_where_there_are_no_locks_everything_may_be_claimed_and_that_is_said() -> None:
    # The kernel's own answer for a file that can be opened and not locked.
    one, other = Claims(Path("/proc/self")), Claims(Path("/proc/self"))
    one._files = {number: os.open("/proc/self", os.O_PATH) for number in range(128)}

    assert one.claim([name(1)])
    assert one.fault == "Bad file descriptor"
    one.release([name(1)])
    one.close()
    assert other.fault == ""


def test_a_folder_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "claims").write_text("in the way")

    with pytest.raises(StoreUnwritableError, match="claims"):
        Claims(tmp_path / "claims").claim([name(1)])
