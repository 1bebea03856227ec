"""What is said of the stages of tests/golden/stages that are refused, message by message.

``refused.json`` gives each case's file by its name, text by text, the helpers beside it too.
"""

import json
from pathlib import Path

from noether_nix.errors import Problem, StageError
from noether_nix.stage.python_file import parse_stage_file
from noether_nix.stage.spec import parse_spec
from scripts.golden_graphs import told

FOLDER = Path(__file__).resolve().parents[1] / "tests/golden/stages"


def cases() -> dict[str, dict[str, str]]:
    """The files of every case, by its name; the stage is the first of them."""
    found: dict[str, dict[str, str]] = json.loads((FOLDER / "refused.json").read_text("utf-8"))
    return found


def problems_of(files: dict[str, str]) -> tuple[Problem, ...]:
    """Everything wrong with the stage that the first of these files is."""
    # Bytes that are no UTF-8 stand in JSON as lone surrogates.
    data = {name: text.encode("utf-8", "surrogateescape") for name, text in files.items()}
    name = next(iter(data))
    try:
        if name.endswith(".json"):
            parse_spec(data[name], place=name)
        else:
            parse_stage_file(data[name], place=name, helpers=data.get)
    except StageError as error:
        return error.problems
    return ()


def refused_text() -> str:
    """Every message, below the name of its case."""
    return "\n".join(f"== {name}\n{told(problems_of(files))}" for name, files in cases().items())
