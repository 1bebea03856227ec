"""Put texts into a template: {{name}} becomes the variable of that name.

All is replaced in one pass: unlike Noether's, what was put in is never read as a template again. A
name that is no variable stays as it is.

Input: { template: Text, variables: Map<Text, Text> }
Output: Text
Effects: [Pure]
Tags: [text, template]
Examples:
    {"template": "{{a}} and {{b}}, {{a}}", "variables": {"a": "1", "b": "2"}} -> "1 and 2, 1"
    {"template": "{{a}}{{b}}", "variables": {"a": "{{b}}", "b": "{{a}}"}} -> "{{b}}{{a}}"
    {"template": "{{a}} {{ a }} {{missing}} {a}", "variables": {"a": "x"}} -> "x {{ a }} {{missing}} {a}"
    {"template": "{{{a}}}", "variables": {"a": "x"}} -> "{x}"
    {"template": "{{a.*}}", "variables": {"a.*": "\\\\1", "b": "no"}} -> "\\\\1"
    {"template": "{{}} {{a}}", "variables": {}} -> "{{}} {{a}}"
"""  # noqa: E501

import re


def execute(value):
    variables = value["variables"]
    if not variables:
        return value["template"]
    # The longest first: a name with }} in it may begin like a shorter one.
    marks = sorted(("{{" + name + "}}" for name in variables), key=len, reverse=True)
    pattern = "|".join(map(re.escape, marks))
    return re.sub(pattern, lambda match: variables[match[0][2:-2]], value["template"])
