"""What hints advise, done as they say it: a reader who follows them to the letter."""

import copy
import json
import re
from dataclasses import dataclass
from typing import Any

from noether_nix.errors import Problem
from noether_nix.formats import json_pointer

_NODE = re.compile(r"(put before it|put in its place)[^:]*: ({.*})")
_NAME = re.compile(r'did you mean "?(.+?)"?\?')
_PATH = re.compile(r"write (\./.*)")
_RULE = re.compile(r"say what stands in for it: ({.*})")
_SHAPE = re.compile(r"write ({(?!.*(?:…|node)).*})")
_WITHOUT = re.compile(r'leave "(?:over|config)" out.*')
_KEYS = ("unknown-key", "unknown-field", "limits-invalid")


@dataclass(frozen=True)
class Mended:
    """A root as advised, and where in it now is what was complained of."""

    root: Any
    pointer: str


def follow(root: Any, problem: Problem) -> Mended | None:
    """Do what the hint says; None where it takes somebody who understands it."""
    pointer, document = pointer_of(problem), {"root": copy.deepcopy(root)}
    *path, last = json_pointer.parse(pointer)
    holder: Any = document
    for step in path:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    key: Any = int(last) if isinstance(holder, list) else last
    if found := _NODE.search(problem.hint):
        node = json.loads(found[2])
        moved = _place(node, holder, key, pointer, before=found[1] == "put before it")
        return Mended(document["root"], moved)
    done = _rename(holder, key, problem) or _write(holder, key, problem)
    return Mended(document["root"], pointer) if done else None


def pointer_of(problem: Problem) -> str:
    """Where in the graph it is."""
    return problem.place.split(" ")[1]


def _place(node: Any, holder: Any, key: Any, pointer: str, *, before: bool) -> str:
    """Put a node somewhere; answers where the node then is that stood there."""
    if before:
        holder.insert(key, node)
        return f"{pointer.rpartition('/')[0]}/{key + 1}"
    holder[key] = node
    return f"{pointer}/body" if node["op"] == "Map" else f"{pointer}/stages/1"


def _rename(holder: Any, key: Any, problem: Problem) -> bool:
    found = _NAME.fullmatch(problem.hint)
    if found is None or not (problem.code in _KEYS or isinstance(holder[key], str)):
        return False
    if problem.code in _KEYS:
        holder[found[1]] = holder.pop(key)
    else:
        holder[key] = found[1]
    return True


def _write(holder: Any, key: Any, problem: Problem) -> bool:
    hint = problem.hint
    if found := _PATH.fullmatch(hint):
        holder[key] = found[1]
    elif found := _RULE.fullmatch(hint):
        holder[key] = json.loads(found[1])
    elif found := _SHAPE.fullmatch(hint):
        holder[key] = {**json.loads(found[1]), **holder[key]}
    elif _WITHOUT.fullmatch(hint):
        del (holder if key in ("over", "config") else holder[key])[hint.split('"')[1]]
    elif '"mode": "tree": add that' in hint:
        holder["mode"] = "tree"
    else:
        return False
    return True
