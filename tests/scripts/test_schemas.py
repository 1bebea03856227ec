"""docs/schemas holds the schemas of the models, and nothing else."""

from pathlib import Path

from scripts.schemas import FOLDER, schema_files, stale_files, write_files


def test_the_committed_schemas_are_up_to_date() -> None:
    assert stale_files(FOLDER, schema_files()) == [], "run scripts/schemas.py"


def test_missing_changed_and_forgotten_files_are_found_and_mended(tmp_path: Path) -> None:
    fresh = {"kept.json": "1\n", "changed.json": "2\n", "missing.json": "3\n"}
    for name, text in {"kept.json": "1\n", "changed.json": "?", "gone.json": "4\n"}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "README.md").write_text("not a schema")

    stale = stale_files(tmp_path, fresh)
    write_files(tmp_path, fresh, stale)

    assert stale == ["changed.json", "gone.json", "missing.json"]
    assert stale_files(tmp_path, fresh) == []
    assert {path.name for path in tmp_path.iterdir()} == {*fresh, "README.md"}
