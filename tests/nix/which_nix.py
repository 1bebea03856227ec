"""The Nix that is tested: the one that NOETHER_NIX names, or else this machine's."""

import os
from pathlib import Path

from noether_nix.process.nix_programs import find_nix

_NAMED = os.environ.get("NOETHER_NIX")
PROGRAMS = find_nix(Path(_NAMED) if _NAMED else None, os.environ["PATH"])
