"""The calls of a plan with redun, in threads of one process."""

import json
import logging
import os
import sys
from functools import cache
from pathlib import Path

from redun import Scheduler, task
from redun.config import Config

redun_namespace = "bench"
ran = 0


@cache
def function(source):
    module = {"__name__": "stage"}
    exec(compile(source, "stage.py", "exec"), module)
    return module["execute"]


@task(version="1")
def call(source, value):
    global ran
    ran += 1
    return function(source)(value)


@task(version="1", check_valid="shallow")
def chain(sources, value):
    for source in sources:
        value = call(source, value)
    return value


@task(version="1", check_valid="shallow")
def wide(source, values):
    return {name: call(source, value) for name, value in values.items()}


folder, own = map(Path, sys.argv[1:])
plan = json.loads((folder / "plan.json").read_bytes())
logging.getLogger("redun").setLevel(logging.ERROR)
scheduler = Scheduler(
    config=Config(
        {
            "backend": {"db_uri": f"sqlite:///{own}/redun.db"},
            "executors.default": {
                "type": "local",
                "mode": "thread",
                "max_workers": str(len(os.sched_getaffinity(0))),
            },
        }
    )
)
scheduler.load()
if "chain" in plan:
    graph = chain([(folder / name).read_text() for name in plan["chain"]], plan["input"])
else:
    graph = wide((folder / plan["stage"]).read_text(), plan["input"])
output = scheduler.run(graph)
print(json.dumps({"output": output, "ran": ran}))
