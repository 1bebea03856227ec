"""What was probably meant by a text that is no JSON, for a hint."""

import re
from json import JSONDecodeError

_WORD = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_OTHER_WORDS = {"True": "true", "False": "false", "None": "null", "undefined": "null"}


def how_to_mend(error: JSONDecodeError) -> str:
    """What to do about it; nothing where that cannot be told."""
    text, at = error.doc, error.pos
    here, before = text[at : at + 1], text[:at].rstrip()[-1:]
    word = _WORD.match(text, at)
    if error.msg.startswith("Unterminated string"):
        return 'the text that begins there has no " at its end'
    if not text[at:].strip():
        return "it ends too early: something is missing at its end, like a } or a ]"
    if before == "," and here in "]}":
        return f"take the comma before the {here} out"
    if here == "'":
        return "JSON has double quotes only"
    if here == "#" or text.startswith(("//", "/*"), at):
        return "JSON has no comments; in a graph, a key that begins with _ is one"
    if word and word[0] in _OTHER_WORDS:
        return f"write {_OTHER_WORDS[word[0]]}"
    if word and error.msg.startswith("Expecting property name"):
        return f'write the name in quotes: "{word[0][:40]}"'
    if error.msg.startswith("Expecting ',' delimiter"):
        return "a comma is missing before it"
    if error.msg.startswith("Extra data"):
        return "it is over there: take out what follows, or one closing bracket before it"
    return ""
