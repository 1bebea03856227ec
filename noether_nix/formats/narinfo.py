"""The ``.narinfo`` record of a binary cache: what it has of one store path, and who says so.

Knows no cache: where the file lies and whether its signers are trusted is decided elsewhere.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Self

from noether_nix.errors import FormatError
from noether_nix.formats.digest import Digest
from noether_nix.formats.signature import PublicKey, SecretKey, Signature
from noether_nix.formats.store_path import STORE_DIR, StorePath
from noether_nix.frozen import dataclass, replace

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
# Printable, without a space; what it must not mean is checked by _check_url.
_URL = re.compile(r"[!-~]+")
_WORD = re.compile(r"[!-~]+")
_UNKNOWN_DERIVER = "unknown-deriver"


@dataclass(frozen=True, slots=True)
class NarInfo:
    """One ``.narinfo``.

    Attributes:
        url: where the archive is, relative to the cache and never out of it.
        compression: of the archive as it lies there; ``none`` is one.
        nar_hash: SHA-256 of the archive before compression.
        file_hash: hash of the archive as it lies there.
        content_address: how the path follows from the content, when it does (``CA``).
    """

    store_path: StorePath
    url: str
    compression: str
    nar_hash: Digest
    nar_size: int
    references: tuple[StorePath, ...] = ()
    file_hash: Digest | None = None
    file_size: int | None = None
    deriver: StorePath | None = None
    system: str | None = None
    signatures: tuple[Signature, ...] = ()
    content_address: str | None = None

    def __post_init__(self) -> None:
        _check_url(self.url)
        if self.nar_hash.algorithm != "sha256":
            raise FormatError(f"narinfo of {self.store_path}: NarHash is not a sha256")
        if self.nar_size <= 0:
            raise FormatError(f"narinfo of {self.store_path}: NarSize is not positive")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a ``.narinfo``; fields that are not known are passed over, as Nix does.

        Raises:
            FormatError: a line is no field, a field is missing, twice there or malformed.
        """
        fields, signatures = _split(text)
        missing = [
            name for name in ("StorePath", "URL", "NarHash", "NarSize") if name not in fields
        ]
        if missing:
            raise FormatError(f"not a narinfo: {', '.join(missing)} is missing")
        deriver = fields.get("Deriver", _UNKNOWN_DERIVER)
        return cls(
            store_path=StorePath.parse(fields["StorePath"]),
            url=fields["URL"],
            # What Nix takes an absent field for.
            compression=_word(fields, "Compression") or "bzip2",
            nar_hash=_digest(fields["NarHash"]),
            nar_size=_number(fields["NarSize"]),
            references=_in_order(map(_sibling, fields.get("References", "").split())),
            file_hash=_digest(fields["FileHash"]) if "FileHash" in fields else None,
            file_size=_number(fields["FileSize"]) if "FileSize" in fields else None,
            deriver=None if deriver == _UNKNOWN_DERIVER else _sibling(deriver),
            system=_word(fields, "System"),
            signatures=tuple(map(Signature.parse, signatures)),
            content_address=_word(fields, "CA"),
        )

    def render(self) -> str:
        """The text of the file, its fields in Nix's order."""
        lines: list[tuple[str, object]] = [
            ("StorePath", self.store_path),
            ("URL", self.url),
            ("Compression", self.compression),
            ("FileHash", self.file_hash),
            ("FileSize", self.file_size),
            ("NarHash", self.nar_hash),
            ("NarSize", self.nar_size),
            ("References", " ".join(path.base_name for path in _in_order(self.references))),
            ("Deriver", self.deriver.base_name if self.deriver else None),
            ("System", self.system),
            *(("Sig", signature) for signature in self.signatures),
            ("CA", self.content_address),
        ]
        return "".join(f"{name}: {value}\n" for name, value in lines if value is not None)

    def fingerprint(self) -> bytes:
        """What a signature covers: path, content and references, not where the archive lies."""
        references = ",".join(map(str, _in_order(self.references)))
        return f"1;{self.store_path};{self.nar_hash};{self.nar_size};{references}".encode()

    def signed_with(self, key: SecretKey) -> Self:
        """The same with ``key``'s signature, in place of an earlier one of that name."""
        others = (signature for signature in self.signatures if signature.name != key.name)
        return replace(self, signatures=(*others, key.sign(self.fingerprint())))

    def is_signed_by(self, key: PublicKey) -> bool:
        """Whether one of the signatures is ``key``'s and right."""
        message = self.fingerprint()
        return any(key.verify(message, signature) for signature in self.signatures)


def _split(text: str) -> tuple[dict[str, str], list[str]]:
    fields: dict[str, str] = {}
    signatures: list[str] = []
    if not text.endswith("\n"):
        raise FormatError("not a narinfo: its last line is cut off")
    for line in text.removesuffix("\n").split("\n"):
        name, colon, value = line.partition(":")
        # An empty list may have lost the space behind its colon on the way.
        if not colon or not _WORD.fullmatch(name) or value[:1] not in {"", " "}:
            raise FormatError(f"not a narinfo: {line!r} is no field")
        value = value[1:]
        if name == "Sig":
            signatures.append(value)
        elif name in fields:
            raise FormatError(f"not a narinfo: the field {name!r} is there twice")
        else:
            fields[name] = value
    return fields, signatures


def _check_url(url: str) -> None:
    outside = url.startswith("/") or "://" in url or ".." in url.split("/")
    if outside or not _URL.fullmatch(url):
        raise FormatError(f"a narinfo names an archive outside of its cache: {url!r}")


def _in_order(paths: Iterable[StorePath]) -> tuple[StorePath, ...]:
    return tuple(sorted(set(paths)))


def _sibling(base_name: str) -> StorePath:
    return StorePath.parse(f"{STORE_DIR}/{base_name}")


def _digest(text: str) -> Digest:
    if ":" not in text and "-" not in text:
        raise FormatError(f"not a narinfo: the hash {text!r} does not say its algorithm")
    return Digest.parse(text)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise FormatError(f"not a narinfo: {text!r} is no number of bytes")
    return int(text)


def _word(fields: Mapping[str, str], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not _WORD.fullmatch(value):
        raise FormatError(f"not a narinfo: {name} is {value!r}")
    return value
