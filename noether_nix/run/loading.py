"""A graph file → a checked graph: read, looked up, checked, with every problem at once."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path

from noether_nix.catalog.answers import Ambiguous, Answer, Found, Unknown
from noether_nix.catalog.files import load_stage_file
from noether_nix.effects.declared import refuse_undeclared
from noether_nix.effects.source import see_effects
from noether_nix.errors import (
    FileUnreadableError,
    GraphInvalidError,
    NoetherError,
    Problem,
    StageError,
)
from noether_nix.frozen import dataclass, field, replace
from noether_nix.graph.check import CheckedGraph, check_graph
from noether_nix.graph.document import render_graph
from noether_nix.graph.link import link_graph
from noether_nix.graph.model import Graph, StageNode
from noether_nix.graph.operators import OPERATOR_STAGES
from noether_nix.graph.parse import parse_graph
from noether_nix.graph.problems import Finding, locate, shown
from noether_nix.graph.references import (
    ID_DIGITS,
    IdReference,
    NameReference,
    PathReference,
    PlaceholderReference,
    PrefixReference,
    Reference,
)
from noether_nix.graph.traversal import stage_nodes
from noether_nix.run.graph_file import name_of, read_graph_file, read_part
from noether_nix.stage.model import Stage
from noether_nix.stage.problems import nearest

# Of very many files that are not there, nobody reads what was meant by each.
_MOST_HINTED = 20
_MOST_FILES = 1000

Finder = Callable[[str], Answer]
Gate = Callable[[Stage], None]


def admit_declared(stage: Stage) -> None:
    """Let a stage in whose code shows no more than it declares.

    Raises:
        EffectUndeclaredError: it shows more.
    """
    refuse_undeclared(stage, see_effects(stage))


@dataclass(frozen=True, slots=True)
class LoadedGraph:
    """A checked graph with where it came from.

    Attributes:
        name: a short one for people: the file's, or its folder's if it is just ``graph``.
        text: the file, byte for byte.
        paths: the stages that were read from files, by their path in the graph.
        names: the stages that were looked up, by name.
        lasting: no reference can come to mean another stage but by a file or a name that moves.
        files: the SHA-256 (hex) of the other files that the graph is made of, by their path.
    """

    name: str
    text: bytes
    checked: CheckedGraph
    paths: Mapping[str, Stage]
    names: Mapping[str, Stage]
    lasting: bool
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bytes:
        """The graph as one document, with what it takes from other files in it."""
        return render_graph(self.checked.graph).encode() if self.files else self.text


def load_graph_file(path: Path, find: Finder, admit: Gate = admit_declared) -> LoadedGraph:
    """Read and check a graph file; paths in it are relative to its folder.

    Raises:
        FileUnreadableError: there is no such file, or it cannot be read.
        GraphError: it is no graph, or does not fit together; with every problem.
    """
    text = read_graph_file(path)
    source = str(path)
    return load_graph_text(
        text,
        source=source,
        name=name_of(source),
        folder=path.parent,
        find=find,
        admit=admit,
    )


def load_graph_text(
    text: bytes,
    *,
    source: str,
    name: str,
    folder: Path,
    find: Finder,
    admit: Gate = admit_declared,
) -> LoadedGraph:
    """Check a graph whose bytes are there already.

    Args:
        text: the graph.
        source: what it is called in messages.
        name: a short name for people.
        folder: what paths in it are relative to.
        find: looks a reference up in the catalog; called only for references that are no path.
        admit: raises a StageError for a stage from a file that may not be used.

    Raises:
        GraphError: it is no graph, or does not fit together; with every problem.
    """
    linked = link_graph(parse_graph(text, source=source), partial(read_part, folder), text)
    graph = linked.graph
    stages, problems = _find_stages(graph, text, folder, find, admit)
    try:
        checked = check_graph(graph, stages, text)
    except GraphInvalidError as error:
        problems += [item for item in error.problems if item.code != "unknown-name"]
        checked = None
    if checked is None or problems:
        if len(problems) == 1:
            raise GraphInvalidError(str(problems[0]), hint=problems[0].hint, problems=problems)
        raise GraphInvalidError(
            f"{source} does not fit together: {len(problems)} problems", problems=problems
        )
    references = {node.reference: stages[node.pointer] for node in stage_nodes(graph)}
    return LoadedGraph(
        name=name,
        text=text,
        checked=checked,
        paths={r.path: s for r, s in references.items() if isinstance(r, PathReference)},
        names={
            r.name: s
            for r, s in references.items()
            if isinstance(r, NameReference | PlaceholderReference)
        },
        lasting=not any(_may_move(r, stage) for r, stage in references.items()),
        files=linked.files,
    )


def _may_move(reference: Reference, stage: Stage) -> bool:
    """Whether another stage may be meant when others are registered; of names that is known."""
    if isinstance(reference, IdReference):
        return reference.id != stage.id
    return isinstance(reference, PrefixReference)


def _find_stages(
    graph: Graph, text: bytes, folder: Path, find: Finder, admit: Gate
) -> tuple[dict[str, Stage], list[Problem]]:
    stages: dict[str, Stage] = {}
    missing: dict[tuple[str, str], _Missing] = {}  # by reference: each is said once
    known: dict[tuple[str, str], Stage] = {}
    for node in stage_nodes(graph):
        reference = (str(node.reference), node.pinning)
        if reference not in known and reference not in missing:
            found = _find(node, folder, find, admit)
            if isinstance(found, _Missing):
                missing[reference] = found
            else:
                known[reference] = found
        if reference in known:
            stages[node.pointer] = known[reference]
    # All at once: finding lines means reading the whole graph again.
    findings = [one.finding for one in missing.values()]
    if len(findings) <= _MOST_HINTED:
        findings = [
            _with_near_file(one, folder, reference)
            if one.code == "file-unreadable" and not one.hint
            else one
            for one, (reference, _) in zip(findings, missing, strict=True)
        ]
    located = locate(findings, source=graph.source, data=text, files=graph.files)
    problems: list[Problem] = []
    for problem, one in zip(located, missing.values(), strict=True):
        problems += (problem, *one.inner)
    return stages, problems


@dataclass(frozen=True, slots=True)
class _Missing:
    """A reference that leads to no stage, and what is wrong in the file that it leads to."""

    finding: Finding
    inner: tuple[Problem, ...] = ()


def _find(node: StageNode, folder: Path, find: Finder, admit: Gate) -> Stage | _Missing:
    match node.reference:
        case PathReference(path):
            try:
                stage = load_stage_file(folder / path)
                admit(stage)
            except (StageError, FileUnreadableError) as error:
                # One alone is told of in the words of the other.
                inner = error.problems if len(error.problems) > 1 else ()
                return _Missing(_of_file(error, node), inner)
            return stage
        case reference:
            name = getattr(reference, "name", str(reference))
            answer = find(name)
            if isinstance(answer, Found) and _is_pinned_elsewhere(node, answer.stage):
                return _Missing(_of_signature(node, answer.stage))
            return answer.stage if isinstance(answer, Found) else _Missing(_of_answer(answer, node))


def _is_pinned_elsewhere(node: StageNode, stage: Stage) -> bool:
    """Whether the id is that of a signature, where the very stage is asked for."""
    reference = node.reference
    is_signature = isinstance(reference, IdReference) and reference.id != stage.id
    return is_signature and node.pinning == "both"


def _of_signature(node: StageNode, stage: Stage) -> Finding:
    reference = shown(str(node.reference))
    message = f'{reference} is a signature, and "pinning": "both" asks for one stage of it'
    hint = f'leave "pinning" out, or write its id: {stage.id}'
    return Finding("unknown-name", message, f"{node.pointer}/id", hint)


def _with_near_file(finding: Finding, folder: Path, path: str) -> Finding:
    """With the stage file beside one that is not there that was most probably meant."""
    within, _, name = path.rpartition("/")
    try:
        names = sorted(one.name for one in islice((folder / within).iterdir(), _MOST_FILES))
    except (OSError, ValueError):
        return finding
    near = nearest(name, [one for one in names if one.endswith((".py", ".json"))])
    hint = f"did you mean {shown(f'{within}/{near}', most=200)}?" if near else ""
    return replace(finding, hint=hint)


def _of_file(error: NoetherError, node: StageNode) -> Finding:
    reference, place = shown(str(node.reference)), f"{node.pointer}/id"
    if len(error.problems) > 1:
        message = f"{reference} cannot be used: {len(error.problems)} problems"
        return Finding(error.code, message, place)
    code = error.problems[0].code if error.problems else error.code
    return Finding(code, f"{reference} cannot be used: {error.message}", place, error.hint)


def ambiguity(answer: Ambiguous) -> tuple[str, str]:
    """What is said of a reference that means several stages, and what to do about it."""
    ids = ", ".join(candidate.id[:16] for candidate in answer.candidates)
    if len(answer.reference) == ID_DIGITS:
        message = f"{shown(answer.reference)} is the signature of several stages"
        return message, f"write the id of one: {ids}"
    message = f"{shown(answer.reference)} is the beginning of several ids"
    return message, f"write more of it: {ids}"


def _of_answer(answer: Ambiguous | Unknown, node: StageNode) -> Finding:
    pointer = f"{node.pointer}/id"
    if isinstance(answer, Ambiguous):
        message, hint = ambiguity(answer)
        return Finding("unknown-name", message, pointer, hint)
    near = ", ".join(answer.nearest)
    hint = f"did you mean {near}?" if near else "`noether stage add FILE` registers a stage"
    if isinstance(node.reference, PrefixReference | IdReference):
        hint = 'an id follows from the stage: register it, or name its file, as "./stage.py"'
    elif answer.reference in OPERATOR_STAGES:
        hint = f"that is an operator here: {OPERATOR_STAGES[answer.reference]}"
    message = f"no stage is known as {shown(answer.reference)}"
    return Finding("unknown-name", message, pointer, hint)
