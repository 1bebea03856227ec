"""The calls of a plan with joblib.Memory, in one process."""

import json
import sys
from functools import cache
from pathlib import Path

from joblib import Memory

folder, own = map(Path, sys.argv[1:])
memory = Memory(own / "cache", verbose=0)
ran = 0


@cache
def function(source):
    module = {"__name__": "stage"}
    exec(compile(source, "stage.py", "exec"), module)
    return module["execute"]


@memory.cache
def call(source, value):
    global ran
    ran += 1
    return function(source)(value)


plan = json.loads((folder / "plan.json").read_bytes())
if "chain" in plan:
    output = plan["input"]
    for name in plan["chain"]:
        output = call((folder / name).read_text(), output)
else:
    source = (folder / plan["stage"]).read_text()
    output = {name: call(source, value) for name, value in plan["input"].items()}
print(json.dumps({"output": output, "ran": ran}))
