"""What it means that a value keeps to a JSON Schema, for the keywords that our schemas use."""

import re
from typing import Any

from tests.unit.types.reference import same

KINDS = {
    "array": list,
    "boolean": bool,
    "null": type(None),
    "number": int | float,
    "object": dict,
    "string": str,
}


def keeps_to(value: Any, schema: dict[str, Any]) -> bool:
    """Whether ``value`` is as ``schema`` demands."""
    return all(keeps(value, name, demand, schema) for name, demand in schema.items())


def is_kind(value: Any, kind: str) -> bool:
    if kind == "integer":
        return is_kind(value, "number") and value % 1 == 0
    if kind == "number" and isinstance(value, bool):
        return False
    return isinstance(value, KINDS[kind])


def keeps(value: Any, name: str, demand: Any, schema: dict[str, Any]) -> bool:  # noqa: C901
    match name:
        case "type":
            return any(
                is_kind(value, kind) for kind in ([demand] if isinstance(demand, str) else demand)
            )
        case "enum":
            return any(same(value, option) for option in demand)
        case "allOf":
            return all(keeps_to(value, part) for part in demand)
        case "anyOf":
            return any(keeps_to(value, part) for part in demand)
        case "minimum" | "maximum":
            if not is_kind(value, "number"):
                return True
            return bool(value >= demand if name == "minimum" else value <= demand)
        case "pattern":
            return not isinstance(value, str) or re.search(demand[:-1] + r"\Z", value) is not None
        case "minLength" | "minItems" | "minProperties":
            return not of_length(value, name) or len(value) >= demand
        case "maxLength" | "maxItems" | "maxProperties":
            return not of_length(value, name) or len(value) <= demand
        case "items":
            return not isinstance(value, list) or all(keeps_to(item, demand) for item in value)
        case "properties":
            return not isinstance(value, dict) or all(
                keeps_to(value[key], part) for key, part in demand.items() if key in value
            )
        case "required":
            return not isinstance(value, dict) or all(key in value for key in demand)
        case "additionalProperties":
            assert "properties" not in schema
            return not isinstance(value, dict) or all(keeps_to(v, demand) for v in value.values())
        case "propertyNames":
            return not isinstance(value, dict) or all(keeps_to(key, demand) for key in value)
        case "$schema" | "contentEncoding" | "x-noether":
            return True
        case _:
            raise AssertionError(name)


def of_length(value: Any, name: str) -> bool:
    kinds: dict[str, type] = {"Length": str, "Items": list, "Properties": dict}
    return isinstance(value, kinds[name[3:]])
