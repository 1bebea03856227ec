"""Nix on kernels that have less: its programs, started where a filter refuses what is missing."""

import os
import sys
from pathlib import Path

from noether_nix.process.nix_programs import find_nix

_FILTER = Path(__file__).with_name("without.py")
_NAMESPACES, _FENCES = "user-namespaces", "fences"

KERNELS = {
    "confined": (_NAMESPACES,),
    "alone": (_NAMESPACES, _FENCES),
    "alone in namespaces": (_FENCES,),
}
"""What refuses what, by the level that is left; the last is *alone* too."""

_WRAPPER = """#!/bin/sh
exec {words} "$@"
"""


def lesser_nix(folder: Path, kernel: str) -> Path:
    """A folder of Nix's programs that start as on that kernel."""
    named = os.environ.get("NOETHER_NIX")
    real = find_nix(Path(named) if named else None, os.environ["PATH"])
    folder.mkdir(parents=True)
    filters = ",".join(KERNELS[kernel])
    for program in real.folder.glob("nix*"):
        wrapper = folder / program.name
        words = " ".join(
            f"'{word}'" for word in (sys.executable, "-I", "-S", _FILTER, filters, program)
        )
        wrapper.write_text(_WRAPPER.format(words=words))
        wrapper.chmod(0o755)
    return folder
