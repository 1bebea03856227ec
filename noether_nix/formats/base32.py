"""Nix's base-32: the bytes as one little-endian number, written most significant digit first.

Meant for digests: the alphabet leaves out e, o, t and u, there is no padding, and every text
has exactly one meaning.
"""

import re

from noether_nix.errors import FormatError

ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz"

_PYTHON_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_TO_PYTHON = str.maketrans(ALPHABET, _PYTHON_DIGITS)
_TEXT = re.compile(f"[{ALPHABET}]*")

# Two digits at a time: a table of 1,024 texts fits the processor's cache and halves the work.
_PAIRS = tuple(high + low for high in ALPHABET for low in ALPHABET)
_LOW_40_BITS, _LOW_160_BITS = (1 << 40) - 1, (1 << 160) - 1


def encode(data: bytes) -> str:
    """Write ``data`` in Nix's base-32."""
    return encode_number(int.from_bytes(data, "little"), (len(data) * 8 + 4) // 5)


def encode_number(number: int, digits: int) -> str:
    """Write the lowest ``digits`` digits of ``number``, which is what :func:`encode` comes to.

    For callers that already hold the number, as a store path's folded digest.
    """
    if digits == 32:
        return _encode_160_bits(number & _LOW_160_BITS)
    pairs = _PAIRS
    odd = digits & 1
    text = "".join(
        [pairs[number >> shift & 1023] for shift in range((digits - odd) * 5 - 10, -10, -10)]
    )
    return ALPHABET[number >> (digits - 1) * 5 & 31] + text if odd else text


def _encode_160_bits(number: int) -> str:
    """The digest of a store path, of which a key takes three: spelled out, in half the time."""
    p = _PAIRS
    a, b = number >> 120, number >> 80 & _LOW_40_BITS
    c, d = number >> 40 & _LOW_40_BITS, number & _LOW_40_BITS
    return (
        f"{p[a >> 30]}{p[a >> 20 & 1023]}{p[a >> 10 & 1023]}{p[a & 1023]}"
        f"{p[b >> 30]}{p[b >> 20 & 1023]}{p[b >> 10 & 1023]}{p[b & 1023]}"
        f"{p[c >> 30]}{p[c >> 20 & 1023]}{p[c >> 10 & 1023]}{p[c & 1023]}"
        f"{p[d >> 30]}{p[d >> 20 & 1023]}{p[d >> 10 & 1023]}{p[d & 1023]}"
    )


def decode(text: str) -> bytes:
    """Read what :func:`encode` wrote.

    Raises:
        FormatError: ``text`` holds a foreign character, or no bytes are written like that.
    """
    if not _TEXT.fullmatch(text):
        raise FormatError(f"{text!r} is not Nix base-32: it uses other characters")
    size = len(text) * 5 // 8
    number = int(text.translate(_TO_PYTHON), 32) if text else 0
    if (size * 8 + 4) // 5 != len(text) or number >> size * 8:
        raise FormatError(f"{text!r} is not Nix base-32: no bytes are written like that")
    return number.to_bytes(size, "little")
