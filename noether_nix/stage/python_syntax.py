"""Python source as a syntax tree, and the docstring it begins with."""

import ast
import io
import re
import tokenize
import warnings

from noether_nix.frozen import dataclass
from noether_nix.stage.model import MAX_SOURCE_BYTES
from noether_nix.stage.problems import ProblemList


def parse_python(data: bytes, problems: ProblemList) -> ast.Module | None:
    """The syntax tree of ``data``, or None when a problem was noted."""
    if len(data) > MAX_SOURCE_BYTES:
        size = f"{len(data)} bytes are more than the {MAX_SOURCE_BYTES} that source may have"
        problems.add("source-too-large", size, 0, hint="data belongs into inputs, not into code")
        return None
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.add("not-utf-8", "this line is not UTF-8", line, hint="save the file as UTF-8")
        return None
    if not _is_declared_utf8(data):
        message = "the file declares another encoding than UTF-8"
        problems.add("not-utf-8", message, 1, hint="save it as UTF-8 and drop the coding comment")
        return None
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        problems.add("syntax-invalid", "this line has a null byte", line)
        return None
    return _compiled(data, problems)


def _is_declared_utf8(data: bytes) -> bool:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError:
        return False
    return encoding in ("utf-8", "utf-8-sig")


def _compiled(data: bytes, problems: ProblemList) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes: the author's tools say so better
            tree = ast.parse(data)
            # Finds what the grammar allows and Python does not: a return outside a function.
            compile(tree, "stage.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        problems.add("syntax-invalid", f"this is no Python: {error.msg}", error.lineno or 0)
    except (ValueError, RecursionError, MemoryError) as error:
        problems.add(
            "syntax-invalid",
            f"Python cannot read this file: {str(error) or 'it is nested too deep'}",
            0,
        )
    else:
        return tree
    return None


@dataclass(frozen=True, slots=True)
class ModuleDocstring:
    """A module's docstring and where its text begins; ``escaped`` when escapes changed it."""

    text: str
    first_line: int
    escaped: bool


def module_docstring(
    tree: ast.Module, data: bytes, problems: ProblemList
) -> ModuleDocstring | None:
    """The docstring with the place of its lines, or None when a problem was noted."""
    match tree.body:
        case [ast.Expr(value=ast.Constant(value=str(text)) as node), *_]:
            pass
        case _:
            problems.add(
                "contract-missing",
                "the file does not begin with a docstring that states its contract",
                1,
                hint="`noether stage new NAME` writes one to start from",
            )
            return None
    lines = re.split("\r\n|\r|\n", data.decode("utf-8-sig"))
    literal = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    joined = re.search(r"\A[rRuU]*(?:\"\"\"|''')\\\n", literal) is not None
    first_line = node.lineno + joined
    raw = re.match(r"[uU]?[rR]", literal) is not None
    escaped = not raw and "\\" in literal[4 + joined :]
    unlike = text.count("\n") != (node.end_lineno or node.lineno) - first_line
    if unlike or not _is_encodable(text):
        problems.add(
            "docstring-escapes",
            "escapes in the docstring change its lines or make what is no text",
            node.lineno,
            hint='begin it with r""", so that backslashes stay as they are',
        )
        return None
    return ModuleDocstring(text, first_line, escaped)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
