r"""Take white space away from both ends of a text.

White space is what Python takes for it: that of Unicode, and the separators U+001C to U+001F.

Input: Text
Output: Text
Effects: [Pure]
Tags: [text]
Examples:
    "  a  b \t\r\n" -> "a  b"
    "\u00a0\u3000a\u2003" -> "a"
    "\u200ba\ufeff" -> "\u200ba\ufeff"
    " \n " -> ""
    "" -> ""
"""


def execute(text):
    return text.strip()
