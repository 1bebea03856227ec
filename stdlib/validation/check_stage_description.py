"""Check that the document of a stage describes it, in more than white space.

Input: Any
Output: Map<Text, Any>
Effects: [Pure]
Tags: [validation, stage]
Examples:
    {"name": "x", "description": "Count the words."} -> {"passed": true, "error": null}
    {"description": " \\n"} -> {"passed": false, "error": "the description is empty"}
    {"name": "x"} -> {"passed": false, "error": "there is no description"}
    {"description": 7} -> {"passed": false, "error": "the description is no text"}
    null -> {"passed": false, "error": "there is no description"}
"""


def execute(stage):
    error = fault(stage)
    return {"passed": error is None, "error": error}


def fault(stage):
    if not isinstance(stage, dict) or "description" not in stage:
        return "there is no description"
    if not isinstance(stage["description"], str):
        return "the description is no text"
    return None if stage["description"].strip() else "the description is empty"
