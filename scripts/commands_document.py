"""Write docs/commands.md: every command as its own help tells it, and what the exit codes mean.

Commands come from the command line itself, codes from the table in `run/codes.py`.
With ``--check`` nothing is written and the exit code says whether the page is up to date.
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import click

from noether_nix.cli.commands import noether
from noether_nix.errors import NoetherError
from noether_nix.run.codes import CODES
from scripts.written_pages import keep_fresh

Words: TypeAlias = tuple[str, ...]

PAGE = Path(__file__).resolve().parent.parent / "docs/commands.md"

_HEAD = """\
# Commands

Written by `scripts/commands_document.py` from the commands themselves; `noether COMMAND --help`
says the same. The [tutorial](tutorial.md) shows the daily ones.

What was asked for goes to standard output, everything else to standard error. With `--json` a
command prints one JSON object on standard output and nothing else there, also when it fails:
`{"ok": …, "<noun>": …, "warnings": […], "error": null | {"code", "message", "hint", "problems"}}`.
"""
_CODES = "`noether explain CODE` says what each of them means; so does [this page](outcomes.md)."
_OTHER_CODES: tuple[tuple[int, str, str], ...] = (
    (0, "All is well.", ""),
    (129, "The terminal is gone (SIGHUP); no process is left behind.", ""),
    (141, "Whoever read the output has closed it.", ""),
    (143, "Stopped by SIGTERM; no process is left behind.", ""),
)


def commands() -> list[tuple[Words, click.Command]]:
    """Every command that can be typed, groups left out, with its words."""
    return list(_leaves(noether, ("noether",)))


def _leaves(group: click.Group, words: Words) -> Iterator[tuple[Words, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _leaves(command, (*words, name))
        elif command is not None:
            yield (*words, name), command


def error_classes(root: type[NoetherError] = NoetherError) -> Iterator[type[NoetherError]]:
    """Every class of error, each after the one it descends from."""
    yield root
    for one in root.__subclasses__():
        yield from error_classes(one)


def exit_codes() -> list[tuple[int, str, str]]:
    """Each exit code with its meaning and the codes of the errors that end with it."""
    rows = [*_OTHER_CODES, (NoetherError.exit_code, "Anything else of ours.", "")]
    for branch in NoetherError.__subclasses__():
        codes = [code.name for code in CODES.values() if code.exit_code == branch.exit_code]
        named = ", ".join(f"`{code}`" for code in codes)
        rows.append((branch.exit_code, (inspect.getdoc(branch) or "").replace("``", "`"), named))
    return sorted(rows)


def render_page() -> str:
    """The whole page."""
    parts = [_HEAD.rstrip()]
    parts += [_render_command(words, command) for words, command in commands()]
    table = ["| code | meaning | `error.code` |", "|---|---|---|"]
    table += [f"| {code} | {words} | {named} |" for code, words, named in exit_codes()]
    parts += ["## Exit codes", "\n".join(table), _CODES]
    return "\n\n".join(parts) + "\n"


def _render_command(words: Words, command: click.Command) -> str:
    context = click.Context(command, info_name=" ".join(words))
    usage = " ".join((*words, *command.collect_usage_pieces(context)))
    options = (param for param in command.params if isinstance(param, click.Option))
    records = (option.get_help_record(context) for option in options)
    rows = [f"| `{_cell(names)}` | {_cell(text)} |" for names, text in filter(None, records)]
    parts = [f"## {' '.join(words)}", f"`{usage}`", inspect.cleandoc(command.help or "")]
    if rows:
        parts.append("\n".join(("| option | |", "|---|---|", *rows)))
    examples = (command.epilog or "").splitlines()[2:]
    parts.append("\n".join(("```", *(line.strip() for line in examples), "```")))
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` compare it."""
    return keep_fresh(
        arguments, __doc__, lambda: {PAGE: render_page()}, script="commands_document.py"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
