"""`noether explain`: what a code means, whose move it is, and what to do."""

import click
from click.shell_completion import CompletionItem

from noether_nix.cli.lazy import example
from noether_nix.cli.options import json_option
from noether_nix.cli.printing import tell
from noether_nix.cli.safe import safely
from noether_nix.cli.show import show_json
from noether_nix.run.code import Code, Sort
from noether_nix.run.codes import CODES, find_code

_SORTS: dict[Sort, str] = {
    "outcome": "How calls end",
    "fault": "Why a command has no answer",
    "problem": "What can be wrong with a graph or a stage",
}
_INDENT = "  "


def _complete(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    return [
        CompletionItem(code.name, help=code.sentence)
        for code in CODES.values()
        if code.name.startswith(incomplete)
    ]


@click.command(epilog=example("noether explain memory-exceeded", "noether explain --list"))
@click.argument("code", metavar="[CODE]", required=False, shell_complete=_complete)
@click.option("--list", "as_list", is_flag=True, help="Every code with its sentence.")
@json_option
def explain(code: str | None, *, as_list: bool, as_json: bool) -> None:
    """Explain a code: an outcome of a call, or the code of an error.

    Says what it means, whose move it is, the exit code that it ends with, what to do about it, and
    whether another machine may end otherwise. Without CODE all of them are listed.
    """
    if code is not None and as_list:
        raise click.UsageError("CODE and --list cannot both be given")
    if code is not None:
        _explain_one(find_code(code), as_json=as_json)
    elif as_json:
        show_json({"codes": [code_document(each) for each in CODES.values()]})
    else:
        _list_all()


def code_document(code: Code) -> dict[str, object]:
    """A code in the envelope."""
    return {
        "name": code.name,
        "sort": code.sort,
        "mover": str(code.mover),
        "exit_code": code.exit_code,
        "sentence": code.sentence,
        "remedy": code.remedy,
        "machine_dependent": code.machine_dependent,
        "about": code.about,
        "awaits": code.awaits,
    }


def _explain_one(code: Code, *, as_json: bool) -> None:
    if as_json:
        show_json({"code": code_document(code)})
        return
    tell(f"{code.name}: {_sort_in_words(code)}")
    for line in explanation(code):
        tell(
            safely(click.wrap_text(line, 96, initial_indent=_INDENT, subsequent_indent=2 * _INDENT))
        )


def _sort_in_words(code: Code) -> str:
    kind = {"outcome": "an outcome of a call", "fault": "a fault", "problem": "a problem"}
    ends = "" if code.exit_code is None else f", exit code {code.exit_code}"
    return kind[code.sort] + ends


def explanation(code: Code) -> list[str]:
    """What there is to say of a code, a paragraph each."""
    told = [code.sentence, f"Whose move: {code.mover}."]
    if code.sort == "problem":
        told.append("What to do: where it is told, its place and what to write stand beside it.")
    if code.remedy:
        told.append(f"What to do: {code.remedy}.")
    if code.about:
        told.append(code.about)
    if code.machine_dependent:
        again = "; where others ran beside it, it is tried once more alone before it is told"
        also = again * (code.sort == "outcome")
        told.append(f"Another machine, or this one with less to do, may end otherwise{also}.")
    if code.awaits:
        told.append(f"Nothing ends so yet: it comes with {code.awaits}.")
    return told


def _list_all() -> None:
    width = max(map(len, CODES))
    last = None
    for code in CODES.values():
        if code.sort != last:
            tell(("\n" if last else "") + f"{_SORTS[code.sort]}:")
            last = code.sort
        later = " (not yet)" if code.awaits else ""
        tell(f"{_INDENT}{code.name:<{width}}  {code.sentence}{later}")
