r"""Write a value as compact JSON text; the keys of objects keep their order.

Input: Any
Output: Text
Effects: [Pure]
Tags: [scalar, convert, json]
Examples:
    "a \"b\"\u0000" -> "\"a \\\"b\\\"\\u0000\""
    {"b": 1, "a": 1.0} -> "{\"b\":1,\"a\":1.0}"
    [] -> "[]"
    null -> "null"
    "\u2028\ud83d\ude00" -> "\"\u2028\ud83d\ude00\""
"""

import json


def execute(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
