"""The facts of an outcome in its author's terms: the own file and line, types as text."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from noether_nix.errors import TypeSyntaxError
from noether_nix.formats.store_path import StorePath
from noether_nix.inside.contract import STAGE_FILE
from noether_nix.stage.effect import FALLIBLE
from noether_nix.stage.model import Stage
from noether_nix.types.display import render_type_short
from noether_nix.types.document import type_from_document

if TYPE_CHECKING:
    import ast

# A frame in the store, under its own name or where a store without a sandbox lies.
_IN_STORE = re.compile(
    r'^(\s*File ")[^"\n]*?/nix/store/([0-9a-z]{32}-([0-9A-Za-z+._?=-]+))/', re.MULTILINE
)


def told_to_author(stage: Stage, detail: Mapping[str, Any], toolchain: StorePath) -> dict[str, Any]:
    """The facts of an outcome with places in the author's file and types as text."""
    told = dict(detail)
    file = stage.origin or f"<stage {stage.name}>"
    if isinstance(trace := told.get("traceback"), str):
        own = trace.replace(f'File "{STAGE_FILE}"', f'File "{file}"')
        told["traceback"] = _shorten(own, toolchain)
    if told.get("file") == STAGE_FILE:
        told["file"] = file
    if "expected" in told:
        told["expected"] = _type_text(told["expected"])
        place = f"at {told['pointer']}: " if told.get("pointer") else ""
        got = told.get("got") or "nothing: the field is missing"
        told["message"] = f"{place}{told['expected']} is expected, got {got}"
        if told["got"] == "Null" and not told.get("pointer") and (hint := _return_hint(stage)):
            told["hint"] = hint
        return told
    if hint := _hint(stage, told):
        told["hint"] = hint
    if told.get("pointer"):
        told["message"] = f"at {told['pointer']}: {told.get('message', '')}"
    return told


# What Python has and JSON has not, and what is commonly given in its place.
_INSTEAD = {
    "date": "give a text: value.isoformat()",
    "datetime": "give a text: value.isoformat()",
    "time": "give a text: value.isoformat()",
    "timedelta": "give a number: value.total_seconds()",
    "set": "give a list, in an order that is always the same: sorted(value)",
    "frozenset": "give a list, in an order that is always the same: sorted(value)",
    "bytes": "give a text: base64.b64encode(value).decode()",
    "Decimal": "give a number, float(value), or a text, str(value)",
    "Path": "give a text: str(value)",
    "PosixPath": "give a text: str(value)",
}
_NO_VALUE = re.compile(r"an? (\w+) is no JSON value")
_NO_NUMBER = re.compile(r"-?(nan|inf) is no JSON number")


def _hint(stage: Stage, told: Mapping[str, Any]) -> str:
    """What to do about a value that is none, or an exception that is raised on purpose."""
    message = str(told.get("message", ""))
    if "traceback" in told:
        return _fallible_hint(stage, told)
    if found := _NO_VALUE.fullmatch(message):
        return _INSTEAD.get(found[1], "")
    if _NO_NUMBER.fullmatch(message):
        return "give None where there is no number, and say Number | Null in Output"
    return ""


def _fallible_hint(stage: Stage, told: Mapping[str, Any]) -> str:
    """What to say of a stage that raises by a statement of its own, and does not declare it."""
    line = told.get("line")
    lines = stage.source.splitlines()
    if FALLIBLE in stage.effects or not isinstance(line, int) or not 0 < line <= len(lines):
        return ""
    if not lines[line - 1].lstrip().startswith(b"raise"):
        return ""
    effects = ", ".join((*map(str, stage.effects), str(FALLIBLE)))
    return f"mend its input; a stage that is meant to raise declares it: Effects: [{effects}]"


def _shorten(trace: str, toolchain: StorePath) -> str:
    """The traceback with ``<toolchain>`` and the names of packages for paths in the store."""

    def short(found: re.Match[str]) -> str:
        name = "toolchain" if found[2] == toolchain.base_name else found[3]
        return f"{found[1]}<{name}>/"

    return _IN_STORE.sub(short, trace)


def _return_hint(stage: Stage) -> str:
    """What to say of a stage that gave nothing, and should have given something."""
    import ast

    try:
        body = ast.parse(stage.source).body
    except (SyntaxError, ValueError):
        return ""
    named = [one for one in body if isinstance(one, ast.FunctionDef) and one.name == "execute"]
    if not named:
        return ""
    if not any(one.value is not None for one in _returns(named[-1])):
        return "execute has no return with a value: end it with return and its result"
    return "execute gave None: see that every way through it ends with return and a result"


def _returns(node: "ast.AST") -> "Iterator[ast.Return]":
    """Those of the function itself, not of others that are defined in it."""
    import ast

    others = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return):
            yield child
        elif not isinstance(child, others):
            yield from _returns(child)


def _type_text(document: Any) -> str:
    try:
        return render_type_short(type_from_document(document), 80)
    except TypeSyntaxError:
        return str(document)[:80]
