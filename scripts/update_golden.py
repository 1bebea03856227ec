"""Rewrite the files of tests/golden on purpose; the diff is read in review.

``tests/unit`` compares the same texts and never writes them. A new ``contract.sha256`` gives
every call a new key, so all kept results in the world are void: that takes an ADR (design 2).
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from noether_nix.formats.store_path import StorePath
from noether_nix.inside.contract import encode
from noether_nix.nixexpr.render import render_call, render_package
from noether_nix.plan.interpreter import Interpreter
from noether_nix.plan.limits import call_limits
from noether_nix.plan.package import Package
from noether_nix.plan.program import Program, contract_code
from noether_nix.stage.model import Stage
from noether_nix.types.text import parse_type
from scripts import golden_stages
from scripts.golden_graphs import accepted_text, refused_text

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "golden"

_TOOLCHAIN = StorePath("0123456789abcdfghijklmnpqrsvwxyz", "noether-python-3.11.2")


def golden_program() -> Program:
    """A program that no file and no machine can change, with something of every kind in it."""
    stage = Stage(
        name="count_words",
        input=parse_type("{ text: Text }"),
        output=parse_type('{ words: Number, "größe"?: Number }'),
        effects=(),
        source=b'"""Count."""\n\nimport numerals\n\n\ndef execute(value):\n    return {}\n',
        helpers=(("a_table.py", b"TABLE = {}\n"), ("numerals.py", b"I = 1\n")),
        limits={"memory": 64 << 20, "wall": 5},
    )
    interpreter = Interpreter(_TOOLCHAIN, "x86_64-linux", "3.11.2")
    return Program(stage, interpreter, call_limits(stage.limits, {}).observable)


def golden_files() -> dict[str, str]:
    """The text of every golden file, as the code makes it now."""
    program = golden_program()
    package = Package(program)
    sha256 = hashlib.sha256(encode({"text": "é ${x}"})).hexdigest()
    ours = (program.files.contract_code, package.builder, package.program_code)
    return {
        "call.nix": _without_digests(render_call(program, sha256), ours),
        "contract.sha256": hashlib.sha256(contract_code()).hexdigest() + "\n",
        "key.txt": f"{program.key(sha256)}\n",
        "graphs/accepted.txt": accepted_text(),
        "graphs/refused.txt": refused_text(),
        "stages/refused.txt": golden_stages.refused_text(),
        "package.nix": _without_digests(render_package(package), ours),
    }


def _without_digests(text: str, paths: Iterable[StorePath]) -> str:
    """The text of a template stays the same when our in-sandbox code moves."""
    for path in paths:
        text = text.replace(path.digest, "0" * 32)
    return text


def main() -> None:
    """Write what differs, and say so."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in golden_files().items():
        file = FOLDER / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8", newline="")
            print(f"wrote {file.relative_to(FOLDER.parents[1])}")


if __name__ == "__main__":
    main()
