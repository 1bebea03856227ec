"""A database that somebody edited: no answer of another question, and no defect."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.e2e.homes import HELLO, Noether

pytestmark = pytest.mark.nix


@contextmanager
def edited(noether: Noether) -> Iterator[sqlite3.Connection]:
    """The database of the command's home, open to be edited."""
    path = noether.home / "noether.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def hello(noether: Noether, text: str) -> str:
    done = noether("run", HELLO, "--input", f'"{text}"', "--raw", "-q")
    assert (done.code, done.err) == (0, "")
    return done.out


def test_a_memo_under_the_name_of_another_question_is_not_believed(own_noether: Noether) -> None:
    with edited(own_noether) as database:
        database.execute("DELETE FROM memos")
        assert hello(own_noether, "One") == "one"
        assert hello(own_noether, "Two") == "two"
        # Beside them stands what the words of the commands mean.
        memos = database.execute(
            "SELECT name, document, seal FROM memos WHERE document LIKE '%\"graph_id\"%'"
        ).fetchall()
        (first, *of_first), (second, *of_second) = memos
        database.executemany(
            "UPDATE memos SET document = ?, seal = ? WHERE name = ?",
            [(*of_second, first), (*of_first, second)],
        )

        assert (hello(own_noether, "One"), hello(own_noether, "Two")) == ("one", "two")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        pytest.param(
            "UPDATE results SET time = 'x'", ("store", "gc", "--keep", "0"), id="a result's time"
        ),
        pytest.param(
            "UPDATE runs SET started = 'x'", ("store", "gc", "--keep-runs", "0"), id="a run's time"
        ),
        pytest.param("UPDATE runs SET counts = '['", ("show", "last"), id="a run's counts"),
        pytest.param(
            "UPDATE runs SET toolchain = '[]'", ("show", "last", "--json"), id="a run's toolchain"
        ),
        pytest.param("UPDATE runs SET pid = x'ff'", ("show", "last"), id="a run's process"),
        pytest.param("UPDATE calls SET used = '3'", ("show", "last"), id="what a call used"),
        pytest.param(
            "UPDATE calls SET detail = printf('%.100000c', '[')",
            ("show", "last", "--json"),
            id="a call's detail, nested deeply",
        ),
        pytest.param(
            "UPDATE toolchains SET document = printf('%.100000c', '[')",
            ("toolchain", "show"),
            id="the toolchain, nested deeply",
        ),
    ],
)
def test_a_row_that_means_nothing_is_damage_and_no_defect(
    own_noether: Noether, statement: str, words: tuple[str, ...]
) -> None:
    with edited(own_noether) as database:
        database.execute("DELETE FROM result_uses")
        database.execute(statement)

    assert own_noether(*words).code == 8
