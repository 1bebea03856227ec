"""A hash value: its algorithm and its bytes, in the forms in which Nix writes it."""

import base64
import binascii
import hashlib
from typing import Literal, Self, TypeAlias

from noether_nix.errors import FormatError
from noether_nix.formats import base32
from noether_nix.frozen import dataclass

Algorithm: TypeAlias = Literal["md5", "sha1", "sha256", "sha512"]

_SIZES: dict[Algorithm, int] = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A hash value, printed as ``sha256:<base-32>``, as in a ``.narinfo``."""

    algorithm: Algorithm
    raw: bytes

    def __post_init__(self) -> None:
        check_algorithm(self.algorithm)
        if len(self.raw) != _SIZES[self.algorithm]:
            raise FormatError(
                f"a {self.algorithm} digest has {_SIZES[self.algorithm]} bytes, not {len(self.raw)}"
            )

    @classmethod
    def of(cls, data: bytes) -> Self:
        """The SHA-256 of ``data``."""
        return cls("sha256", hashlib.sha256(data).digest())

    @classmethod
    def parse(cls, text: str, *, algorithm: Algorithm = "sha256") -> Self:
        """Read ``algorithm:digest``, SRI's ``algorithm-base64``, or a bare digest.

        After a colon and when bare, hex, Nix base-32 and base-64 are told apart by their length.

        Args:
            text: the written digest.
            algorithm: what a bare digest is a digest of; a named algorithm comes before it.

        Raises:
            FormatError: ``text`` is none of these forms.
        """
        for separator in ":-":
            name, found, body = text.partition(separator)
            if found:
                named = check_algorithm(name)
                if separator == "-":
                    return cls(named, _from_base64(body, _SIZES[named], text))
                return cls(named, _from_any(body, _SIZES[named], text))
        return cls(algorithm, _from_any(text, _SIZES[algorithm], text))

    @property
    def hex(self) -> str:
        """The digest alone, in lower-case hex."""
        return self.raw.hex()

    @property
    def nix32(self) -> str:
        """The digest alone, in Nix's base-32."""
        return base32.encode(self.raw)

    @property
    def sri(self) -> str:
        """The digest with its algorithm, as browsers and flake locks write it."""
        return f"{self.algorithm}-{base64.b64encode(self.raw).decode('ascii')}"

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.nix32}"


def check_algorithm(name: str) -> Algorithm:
    """Give ``name`` back when it is one of the algorithms that Nix knows.

    Raises:
        FormatError: it is not.
    """
    if name not in _SIZES:
        raise FormatError(f"{name!r} is no hash algorithm known here ({', '.join(_SIZES)})")
    return name


def _from_any(body: str, size: int, text: str) -> bytes:
    if len(body) == size * 2:
        try:
            raw = binascii.unhexlify(body)
        except ValueError as error:
            raise FormatError(f"digest {text!r}: {body!r} is not hex") from error
        return raw
    if len(body) == (size * 8 + 4) // 5:
        return base32.decode(body)
    if len(body) == (size + 2) // 3 * 4:
        return _from_base64(body, size, text)
    raise FormatError(f"digest {text!r} has the length of no digest of {size} bytes")


def _from_base64(body: str, size: int, text: str) -> bytes:
    try:
        raw = base64.b64decode(body, validate=True)
    except ValueError as error:
        raise FormatError(f"digest {text!r}: {body!r} is not base-64") from error
    # The second half refuses texts whose unused last bits are set: one digest, one spelling.
    if len(raw) != size or base64.b64encode(raw).decode("ascii") != body:
        raise FormatError(f"digest {text!r}: {body!r} is not base-64 of {size} bytes")
    return raw
