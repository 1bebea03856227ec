"""The file that ``noether stage new NAME`` writes: small, true, and ready to be changed."""

import json

from noether_nix.errors import StageInvalidError
from noether_nix.stage.names import NAME_RULE, is_stage_name, lawful_name

_TEXT = '''\
"""Count the words of a text.

Input: {{ text: Text }}
Output: {{ words: Number }}
Effects: [Pure]
Examples:
    {{"text": "two words"}} -> {{"words": 2}}
    {{"text": ""}} -> {{"words": 0}}
"""


# Try it:  noether stage run ./{name}.py --input {sample}
def execute(value):
    return {{"words": len(value["text"].split())}}
'''


_TYPED = '''\
"""Count the words of a text.

Effects: [Pure]
Examples:
    {{"text": "two words"}} -> {{"words": 2}}
    {{"text": ""}} -> {{"words": 0}}
"""

from typing import TypedDict


class Input(TypedDict):
    text: str


class Output(TypedDict):
    words: float


# Try it:  noether stage run ./{name}.py --input {sample}
def execute(value: Input) -> Output:
    return {{"words": len(value["text"].split())}}
'''


def new_stage_text(name: str, *, typed: bool = False) -> str:
    """The text of a working stage for the file ``NAME.py``.

    With ``typed`` its types stand as annotations in the code, else in its docstring.

    Raises:
        StageInvalidError: no stage can have that name.
    """
    if not is_stage_name(name):
        lawful = lawful_name(name)
        hint = f"a name is made of {NAME_RULE}" + (f": {lawful}" if lawful else "")
        raise StageInvalidError(f"{name[:80]!r} is no name of a stage", hint=hint)
    sample = json.dumps({"text": "some words of mine"})
    return (_TYPED if typed else _TEXT).format(name=name, sample=f"'{sample}'")
