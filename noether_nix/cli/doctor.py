"""`noether doctor`: what this machine gives, and whether that is enough."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from noether_nix.cli.lazy import example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.safe import safely
from noether_nix.cli.settings import environment
from noether_nix.cli.show import error_document, note, show_json
from noether_nix.errors import NoetherError
from noether_nix.run.doctor.examination import examine
from noether_nix.run.doctor.finding import Finding, State, first_error

_SIGNS: dict[State, str] = {"ok": "✓", "warning": "!", "bad": "✗", "unknown": "·"}
_PLAIN_SIGNS: dict[State, str] = {"ok": "+", "warning": "!", "bad": "x", "unknown": "-"}


@click.command(epilog=example("noether doctor", "noether doctor --json"))
@json_option
def doctor(*, as_json: bool) -> None:
    """Look at everything that a run needs here, and say what to do about what is wrong.

    Ends with 0 if graphs can run here, and else with the code and in the words of the error that
    a run would end with. Like a first run it takes the toolchain if there is none yet.
    """
    encoding = sys.stdout.encoding or "ascii"
    found = []
    for finding in examine(environment(), encoding=encoding, say=note):
        found.append(finding)
        if not as_json:
            for line in _lines(finding, encoding):
                tell(line)
    error = first_error(found)
    if as_json:
        noun: dict[str, Any] = {
            "usable": error is None,
            "findings": [_document(finding) for finding in found],
        }
        if error is not None:
            noun["error"] = error_document(error)
        warnings = [f"{one.name}: {one.message}" for one in found if one.state == "warning"]
        show_json(noun, ok=error is None, warnings=warnings)
    else:
        tell(_verdict(found, error))
    if error is not None:
        sys.exit(error.exit_code)


def _lines(finding: Finding, encoding: str) -> Iterator[str]:
    signs = _SIGNS if _can_print(_SIGNS, encoding) else _PLAIN_SIGNS
    yield safely(f"{signs[finding.state]} {finding.name:<10} {finding.message}")
    if finding.hint:
        yield safely(f"{'':<12} hint: {finding.hint}")


def _can_print(signs: dict[State, str], encoding: str) -> bool:
    try:
        "".join(signs.values()).encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _verdict(found: Sequence[Finding], error: NoetherError | None) -> str:
    warnings = sum(one.state == "warning" for one in found)
    words = "usable" if error is None else f"not usable: a run ends with {error.code}"
    some = "1 warning" if warnings == 1 else f"{warnings} warnings"
    return f"{words}; {some}" if warnings else words


def _document(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name,
        "state": finding.state,
        "code": finding.code,
        "message": finding.message,
        "hint": finding.hint,
        "facts": dict(finding.facts),
    }
