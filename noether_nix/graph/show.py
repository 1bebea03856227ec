"""Graphs as pictures in text: a tree for the terminal, Mermaid and DOT for documents.

Names and labels in a graph come from anybody: no character of them may end a quoted text, begin
a directive or move a cursor.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from noether_nix.frozen import dataclass, field
from noether_nix.graph.check import CheckedGraph
from noether_nix.graph.limits import write_limits
from noether_nix.graph.model import (
    OPERATORS,
    BranchNode,
    ConstNode,
    ControlNode,
    FanoutNode,
    FilterNode,
    Graph,
    ImportNode,
    LetNode,
    MapNode,
    MergeNode,
    Node,
    ParallelNode,
    ProjectNode,
    ReduceNode,
    RemoteStageNode,
    RetryNode,
    SequentialNode,
    StageNode,
)
from noether_nix.graph.projection import NestRule, PickRule
from noether_nix.graph.traversal import children, node_title, source_name
from noether_nix.types.display import render_type_short

_MAX_TEXT = 60
_MAX_VALUE = 40


def render_tree(graph: Graph | CheckedGraph) -> str:
    """One node a line, in plan order; of a checked graph with stage names and types."""
    checked = graph if isinstance(graph, CheckedGraph) else None
    whole = graph.graph if isinstance(graph, CheckedGraph) else graph
    lines = [_plain(whole.description) or _plain(whole.source)]
    lines.extend(_branch_lines([("", whole.root)], "", checked))
    return "\n".join(lines) + "\n"


def render_mermaid(graph: Graph | CheckedGraph) -> str:
    """A Mermaid flow chart of the stages and literals, with the values' ways as arrows."""
    picture = _draw(graph)
    lines = ["flowchart TD"]
    for index, (shape, text) in enumerate(picture.boxes):
        left, right = _MERMAID_SHAPES[shape]
        lines.append(f'  n{index}{left}"{_mermaid_text(text)}"{right}')
    for source, target, name in picture.arrows:
        label = f'|"{_mermaid_text(name)}"|' if name else ""
        lines.append(f"  n{source} -->{label} n{target}")
    return "\n".join(lines) + "\n"


def render_dot(graph: Graph | CheckedGraph) -> str:
    """A DOT digraph of the stages and literals, with the values' ways as arrows."""
    picture = _draw(graph)
    lines = ["digraph noether {", "  node [fontname=sans];"]
    for index, (shape, text) in enumerate(picture.boxes):
        lines.append(f"  n{index} [label={_dot_text(text)}, shape={_DOT_SHAPES[shape]}];")
    for source, target, name in picture.arrows:
        label = f" [label={_dot_text(name)}]" if name else ""
        lines.append(f"  n{source} -> n{target}{label};")
    return "\n".join([*lines, "}"]) + "\n"


# ------------------------------------------------------------------------------ the tree


def _branch_lines(
    named: list[tuple[str, Node]], indent: str, checked: CheckedGraph | None
) -> Iterator[str]:
    for index, (name, node) in enumerate(named):
        is_last = index == len(named) - 1
        elbow, further = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
        prefix = f"{_plain(name)}: " if name else ""
        yield f"{indent}{elbow}{prefix}{_line(node, checked)}"
        inner = [
            ("" if isinstance(node, SequentialNode) else key, child)
            for key, child in children(node)
        ]
        yield from _branch_lines(inner, indent + further, checked)


def _line(node: Node, checked: CheckedGraph | None) -> str:
    text = _title(node, checked)
    if node.limits:
        stated = ", ".join(f"{name} {text}" for name, text in write_limits(node.limits).items())
        text += f" [{stated}]"
    if isinstance(node, StageNode):
        if node.config:
            text += f" with {', '.join(map(_plain, node.config))}"
        if checked is not None:
            stage = checked.stages[node.pointer]
            text += f"  {render_type_short(stage.input)} → {render_type_short(stage.output)}"
        return text
    return f"{text}{_told(node)}"


def _told(node: Node) -> str:
    """What a node says beside what is in it."""
    match node:
        case ConstNode():
            return f" {_plain(node.file) if node.file else _value_text(node.value)}"
        case ImportNode():
            return f" {_plain(node.path)}"
        case RemoteStageNode():
            return f" {_plain(node.url)}"
        case RetryNode():
            waits = f", {node.delay_ms} ms apart" if node.delay_ms else ""
            return f" up to {node.max_attempts} times{waits}"
        case ProjectNode(_, NestRule(fields)):
            return f" {{ {', '.join(map(_plain, fields))} }}"
        case ProjectNode(_, PickRule(path)):
            return f" {_plain('.'.join(path))}"
        case MapNode() | FilterNode() | ReduceNode():
            tree = " as a tree" if isinstance(node, ReduceNode) and node.mode == "tree" else ""
            return tree if node.over is None else f"{tree} over {_plain(node.over)}"
        case _:
            return ""


def _title(node: Node, checked: CheckedGraph | None) -> str:
    if isinstance(node, StageNode) and checked is not None and not node.label:
        return checked.stages[node.pointer].name
    title = _plain(node_title(node))
    operator = OPERATORS[type(node)]
    return f"{title} ({operator})" if node.label and not isinstance(node, StageNode) else title


