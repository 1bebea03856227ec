"""Find what in the standard library of the running Python reaches clock, random numbers or host.

Two ways, for there are two kinds of source. Python is read: every module is parsed, names are
followed through its imports, and each function that takes one of the functions of
:data:`PRIMITIVES` is a place. C cannot be read: the functions of the C modules are listed, and
whoever keeps the table says of each what it is (``effect_rows.toml``).

Runs with the standard library alone, so that any Python can be asked::

    python3.13 scripts/effect_scan.py
"""

import ast
import importlib
import json
import sys
import sysconfig
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Not in a toolchain, or made for another system, so no stage can have them.
ABSENT = (
    "__phello__", "_pyrepl", "antigravity", "asyncio.windows", "config-", "distutils.msvc",
    "ensurepip", "idlelib", "lib2to3", "multiprocessing.popen_spawn_win32", "ntpath", "pydoc_data",
    "site-packages", "dist-packages", "test", "this", "tkinter", "turtle", "turtledemo",
)  # fmt: skip

# The functions that everything else goes through, by the name under which Python code has them,
# with the arguments to call them with. Nothing at all stands for "only without a moment".
PRIMITIVES: dict[str, str] = {
    **dict.fromkeys(("time.time", "time.time_ns"), "()"),
    **dict.fromkeys(("time.localtime", "time.gmtime", "time.ctime", "time.asctime"), "()"),
    "time.strftime": "('%Y')",
    **dict.fromkeys(("datetime.datetime.now", "datetime.datetime.utcnow"), "()"),
    **dict.fromkeys(("datetime.datetime.today", "datetime.date.today"), "()"),
    **dict.fromkeys(
        (
            f"time.{clock}{unit}"
            for clock in ("monotonic", "perf_counter", "process_time", "thread_time")
            for unit in ("", "_ns")
        ),
        "()",
    ),
    "os.times": "()",
    **dict.fromkeys(("os.urandom", "ssl.RAND_bytes"), "(1)"),
    "random.random": "()", "random.choice": "([1])", "random.gauss": "(0, 1)",
    "random.getrandbits": "(8)",
    "random.randint": "(1, 2)", "random.randrange": "(9)", "random.Random": "().random()",
    "random.SystemRandom": "().random()", "secrets.token_hex": "()", "secrets.token_bytes": "()",
    "uuid.uuid1": "()", "uuid.uuid4": "()",
    **dict.fromkeys(("os.cpu_count", "os.getloadavg", "os.getlogin", "os.uname"), "()"),
    **dict.fromkeys(("os.getpid", "os.getppid", "os.getuid", "os.getgid"), "()"),
    "os.sysconf": "('SC_NPROCESSORS_ONLN')", "os.sched_getaffinity": "(0)",
    "socket.gethostname": "()", "socket.getfqdn": "()", "getpass.getuser": "()",
    "platform.node": "()", "platform.release": "()", "threading.get_ident": "()",
    "threading.get_native_id": "()", "_thread.get_ident": "()",
}  # fmt: skip

# Of these only the call without a moment is a source.
_NEEDS_MOMENT = {
    "time.localtime": 0, "time.gmtime": 0, "time.ctime": 0, "time.asctime": 0, "time.strftime": 1,
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Place:
    """Where Python code of the library takes a primitive.

    Attributes:
        module: the module.
        function: in which function or class of it; empty while the module is imported.
        primitive: a name of :data:`PRIMITIVES`.
        written: as it stands in the code.
        imported: the import that gives the first name of it.
    """

    module: str
    function: str
    primitive: str
    written: str
    imported: str


def library() -> Path:
    """The folder of the standard library."""
    return Path(sysconfig.get_path("stdlib"))


def python_modules() -> Iterator[tuple[str, Path]]:
    """The modules in Python that a toolchain ships, with their files."""
    for file in sorted(library().rglob("*.py")):
        parts = file.relative_to(library()).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if not name.startswith(ABSENT) and not name.endswith("__main__"):
            yield name, file


def c_functions() -> dict[str, list[str]]:
    """The functions of every module that is written in C."""
    files = (library() / "lib-dynload").glob("*.so")
    names = {*sys.builtin_module_names, *(file.name.partition(".")[0] for file in files)}
    found = {}
    for name in sorted(names):
        if not name.startswith(("_test", "_xx", "xx", "_ctypes_test", "_tkinter")):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # some are to go in a later Python
                functions = vars(importlib.import_module(name)).items()
            found[name] = sorted(
                key for key, value in functions if isinstance(value, types.BuiltinFunctionType)
            )
    return found


def places() -> list[Place]:
    """Every place of the library."""
    return sorted(
        place for name, file in python_modules() for place in find_places(name, file.read_bytes())
    )


def find_places(module: str, source: str | bytes) -> set[Place]:
    """The places of one module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    reader = _Reader(module)
    reader.find_imports(tree)
    reader.visit(tree)
    return reader.found


class _Reader(ast.NodeVisitor):
    """Reads one module."""

    def __init__(self, module: str) -> None:
        self.found: set[Place] = set()
        self._module = module
        self._scope: list[str] = []
        self._names: dict[str, tuple[str, str]] = {}

    def find_imports(self, tree: ast.AST) -> None:
        for node in ast.walk(tree):
            match node:
                case ast.Import(names):
                    for name in names:
                        first = name.name.partition(".")[0]
                        whole = name.name if name.asname else first
                        self._names[name.asname or first] = whole, ast.unparse(node)
                case ast.ImportFrom(str(module), names, 0):
                    for name in names:
                        whole = f"{module}.{name.name}"
                        self._names[name.asname or name.name] = whole, ast.unparse(node)
                case _:
                    pass

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        # Defaults and decorators are evaluated where the function is made.
        for part in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(part)
        self._inside(node.name, [*node.decorator_list, *node.body])

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._inside(node.name, [*node.bases, *node.decorator_list, *node.body])

    def _inside(self, name: str, parts: list[ast.expr] | list[ast.stmt] | list[ast.AST]) -> None:
        self._scope.append(name)
        for part in parts:
            self.visit(part)
        self._scope.pop()

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "__name__ == '__main__'":
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        place = _NEEDS_MOMENT.get(self._resolve(node.func) or "")
        if place is not None:
            given = node.args[place] if len(node.args) > place else None
            starred = any(isinstance(part, ast.Starred) for part in node.args)
            if not starred and (given is None or ast.unparse(given) == "None"):
                self._note(node.func)
            for part in (*node.args, *node.keywords):
                self.visit(part)
        else:
            self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._take(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._take(node)

    def _take(self, node: ast.Attribute | ast.Name) -> None:
        name = self._resolve(node)
        if name in PRIMITIVES and name not in _NEEDS_MOMENT and isinstance(node.ctx, ast.Load):
            self._note(node)
        else:
            self.generic_visit(node)

    def _note(self, node: ast.expr) -> None:
        written = ast.unparse(node)
        imported = self._names[written.partition(".")[0]][1]
        name = self._resolve(node) or ""
        place = Place(self._module, ".".join(self._scope), name, written, imported)
        self.found.add(place)

    def _resolve(self, node: ast.expr) -> str | None:
        match node:
            case ast.Name(name) if name in self._names:
                return self._names[name][0]
            case ast.Attribute(value, attribute):
                whole = self._resolve(value)
                return f"{whole}.{attribute}" if whole else None
            case _:
                return None


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
                "places": [vars(place) for place in places()],
                "functions": c_functions(),
            },
            indent=1,
        )
    )
