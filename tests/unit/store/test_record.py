"""A record as a row: sealed, and refused when anything in it has changed."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.database.connection import Database
from noether_nix.errors import InternalError
from noether_nix.store.record import (
    COLUMNS,
    Record,
    check_value,
    record_from_row,
    record_to_row,
)
from tests.fakes.records import a_record

texts = st.text(st.characters(exclude_categories=["Cs"]))
records = st.builds(
    Record,
    **{
        field.name: texts
        for field in fields(Record)
        if field.name not in ("inline", "value_path", "value_size", "time", "proof")
    },
    value_size=st.integers(min_value=0, max_value=2**63 - 1),
    inline=st.binary(),
    value_path=st.none(),
    proof=st.none() | texts,
    time=st.floats(allow_nan=False) | st.integers(min_value=0, max_value=2**40),
)


@pytest.mark.parametrize("table", ["results", "contradictions", "damaged_results"])
def test_the_tables_have_the_columns_of_a_record(tmp_path: Path, table: str) -> None:
    with Database.open(tmp_path / "noether.sqlite") as database:
        names = database.rows(str, "SELECT name FROM pragma_table_info(?)", (table,))

    *columns, proof = COLUMNS  # which came later
    reason = ["reason"] if table == "damaged_results" else []
    assert names == ["id", *columns, *reason, proof]


@given(records)
def test_a_row_is_read_back_as_the_same_record(record: Record) -> None:
    assert record_from_row(record_to_row(record)) == record


@pytest.mark.parametrize("column", [name for name in COLUMNS if name != "inline"])
def test_a_row_in_which_anything_changed_is_no_record(column: str) -> None:
    row = list(record_to_row(a_record()))
    place = COLUMNS.index(column)
    before = row[place]

    row[place] = 7 if isinstance(before, int | float) else "changed"

    assert record_from_row(row) is None


@given(st.lists(st.none() | st.integers() | st.floats() | texts | st.binary(), max_size=30))
def test_nonsense_is_no_record(row: list[object]) -> None:
    assert record_from_row([*row, b"seal"]) is None


def test_a_record_has_its_value_in_one_place() -> None:
    with pytest.raises(InternalError):
        replace(a_record(), inline=None)
    with pytest.raises(InternalError):
        replace(a_record(), value_path="/nix/store/somewhere")


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        pytest.param(b"42", None, id="the value"),
        pytest.param(b"", "0 bytes", id="nothing"),
        pytest.param(b"43", "SHA-256", id="other bytes"),
    ],
)
def test_a_value_is_checked_by_size_and_digest(value: bytes, fault: str | None) -> None:
    found = check_value(a_record(), value)

    assert (found is None) == (fault is None)
    assert fault is None or fault in (found or "")
