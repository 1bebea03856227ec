"""Write a text in lower case, as Unicode does it: a sigma at a word's end becomes a final one.

Input: Text
Output: Text
Effects: [Pure]
Tags: [text, case]
Examples:
    "Hello, WORLD 1" -> "hello, world 1"
    "\u03a3\u039f\u03a6\u039f\u03a3" -> "\u03c3\u03bf\u03c6\u03bf\u03c2"
    "STRASSE \u1e9e" -> "strasse \u00df"
    "" -> ""
"""


def execute(text):
    return text.lower()
