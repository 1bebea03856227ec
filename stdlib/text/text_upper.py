"""Write a text in upper case, as Unicode does it: one letter may become two.

Input: Text
Output: Text
Effects: [Pure]
Tags: [text, case]
Examples:
    "Hello, World 1" -> "HELLO, WORLD 1"
    "stra\u00dfe" -> "STRASSE"
    "\u00e9\u03c3\u0436" -> "\u00c9\u03a3\u0416"
    "" -> ""
"""


def execute(text):
    return text.upper()
