"""What scripts write into pages, and how they say that it is stale."""

from pathlib import Path

import pytest

from scripts.written_pages import keep_fresh, with_part

SCRIPT = "diagram.py"
BEGIN = "<!-- diagram: written by scripts/diagram.py -->"
END = "<!-- end of diagram -->"


def test_writing_a_part_twice_changes_nothing_more() -> None:
    page = f"# Title\n\n{BEGIN}\nold\n{END}\n\nrest\n"

    once = with_part(page, "diagram", "new", script=SCRIPT)

    assert once == f"# Title\n\n{BEGIN}\nnew\n{END}\n\nrest\n"
    assert with_part(once, "diagram", "new", script=SCRIPT) == once


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("", id="no marks"),
        pytest.param(f"{BEGIN}\n", id="only the first mark"),
        pytest.param(f"{END}\n{BEGIN}\n", id="wrong order"),
        pytest.param(f"{BEGIN}{END}{BEGIN}{END}", id="twice"),
    ],
)
def test_a_page_without_its_two_marks_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="the page needs"):
        with_part(page, "diagram", "new", script=SCRIPT)


def test_a_stale_page_is_named_or_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh, stale, missing = (tmp_path / name for name in ("fresh", "stale", "missing"))
    fresh.write_text("new")
    stale.write_text("old")

    def be_script(*words: str) -> int:
        pages = dict.fromkeys((fresh, stale, missing), "new")
        return keep_fresh(list(words), "Write.", lambda: pages, script=SCRIPT)

    codes = [be_script("--check"), be_script(), be_script("--check")]

    said = "{} is stale: run scripts/diagram.py".format
    wrote = "wrote {}".format
    assert codes == [1, 0, 0]
    assert capsys.readouterr().out.splitlines() == [
        said(stale), said(missing), wrote(stale), wrote(missing),
    ]  # fmt: skip
    assert {file.read_text() for file in (fresh, stale, missing)} == {"new"}
