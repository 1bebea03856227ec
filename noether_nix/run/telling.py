"""The facts of an outcome in its author's terms: the own file and line, types as text."""

from collections.abc import Mapping
from typing import Any

from noether_nix.errors import TypeSyntaxError
from noether_nix.inside.contract import STAGE_FILE
from noether_nix.stage.model import Stage
from noether_nix.types.display import render_type_short
from noether_nix.types.document import type_from_document


def told_to_author(stage: Stage, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of an outcome with places in the author's file and types as text."""
    told = dict(detail)
    file = stage.origin or f"<stage {stage.name}>"
    if isinstance(trace := told.get("traceback"), str):
        told["traceback"] = trace.replace(f'File "{STAGE_FILE}"', f'File "{file}"')
    if told.get("file") == STAGE_FILE:
        told["file"] = file
    if "expected" in told:
        told["expected"] = _type_text(told["expected"])
        place = f"at {told['pointer']}: " if told.get("pointer") else ""
        got = told.get("got") or "nothing: the field is missing"
        told["message"] = f"{place}{told['expected']} is expected, got {got}"
    elif told.get("pointer"):
        told["message"] = f"at {told['pointer']}: {told.get('message', '')}"
    return told


def _type_text(document: Any) -> str:
    try:
        return render_type_short(type_from_document(document), 80)
    except TypeSyntaxError:
        return str(document)[:80]
