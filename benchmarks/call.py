"""The builder of the peer: one call as one derivation, JSON in and JSON out, nothing else."""

import json
import os
from typing import Any

with open(os.environ["input"], encoding="utf-8") as file:  # noqa: PTH123, SIM112 - start-up counts
    value = json.load(file)
with open(os.environ["stage"], encoding="utf-8") as file:  # noqa: PTH123, SIM112
    source = file.read()
module: dict[str, Any] = {"__name__": "stage"}
exec(compile(source, "stage.py", "exec"), module)
result = json.dumps(module["execute"](value), ensure_ascii=False, allow_nan=False)
with open(os.environ["out"], "w", encoding="utf-8") as file:  # noqa: PTH123, SIM112
    file.write(result)
