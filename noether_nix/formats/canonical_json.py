"""The one way in which bytes are made from a document before it is hashed: RFC 8785.

For ids and records, which hold texts and small numbers. Integers of 2**53 and beyond have no
bytes here, because RFC 8785 takes every number for a double. Values of users never pass through
this: their order of keys and size of numbers are kept by the value encoding of the contract.
"""

import rfc8785

from noether_nix.errors import FormatError


def canonical_bytes(document: object) -> bytes:
    """Write ``document`` with sorted keys, no spaces, and numbers as JavaScript prints them.

    Args:
        document: None, booleans, numbers, texts, lists, tuples, and dicts with texts as keys.

    Raises:
        FormatError: a part is of another kind, an integer is not smaller than 2**53 in size, a
            number is not finite, a text holds half of a surrogate pair, or the nesting is deeper
            than the interpreter allows.
    """
    try:
        return rfc8785.dumps(document)  # type: ignore[arg-type]  # it refuses the rest itself
    except rfc8785.FloatDomainError as error:
        raise FormatError("no canonical JSON: a number is not finite") from error
    except RecursionError as error:
        raise FormatError("no canonical JSON: the document is nested too deeply") from error
    except ValueError as error:
        # Not only the library's own: it sorts keys before it looks for surrogates in them, and
        # cannot even print an integer of 4,300 digits to say that it is too large.
        raise FormatError(f"no canonical JSON: {error}") from error
