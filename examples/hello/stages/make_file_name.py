r"""Make a file name of a title: plain small letters and digits, joined by hyphens.

Input: Text
Output: Text
Effects: [Pure, Fallible]
Examples:
    "Tea and toast" -> "tea-and-toast"
    "Cr\u00e8me br\u00fbl\u00e9e, 2nd edition" -> "creme-brulee-2nd-edition"
    "?!" -> raises ValueError
"""

import re
import unicodedata


def execute(title):
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    if not words:
        raise ValueError(f"no letter or digit in {title!r}")
    return "-".join(words)
