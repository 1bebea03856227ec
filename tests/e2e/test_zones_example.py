"""The example under examples/zones holds together: data, graph, stages, picture, report."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ZONES = Path(__file__).parents[2] / "examples" / "zones"
TABLES = {"zone1970": "zone1970.tab", "iso3166": "iso3166.tab", "tzdata": "tzdata.zi"}


def read_graph() -> dict[str, Any]:
    graph = json.loads((ZONES / "graph.json").read_text())
    assert isinstance(graph, dict)
    return graph


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    children = [*node.get("stages", []), *node.get("branches", {}).values()]
    children += [*node.get("bindings", {}).values()]
    if "body" in node:
        children.append(node["body"])
    for child in children:
        yield from nodes(child)


def test_the_input_holds_the_tables_of_the_data_folder_byte_for_byte() -> None:
    tables = {key: (ZONES / "data" / name).read_bytes() for key, name in TABLES.items()}

    given = json.loads((ZONES / "input.json").read_bytes())

    assert {key: text.encode() for key, text in given.items()} == tables


def test_every_table_says_that_it_is_in_the_public_domain() -> None:
    heads = [(ZONES / "data" / name).read_text()[:200] for name in TABLES.values()]

    assert all("is in the public domain" in head for head in heads)


def test_the_graph_uses_every_stage_file_and_every_operator_of_its_readme() -> None:
    used = list(nodes(read_graph()["root"]))

    ids = {node["id"] for node in used if node["op"] == "Stage"}
    files = {f"./stages/{path.name}" for path in (ZONES / "stages").glob("*.py")}
    assert ids == files
    assert len(files) >= 8
    assert {node["op"] for node in used} == {"Stage", "Const", "Sequential", "Parallel", "Let"}
    assert any("config" in node for node in used)


def test_the_picture_of_the_readme_is_the_map_of_the_report() -> None:
    picture = (ZONES / "map.svg").read_text()

    assert picture in (ZONES / "report.md").read_text()
    assert "](map.svg)" in (ZONES / "README.md").read_text()


def test_the_picture_is_sound_xml_and_refers_to_nothing_outside_itself() -> None:
    picture = (ZONES / "map.svg").read_text()

    root = ElementTree.fromstring(picture)

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not any(word in picture for word in ("href", "url(", "@import", "<script"))
    assert "\n\n" not in picture  # an empty line would end the HTML block in Markdown
