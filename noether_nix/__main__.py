"""``python -m noether_nix`` is the ``noether`` command."""

import sys

from noether_nix.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
