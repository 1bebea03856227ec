"""Count the examples in the document of a stage; to have none is no fault, but is warned of.

Input: Any
Output: Map<Text, Any>
Effects: [Pure]
Tags: [validation, stage]
Examples:
    {"examples": [{"input": 1, "output": 2}]} -> {"passed": true, "count": 1, "warning": null}
    {"examples": []} -> {"passed": true, "count": 0, "warning": "the stage has no examples"}
    {"name": "x"} -> {"passed": true, "count": 0, "warning": "the stage has no examples"}
    {"examples": "two"} -> {"passed": true, "count": 0, "warning": "the stage has no examples"}
    null -> {"passed": true, "count": 0, "warning": "the stage has no examples"}
"""


def execute(stage):
    examples = stage.get("examples") if isinstance(stage, dict) else None
    count = len(examples) if isinstance(examples, list) else 0
    warning = None if count else "the stage has no examples"
    return {"passed": True, "count": count, "warning": warning}
