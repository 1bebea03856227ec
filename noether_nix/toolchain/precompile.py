"""Compile Python files so that everyone who does it gets the same bytes.

Started by the interpreter whose library it is, as a script: ``python -I -S -B precompile.py``
with one relative path a line on standard input, in the folder that holds them. Standard library
only, and nothing of ours.

Python marks in a ``.pyc`` which objects are shared, and whether one is depends on everything
that the process did before. So a process compiles a fixed list in a fixed order with fixed
hashes, and never sees a path that depends on where it works.
"""

import py_compile
import sys
from pathlib import Path


def main() -> None:
    """Compile every file that is named."""
    for line in sys.stdin.read().splitlines():
        file = Path(line)
        compiled = file.parent / "__pycache__" / f"{file.stem}.{sys.implementation.cache_tag}.pyc"
        py_compile.compile(
            str(file),
            cfile=str(compiled),
            # The import system puts the real place in; this one only must not vary.
            dfile=line,
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


if __name__ == "__main__":
    main()
