"""Ed25519 keys and signatures in Nix's ``name:base64`` form, as binary caches use them."""

import base64
import re
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from noether_nix.errors import FormatError
from noether_nix.frozen import dataclass, field

# Nix itself asks only for something before the colon. No space, because a trust list is
# separated by spaces, and nothing that cannot be seen.
_NAME = re.compile(r"[!-9;-~]{1,128}")
_SEED_BYTES = 32
_PUBLIC_BYTES = 32
_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True, order=True)
class Signature:
    """Who signed, and the 64 bytes."""

    name: str
    raw: bytes

    def __post_init__(self) -> None:
        _check(self.name, self.raw, _SIGNATURE_BYTES, "signature")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``name:base64``.

        Raises:
            FormatError: ``text`` is no signature.
        """
        return cls(*_parse(text, "signature"))

    def __str__(self) -> str:
        return _render(self.name, self.raw)


@dataclass(frozen=True, slots=True, order=True)
class PublicKey:
    """What one needs to check the signatures of ``name``."""

    name: str
    raw: bytes

    def __post_init__(self) -> None:
        _check(self.name, self.raw, _PUBLIC_BYTES, "public key")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``name:base64``.

        Raises:
            FormatError: ``text`` is no public key.
        """
        return cls(*_parse(text, "public key"))

    def verify(self, message: bytes, signature: Signature) -> bool:
        """Whether ``signature`` is this key's, by name and by its bytes, over ``message``."""
        if signature.name != self.name:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature.raw, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def __str__(self) -> str:
        return _render(self.name, self.raw)


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A key that signs; its text form holds seed and public key, and is never in its ``repr``."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check(self.name, self.seed, _SEED_BYTES, "secret key's seed")

    @classmethod
    def generate(cls, name: str) -> Self:
        """Make a new key.

        Raises:
            FormatError: ``name`` is no name of a key.
        """
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``name:base64``; the two halves must belong together.

        Raises:
            FormatError: ``text`` is no secret key. The message does not show it.
        """
        name, raw = _parse(text, "secret key")
        _check(name, raw, _SEED_BYTES + _PUBLIC_BYTES, "secret key")
        key = cls(name, raw[:_SEED_BYTES])
        if key.public_key.raw != raw[_SEED_BYTES:]:
            raise FormatError(f"secret key {name!r} is damaged: its two halves do not match")
        return key

    @property
    def public_key(self) -> PublicKey:
        """The key by which others check what this one signs."""
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        return PublicKey(self.name, private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> Signature:
        """Sign ``message``; the same message always gives the same signature."""
        return Signature(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).sign(message))

    def render(self) -> str:
        """The secret text form. Not ``str()``, so that nothing prints it by accident."""
        return _render(self.name, self.seed + self.public_key.raw)

    def __str__(self) -> str:
        return f"secret key {self.name!r}"


def _parse(text: str, noun: str) -> tuple[str, bytes]:
    name, colon, body = text.partition(":")
    if not colon:
        raise FormatError(f"this is no {noun}: it has no name and colon in front")
    try:
        raw = base64.b64decode(body, validate=True)
    except ValueError as error:
        raise FormatError(f"{noun} {name!r}: what follows the colon is not base-64") from error
    if base64.b64encode(raw).decode("ascii") != body:
        raise FormatError(f"{noun} {name!r}: what follows the colon is not canonical base-64")
    return name, raw


def _check(name: str, raw: bytes, size: int, noun: str) -> None:
    if not _NAME.fullmatch(name):
        raise FormatError(f"{name!r} is no name of a {noun}: visible ASCII without a colon is")
    if len(raw) != size:
        raise FormatError(f"{noun} {name!r} has {len(raw)} bytes, not {size}")


def _render(name: str, raw: bytes) -> str:
    return f"{name}:{base64.b64encode(raw).decode('ascii')}"
