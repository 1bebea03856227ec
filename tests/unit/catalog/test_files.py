import json
import os
from pathlib import Path

import pytest

from noether_nix.catalog.files import find_stage_files, load_stage_file
from noether_nix.errors import FileUnreadableError, StageInvalidError
from noether_nix.stage.model import MAX_SOURCE_BYTES
from noether_nix.stage.template import new_stage_text

TEXT = new_stage_text("words")
HELPED = TEXT.replace("Examples:", "Helpers: [tools.py]\nExamples:") + "\nimport tools\n"
SPEC = {
    "name": "double",
    "input": "Number",
    "output": "Number",
    "implementation": "def execute(number):\n    return 2 * number\n",
}


def test_a_python_file_is_read_with_its_helpers(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text(HELPED)
    (tmp_path / "tools.py").write_text("X = 1\n")

    stage = load_stage_file(tmp_path / "words.py")

    assert stage.helpers == (("tools.py", b"X = 1\n"),)
    assert stage.origin == str(tmp_path / "words.py")


def test_a_json_spec_is_read(tmp_path: Path) -> None:
    (tmp_path / "double.json").write_text(json.dumps(SPEC))

    assert load_stage_file(tmp_path / "double.json").name == "double"


def test_a_link_to_a_stage_is_a_stage(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text(TEXT)
    (tmp_path / "link.py").symlink_to("words.py")

    assert load_stage_file(tmp_path / "link.py").name == "link"


@pytest.mark.parametrize("name", ["words.py", "words.json", "tools.py"])
def test_a_link_leads_to_a_file_of_its_kind(tmp_path: Path, name: str) -> None:
    """What came with a stage could otherwise make a helper of any file, to be read by the stage."""
    (tmp_path / ".env").write_text("TOKEN = SECRET\n")
    (tmp_path / "words.py").write_text(HELPED)
    (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / name).symlink_to(".env")

    with pytest.raises(FileUnreadableError) as caught:
        load_stage_file(tmp_path / ("words.json" if name == "words.json" else "words.py"))

    kind = Path(name).suffix
    leads = f"leads to {tmp_path.resolve()}/.env, whose name does not end in {kind}"
    assert caught.value.message == f"{tmp_path}/{name} {leads}"


def test_a_link_to_a_helper_may_lead_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/texts.py").write_text("X = 1\n")
    (tmp_path / "words.py").write_text(HELPED)
    (tmp_path / "tools.py").symlink_to("shared/texts.py")

    assert load_stage_file(tmp_path / "words.py").helpers == (("tools.py", b"X = 1\n"),)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop.py").symlink_to("loop.py")
    (tmp_path / "broken.py").symlink_to("nothing.py")

    found = {}
    for name in ("folder.py", "folder", "pipe.py", "loop.py", "broken.py", "absent.py", "a\0.py"):
        with pytest.raises(FileUnreadableError) as caught:
            load_stage_file(tmp_path / name)
        told = name.replace("\0", "\\x00")
        found[name] = caught.value.message.removeprefix(f"{tmp_path}/{told} ")

    assert found == {
        "folder.py": "is a folder, not a file",
        "folder": "is a folder, not a file",
        "pipe.py": "is no regular file",
        "loop.py": "cannot be read: Too many levels of symbolic links",
        "broken.py": "does not exist",
        "absent.py": "does not exist",
        "a\0.py": "is no name of a file: embedded null byte",
    }


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        pytest.param("x.py", b"#" * (MAX_SOURCE_BYTES + 1), "more than 1048576 bytes", id="huge"),
        pytest.param("x.py", b"\x7fELF\xff\x00", "is not UTF-8", id="binary"),
        pytest.param("x.json", b"{", "no JSON", id="broken JSON"),
        pytest.param("x.txt", b"", "ends neither in .py nor in .json", id="another ending"),
    ],
)
def test_what_is_no_stage_is_refused(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(StageInvalidError) as caught:
        load_stage_file(tmp_path / name)

    assert str(tmp_path / name) in caught.value.message
    assert words in caught.value.message


def test_of_an_object_that_is_no_stage_nothing_is_told(tmp_path: Path) -> None:
    """Any graph may name it: it could be what another program keeps its passwords in."""
    (tmp_path / "config.json").write_text('{"auths": {"SECRET": 1}, "name": "a SECRET"}')

    with pytest.raises(StageInvalidError) as caught:
        load_stage_file(tmp_path / "config.json")

    error = caught.value
    assert error.message.endswith("is no stage: it is an object without an implementation")
    assert not any(word in f"{error} {error.problems}" for word in ("SECRET", "auths"))


def test_a_missing_helper_is_a_problem_of_the_stage(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text(HELPED)

    with pytest.raises(StageInvalidError, match=r"the helper tools\.py is not beside the stage"):
        load_stage_file(tmp_path / "words.py")


def test_a_name_that_is_no_text_can_still_be_told() -> None:
    with pytest.raises(FileUnreadableError) as caught:
        load_stage_file(Path(os.fsdecode(b"/nowhere/\xff.py")))

    assert caught.value.message == "/nowhere/\\xff.py does not exist"


def test_a_folder_is_searched_for_stages_and_nothing_else(tmp_path: Path) -> None:
    files = {
        "words.py": HELPED,
        "tools.py": "def execute(x): ...\n",  # a helper, whatever it defines
        "plain.py": "X = 1\n",
        "broken.py": "def execute(:\n",  # must be complained about, not passed over
        "double.json": json.dumps(SPEC),
        "graph.json": json.dumps({"root": {}, "version": "1", "description": ""}),
        "data.json": "[1, 2",
        "notes.md": "Input: none",
        "sub/words.py": TEXT,
        ".hidden/words.py": TEXT,
        "__pycache__/words.py": TEXT,
        "venv/pyvenv.cfg": "",
        "venv/lib/words.py": TEXT,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "linked").symlink_to("sub")
    (tmp_path / "notes.json").symlink_to("notes.md")
    os.mkfifo(tmp_path / "pipe.py")

    found = find_stage_files([tmp_path])

    assert [str(path.relative_to(tmp_path)) for path in found] == [
        "broken.py",
        "double.json",
        "words.py",
        "sub/words.py",
    ]


def test_a_named_file_is_taken_as_it_is_and_once(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text(TEXT)
    (tmp_path / "plain.txt").write_text("")

    found = find_stage_files([tmp_path / "plain.txt", tmp_path / "words.py", tmp_path])

    assert found == [tmp_path / "plain.txt", tmp_path / "words.py"]


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError, match="does not exist"):
        find_stage_files([tmp_path / "absent"])
