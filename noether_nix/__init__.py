"""Typed stages, wired into graphs, run hermetically by Nix, their results kept.

>>> import noether_nix
>>> noether_nix.run("graph.json", {"n": 3}).output
"""

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from noether_nix import errors as errors
    from noether_nix.python import load_graph, run
    from noether_nix.run.loading import LoadedGraph
    from noether_nix.run.report import CallReport, Report

__version__ = "0.1.0"

__all__ = ["CallReport", "LoadedGraph", "Report", "__version__", "errors", "load_graph", "run"]

# Imported only when asked for: `noether --version` needs none of it.
_WHERE = {
    "CallReport": "noether_nix.run.report",
    "LoadedGraph": "noether_nix.run.loading",
    "Report": "noether_nix.run.report",
    "load_graph": "noether_nix.python",
    "run": "noether_nix.python",
}

if not TYPE_CHECKING:

    def __getattr__(name):
        """The public name, imported now."""
        from importlib import import_module

        if name == "errors":
            return import_module("noether_nix.errors")
        if name not in _WHERE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_WHERE[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """This package, in which ``run`` is the function though there is a room of that name.

    Importing the room would otherwise put it in the function's place; imports of the room and
    from it do not look here.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name != "run" or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
