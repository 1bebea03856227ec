"""One call: the stage's source, its input and where its output is to be, as files.

An output that would be the same is left alone, so that those who look at times see no change.
"""

import json
import sys
from typing import Any

_, stage, given, output = sys.argv
with open(stage, encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes longer to import
    source = file.read()
with open(given, encoding="utf-8") as file:  # noqa: PTH123
    value = json.load(file)
module: dict[str, Any] = {"__name__": "stage"}
exec(compile(source, stage, "exec"), module)
result = json.dumps(module["execute"](value))
try:
    with open(output, encoding="utf-8") as file:  # noqa: PTH123
        same = file.read() == result
except FileNotFoundError:
    same = False
if not same:
    with open(output, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(result)
