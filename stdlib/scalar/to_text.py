r"""Give any value as text: a text as it is, anything else as compact JSON.

1 stays "1" and 1.0 stays "1.0"; the keys of objects keep their order.

Input: Any
Output: Text
Effects: [Pure]
Tags: [scalar, convert, text]
Examples:
    "as it is: \"quoted\"" -> "as it is: \"quoted\""
    1 -> "1"
    1.0 -> "1.0"
    null -> "null"
    123456789012345678901234567890 -> "123456789012345678901234567890"
    {"b": [true, "\u00e9\n"], "a": {}} -> "{\"b\":[true,\"\u00e9\\n\"],\"a\":{}}"
"""

import json


def execute(value):
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
