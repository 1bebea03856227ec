"""Put the checks of a stage together: passed if every one of the four is there and passed.

They are hash_check, sig_check, desc_check and examples_check, each with `passed` and perhaps an
`error` or a `warning`; a check that is missing or is none has not passed.

Input: Map<Text, Any>
Output: { passed: Bool, errors: List<Text>, warnings: List<Text> }
Effects: [Pure]
Tags: [validation, stage]
Examples:
    {"hash_check": {"passed": true, "error": null}, "sig_check": {"passed": true, "warning": "not signed"}, "desc_check": {"passed": true}, "examples_check": {"passed": true, "count": 3, "warning": null}} -> {"passed": true, "errors": [], "warnings": ["not signed"]}
    {"hash_check": {"passed": false, "error": "the id differs"}, "sig_check": {"passed": false}, "desc_check": {"passed": true}, "examples_check": {"passed": true}} -> {"passed": false, "errors": ["the id differs", "sig_check did not pass"], "warnings": []}
    {"hash_check": {"passed": true}, "sig_check": {"passed": 1}, "desc_check": true} -> {"passed": false, "errors": ["sig_check did not pass", "desc_check is no check", "examples_check is missing"], "warnings": []}
    {} -> {"passed": false, "errors": ["hash_check is missing", "sig_check is missing", "desc_check is missing", "examples_check is missing"], "warnings": []}
"""  # noqa: E501

NAMES = ("hash_check", "sig_check", "desc_check", "examples_check")


def execute(checks):
    faults = [fault(name, checks) for name in NAMES]
    errors = [error for error in faults if error is not None]
    found = [checks[name] for name in NAMES if isinstance(checks.get(name), dict)]
    warnings = [check["warning"] for check in found if isinstance(check.get("warning"), str)]
    return {"passed": not errors, "errors": errors, "warnings": warnings}


def fault(name, checks):
    if name not in checks:
        return f"{name} is missing"
    check = checks[name]
    if not isinstance(check, dict):
        return f"{name} is no check"
    if check.get("passed") is True:
        return None
    error = check.get("error")
    return error if isinstance(error, str) and error else f"{name} did not pass"
