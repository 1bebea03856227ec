"""Pictures of graphs as text, whole, and what hostile names can do in them: nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.graph.show import render_dot, render_mermaid, render_tree
from tests.unit.graph.graphs import (
    ROOTS,
    Document,
    call,
    checked,
    const,
    let,
    parallel,
    parsed,
    sequential,
)

ROOT = sequential(
    let(call("join", by=", "), items={**call("split"), "label": "cut"}),
    parallel(length=call("count"), word=const({"en": "words"})),
    call("report"),
)
TYPES = {
    "join": "{ items: List<Text>, by: Text } -> Text",
    "split": "Text -> List<Text>",
    "count": "Text -> Number",
}


def test_a_tree_has_one_node_a_line() -> None:
    assert render_tree(parsed(ROOT)) == (
        "a test\n"
        "└─ Sequential\n"
        "   ├─ Let\n"
        "   │  ├─ items: cut\n"
        "   │  └─ body: join with by\n"
        "   ├─ Parallel\n"
        "   │  ├─ length: count\n"
        '   │  └─ word: Const {"en": "words"}\n'
        "   └─ report\n"
    )


def test_a_checked_tree_has_types() -> None:
    lines = render_tree(checked(ROOT, TYPES)).splitlines()

    assert lines[3] == "   │  ├─ items: cut  Text → List<Text>"
    assert lines[4].endswith("join with by  Record { by: Text, items: List<Text> } → Text")


def test_a_mermaid_chart_shows_where_values_go() -> None:
    assert render_mermaid(parsed(sequential(call("one"), parallel(a=call("two"), b=const(1))))) == (
        "flowchart TD\n"
        '  n0(["input"])\n'
        '  n1["one"]\n'
        '  n2["two"]\n'
        '  n3[/"1"/]\n'
        '  n4(["output"])\n'
        "  n0 --> n1\n"
        "  n1 --> n2\n"
        '  n2 -->|"a"| n4\n'
        '  n3 -->|"b"| n4\n'
    )


def test_a_dot_digraph_shows_where_values_go() -> None:
    assert render_dot(parsed(let(call("two"), n=call("one")))) == (
        "digraph noether {\n"
        "  node [fontname=sans];\n"
        '  n0 [label="input", shape=oval];\n'
        '  n1 [label="one", shape=box];\n'
        '  n2 [label=" ", shape=point];\n'
        '  n3 [label="two", shape=box];\n'
        '  n4 [label="output", shape=oval];\n'
        "  n0 -> n1;\n"
        "  n0 -> n2;\n"
        '  n1 -> n2 [label="n"];\n'
        "  n2 -> n3;\n"
        "  n3 -> n4;\n"
        "}\n"
    )


HOSTILE = [
    pytest.param('"]; end', id="end of a text"),
    pytest.param("\x1b[2J\x07", id="terminal control"),
    pytest.param("<script>alert(1)</script>", id="HTML"),
    pytest.param("a\nclick n0 href", id="a new line"),
    pytest.param("#quot;]", id="an entity of Mermaid"),
    pytest.param("\\", id="a backslash"),
    pytest.param("\\N\\G", id="an escape of DOT"),
    pytest.param("\u202egnp.exe", id="writing direction"),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_label_stays_text(text: str) -> None:
    root: Document = {
        "op": "Parallel",
        "label": text,
        "branches": {text: {**call("one"), "label": text}, "b": const(text)},
    }

    pictures = [draw(parsed(root)) for draw in (render_tree, render_mermaid, render_dot)]

    for picture in pictures:
        assert all(char.isprintable() for char in picture.replace("\n", ""))
    tree, mermaid, dot = pictures
    assert len(tree.splitlines()) == 4
    assert all(re.fullmatch(MERMAID_LINE, line) for line in mermaid.splitlines()[1:])
    assert all(re.fullmatch(DOT_LINE, line) for line in dot.splitlines()[2:-1])


MERMAID_TEXT = r'"(?:[\w _.,:()-]|#[0-9]+;)*"'
MERMAID_LINE = (
    rf"  n\d+(\[{MERMAID_TEXT}\]|\(\[{MERMAID_TEXT}\]\))"
    rf"|  n\d+(\[/{MERMAID_TEXT}/\]|\(\({MERMAID_TEXT}\)\))"
    rf"|  n\d+ -->(\|{MERMAID_TEXT}\|)? n\d+"
)
DOT_TEXT = r'"(?:[^"\\]|\\["\\])*"'
DOT_LINE = rf"  n\d+ \[label={DOT_TEXT}, shape=\w+\];|  n\d+ -> n\d+( \[label={DOT_TEXT}\])?;"


@given(ROOTS, st.text(max_size=10))
def test_any_graph_can_be_shown(root: Document, label: str) -> None:
    graph = parsed({**root, "label": label})

    for line in render_mermaid(graph).splitlines()[1:]:
        assert re.fullmatch(MERMAID_LINE, line)
    for line in render_dot(graph).splitlines()[2:-1]:
        assert re.fullmatch(DOT_LINE, line)
    assert render_tree(checked(root))
