"""What a stage may be called, and what its helper files."""

import keyword
import re
import sys

NAME_RULE = "lower-case letters, digits and _, at most 64"

_NAME = re.compile(r"[a-z0-9_]{1,64}")
_HELPER = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\.py")

# The stage itself is loaded as the module ``stage`` from the file ``stage.py``.
_RESERVED_MODULES = frozenset({"stage", "__main__", "__init__"})


def is_stage_name(text: str) -> bool:
    """Whether a stage can have this name."""
    return _NAME.fullmatch(text) is not None


def lawful_name(text: str) -> str | None:
    """The lawful name that is most like ``text``, or None when nothing of it can stay."""
    if is_stage_name(text):
        return text
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:64].strip("_") or None


def helper_fault(name: str) -> str | None:
    """Why a file of this name cannot be a helper, or None.

    A helper is one plain Python file beside the stage, imported by its stem: a name with a
    folder in it would lead out of there, and one of the standard library would be ambiguous.
    """
    match = _HELPER.fullmatch(name)
    if match is None or not name.isascii():
        return "a helper is a Python file beside the stage, named like text_tools.py"
    module = match[1]
    if keyword.iskeyword(module):
        return f"{module} is a word of Python and cannot be imported"
    if module in _RESERVED_MODULES:
        return f"the module name {module} is taken"
    if module in sys.stdlib_module_names:
        return f"{module} is a module of the standard library"
    return None
