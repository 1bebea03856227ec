"""Graphs whose stages cannot be found: all is said at once, and soon."""

import json
from pathlib import Path

import pytest

from noether_nix.catalog.answers import Unknown
from noether_nix.errors import GraphInvalidError
from noether_nix.run.loading import load_graph_text


@pytest.mark.parametrize("reference", ["./absent_{}.py", "absent_{}"])
def test_thousands_of_missing_stages_are_told_each_with_its_line(
    tmp_path: Path, reference: str
) -> None:
    number = 5000
    stages = [{"op": "Stage", "id": reference.format(index)} for index in range(number)]
    root = {"op": "Sequential", "stages": stages}
    text = json.dumps({"description": "", "version": "1", "root": root}, indent=1).encode()

    with pytest.raises(GraphInvalidError) as caught:
        load_graph_text(
            text,
            source="graph.json",
            name="graph",
            folder=tmp_path,
            find=lambda name: Unknown(name, ()),
        )

    places = [problem.place for problem in caught.value.problems]
    lines = [n for n, line in enumerate(text.decode().splitlines(), 1) if '"id"' in line]
    assert places == [
        f"graph.json:{line} /root/stages/{index}/id" for index, line in enumerate(lines)
    ]
