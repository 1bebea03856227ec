import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import SettingInvalidError
from noether_nix.stage.quantities import Unit, parse_quantity, render_quantity


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [
        ("30s", Unit.SECONDS, 30),
        ("5min", Unit.SECONDS, 300),
        ("1.5h", Unit.SECONDS, 5400),
        ("512MiB", Unit.BYTES, 512 << 20),
        (" 1 GiB ", Unit.BYTES, 1 << 30),
        ("0.5KiB", Unit.BYTES, 512),
        ("2kB", Unit.BYTES, 2000),
        ("64", Unit.COUNT, 64),
    ],
)
def test_an_amount_is_read_in_base_units(text: str, unit: Unit, amount: int) -> None:
    assert parse_quantity(text, unit) == amount


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        pytest.param("30", Unit.SECONDS, "30 has no unit", id="no unit"),
        pytest.param("512M", Unit.BYTES, "M is no unit of bytes", id="ambiguous unit"),
        pytest.param("512mib", Unit.BYTES, "mib is no unit", id="case"),
        pytest.param("30s", Unit.BYTES, "s is no unit of bytes", id="another dimension"),
        pytest.param("64s", Unit.COUNT, "64s is a plain number", id="a count with a unit"),
        pytest.param("0.3s", Unit.SECONDS, "0.3s is no whole number of seconds", id="fraction"),
        pytest.param("0s", Unit.SECONDS, "0s is nothing at all", id="zero"),
        pytest.param("-1s", Unit.SECONDS, "'-1s' is no amount", id="negative"),
        pytest.param("", Unit.SECONDS, "the amount is missing", id="empty"),
        pytest.param("9" * 20 + "h", Unit.SECONDS, "larger than any limit", id="too large"),
        # Twice as much is no number that the kernel takes for a limit.
        pytest.param(f"{2**63 - 1}B", Unit.BYTES, "larger than any limit", id="a C number"),
        pytest.param("٣s", Unit.SECONDS, "is no amount", id="other digits"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, unit: Unit, words: str) -> None:
    with pytest.raises(SettingInvalidError) as caught:
        parse_quantity(text, unit)

    assert words in caught.value.message
    assert caught.value.hint.startswith("write it like")


@given(st.integers(1, 2**53), st.sampled_from(Unit))
def test_an_amount_reads_back(amount: int, unit: Unit) -> None:
    assert parse_quantity(render_quantity(amount, unit), unit) == amount


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        (512 << 20, Unit.BYTES, "512MiB"),
        (5000, Unit.BYTES, "5kB"),
        (90, Unit.SECONDS, "90s"),
        (3600, Unit.SECONDS, "1h"),
        (7, Unit.COUNT, "7"),
    ],
)
def test_an_amount_is_printed_shortly(amount: int, unit: Unit, text: str) -> None:
    assert render_quantity(amount, unit) == text


@given(st.text(max_size=60), st.sampled_from(Unit))
def test_no_text_breaks_the_reader(text: str, unit: Unit) -> None:
    with contextlib.suppress(SettingInvalidError):
        assert parse_quantity(text, unit) > 0
