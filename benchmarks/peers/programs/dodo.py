"""The calls of a plan as doit's tasks, whose actions are Python and run in doit's process."""

import json
from functools import cache
from pathlib import Path

DOIT_CONFIG = {"default_tasks": ["call"]}


@cache
def function(source):
    module = {"__name__": "stage"}
    exec(compile(source, "stage.py", "exec"), module)
    return module["execute"]


def run(stage, given, output):
    value = json.loads(Path(given).read_bytes())
    result = function(Path(stage).read_text())(value)
    Path(output).write_text(json.dumps(result))


def task_call():
    for stage, given, output, name in json.loads(Path("doit/steps.json").read_bytes()):
        yield {
            "name": name,
            "actions": [(run, [stage, given, output])],
            "file_dep": [stage, given],
            "targets": [output],
        }