# ------------------------------------------------------------------------------ the drawing


_Ends: TypeAlias = list[tuple[int, str]]


@dataclass(slots=True)
class _Picture:
    """Boxes by number, as shape and text, and arrows between them with a name or none."""

    boxes: list[tuple[str, str]] = field(default_factory=list)
    arrows: list[tuple[int, int, str]] = field(default_factory=list)

    def box(self, shape: str, text: str) -> int:
        self.boxes.append((shape, text))
        return len(self.boxes) - 1


def _draw(graph: Graph | CheckedGraph) -> _Picture:
    checked = graph if isinstance(graph, CheckedGraph) else None
    whole = graph.graph if isinstance(graph, CheckedGraph) else graph
    picture = _Picture()
    start = picture.box("end", "input")
    last = _draw_node(picture, whole.root, [(start, "")], checked)
    stop = picture.box("end", "output")
    picture.arrows.extend((source, stop, name) for source, name in last)
    return picture


def _draw_node(
    picture: _Picture,
    node: Node,
    sources: list[tuple[int, str]],
    checked: CheckedGraph | None,
) -> list[tuple[int, str]]:
    """Draw ``node`` behind ``sources`` and say where its output leaves, and under which name."""

    def draw(inner: Node, behind: list[tuple[int, str]]) -> list[tuple[int, str]]:
        return _draw_node(picture, inner, behind, checked)

    match node:
        case StageNode() | RemoteStageNode() | ProjectNode():
            box = picture.box("stage", _title(node, checked))
            picture.arrows.extend((source, box, name) for source, name in sources)
            return [(box, "")]
        case ConstNode():
            text = f"{node.label}: " if node.label else ""
            return [(picture.box("const", text + _value_text(node.value)), "")]
        case SequentialNode():
            for stage in node.stages:
                sources = draw(stage, sources)
            return sources
        case ParallelNode():
            into = _junction(picture, sources)
            return _joined(picture, {n: draw(b, into) for n, b in node.branches.items()})
        case LetNode():
            into = _junction(picture, sources)
            bound = _joined(picture, {n: draw(b, into) for n, b in node.bindings.items()})
            return draw(node.body, _junction(picture, [*into, *bound]))
        case _:
            return _draw_control(picture, node, sources, draw)


def _draw_control(
    picture: _Picture,
    node: ControlNode | ImportNode,
    sources: _Ends,
    draw: Callable[[Node, _Ends], _Ends],
) -> _Ends:
    match node:
        case BranchNode():
            into = _junction(picture, sources)
            answer = _junction(picture, draw(node.predicate, into))
            arms = {"true": draw(node.if_true, into), "false": draw(node.if_false, into)}
            ends = _joined(picture, {"if": answer, **arms})
            return _junction(picture, ends)
        case FanoutNode():
            into = _junction(picture, draw(node.source, sources))
            targets = enumerate(node.targets)
            return _joined(picture, {str(at): draw(one, into) for at, one in targets})
        case MergeNode():
            into = _junction(picture, sources)
            named = ((source_name(at), one) for at, one in enumerate(node.sources))
            merged = _joined(picture, {name: draw(one, into) for name, one in named})
            return draw(node.target, _junction(picture, merged))
        case RetryNode() | ImportNode():
            return draw(children(node)[0][1], sources)
        case MapNode() | FilterNode() | ReduceNode():
            # A box of its own on either side: what is between them happens once an item.
            start = picture.box("each", OPERATORS[type(node)])
            picture.arrows.extend((source, start, name) for source, name in sources)
            ends = draw(children(node)[0][1], [(start, "each item")])
            end = picture.box("each", "all items")
            picture.arrows.extend((source, end, name) for source, name in ends)
            return [(end, "")]


def _junction(picture: _Picture, sources: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """One box for several sources, so that no picture has more arrows than parts squared."""
    if len(sources) == 1:
        return sources
    box = picture.box("join", " ")
    picture.arrows.extend((source, box, name) for source, name in sources)
    return [(box, "")]


def _joined(picture: _Picture, ends: Mapping[str, list[tuple[int, str]]]) -> list[tuple[int, str]]:
    return [
        (source, name)
        for name, several in ends.items()
        for source, _ in _junction(picture, several)
    ]


_MERMAID_SHAPES = {
    "stage": ("[", "]"),
    "const": ("[/", "/]"),
    "end": ("([", "])"),
    "join": ("((", "))"),
    "each": ("{{", "}}"),
}
_DOT_SHAPES = {"stage": "box", "const": "note", "end": "oval", "join": "point", "each": "hexagon"}


# ------------------------------------------------------------------------------ hostile text


def _plain(text: str) -> str:
    """Text on one line that no terminal takes for anything but text."""
    short = text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "…"
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in short)


def _value_text(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _plain(text if len(text) <= _MAX_VALUE else text[:_MAX_VALUE] + "…")


def _mermaid_text(text: str) -> str:
    """Mermaid decodes ``#code;`` in quoted text, and its pages take the rest for HTML."""
    return "".join(
        char if char.isalnum() or char in " _-.,:()" else f"#{ord(char)};" for char in _plain(text)
    )


def _dot_text(text: str) -> str:
    """DOT knows two escapes in a quoted text, and gives a meaning to other backslashes."""
    inner = _plain(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'
