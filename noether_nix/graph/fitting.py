"""Whether what is given to a stage fits, and what is said where it does not."""

from collections.abc import Iterable

from noether_nix.graph.model import Node
from noether_nix.graph.port import Port
from noether_nix.graph.problems import Finding, shown
from noether_nix.graph.produced import (
    Difference,
    Produced,
    difference,
    is_null,
    is_object,
    render_difference,
    render_produced,
    variants,
)
from noether_nix.graph.remedies import remedy
from noether_nix.graph.suggest import missing_fields
from noether_nix.types.display import field_text, render_type_short
from noether_nix.types.model import BOOL, Type

_MAX_PLACE = 240
_MAX_NAMES = 20


def fit(
    produced: Produced, expected: Type, node: Node, title: str, name: str | None = None
) -> Iterable[Finding]:
    """What is wrong with giving ``produced`` where ``expected`` is taken.

    Args:
        produced: what is given.
        expected: the type that is taken.
        node: what takes it.
        title: what this node is called.
        name: the field as which it is taken, if not as a whole.
    """
    found = difference(produced, expected)
    if found is None:
        return
    takes = render_type_short(expected)
    if name is not None:
        takes += f" as its field {shown(name)}"
    message = (
        f"{produced.giver} gives {render_produced(produced)}, "
        f"but {title} takes {takes}{_detail(found, produced, expected)}"
    )
    hint = remedy(found, produced, expected, node, title, is_field=name is not None)
    yield Finding("type-mismatch", message, node.pointer, hint)


def fit_port(produced: Produced, port: Port, node: Node, title: str) -> list[Finding]:
    """What is wrong with giving ``produced`` to a stage that is configured, or not."""
    if not port.is_configured:
        return list(fit(produced, port.input, node, title))
    found: list[Finding] = []
    for one in variants(produced):
        if is_object(one):
            found += fit(one, port.input, node, title)
        elif port.single is not None:
            found += fit(one, port.single.type, node, title, port.single.name)
        elif not (is_null(one) and port.may_be_nothing):
            found.append(_unplaced(one, port, node.pointer, title))
    return found


def fit_bool(produced: Produced, title: str, pointer: str) -> list[Finding]:
    """What is wrong with taking ``produced`` for the answer of a predicate at ``pointer``."""
    if difference(produced, BOOL) is None:
        return []
    message = (
        f"{produced.giver} gives {render_produced(produced)}, "
        f"but {title} takes Bool from its predicate"
    )
    hint = "only true and false are answers: let a stage compare, and give Bool"
    return [Finding("predicate-not-boolean", message, pointer, hint)]


def bare(text: str) -> str:
    """A text from a graph in a message, without quotation marks."""
    return shown(text, most=_MAX_PLACE)[1:-1]


def _unplaced(produced: Produced, port: Port, pointer: str, title: str) -> Finding:
    takes = render_type_short(port.input)
    message = (
        f"{produced.giver} gives {render_produced(produced)}, which is no object; beside its "
        f"config {title} takes {takes}, and that is not exactly one required field"
    )
    hint = "give an object, or leave exactly one required field out of the config"
    return Finding("unplaced-input", message, pointer, hint)


def _detail(found: Difference, produced: Produced, expected: Type) -> str:
    missing = missing_fields(produced, expected)
    if found.is_missing and len(found.misfit.path) == 1 and len(missing) > 1:
        named = ", ".join(map(field_text, missing[:_MAX_NAMES]))
        more = f" and {len(missing) - _MAX_NAMES} more" if len(missing) > _MAX_NAMES else ""
        return f": the fields {named}{more} are missing"
    is_whole = not found.misfit.path and found.misfit.produced is not None
    if is_whole and found.giver == produced.giver:
        return ""
    source = "" if found.giver == produced.giver else f" (from {found.giver})"
    if not found.misfit.path and found.misfit.expected == expected:
        return f": {found.misfit.reason}{source}"  # what is expected has just been said
    return f": {render_difference(found)}{source}"
