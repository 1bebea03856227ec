"""The words of the language of types, and what is meant by a wrong one."""

import re
from collections.abc import Iterable

# Only such names can stand for a field without quotes, or between angle brackets.
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_ELSEWHERE = {
    "array": "List",
    "bool": "Bool",
    "boolean": "Bool",
    "bytearray": "Bytes",
    "bytes": "Bytes",
    "date": "Text",
    "datetime": "Text",
    "decimal": "Number",
    "dict": "Map",
    "double": "Number",
    "enum": "OneOf",
    "float": "Number",
    "int": "Number",
    "integer": "Number",
    "json": "Any",
    "list": "List",
    "nil": "Null",
    "none": "Null",
    "object": "Record",
    "optional": "Union",
    "str": "Text",
    "string": "Text",
    "struct": "Record",
    "tuple": "List",
}


def word_hint(word: str, known: Iterable[str]) -> str:
    """A remedy for ``word``, which is none of ``known``: the one meant, or all of them."""
    import difflib  # only a mistake needs it

    words = list(known)
    if word.lower() == "optional" and "Null" in words:
        return "a field may be absent: { note?: Text }; a value may be null: Text | Null"
    meant = _ELSEWHERE.get(word.lower())
    if meant not in words:
        exact = [one for one in words if one.lower() == word.lower()]
        near = exact or difflib.get_close_matches(word, words, n=1)
        alias = difflib.get_close_matches(word.lower(), _ELSEWHERE, n=1)
        near += [_ELSEWHERE[one] for one in alias if _ELSEWHERE[one] in words]
        meant = next(iter(near), None)
    return f"did you mean {meant}?" if meant else f"known are {', '.join(words)}"
