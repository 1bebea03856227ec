"""What is kept about one succeeded call: the join of its key and its value (design 2)."""

import hashlib
from collections.abc import Sequence
from operator import attrgetter, itemgetter
from typing import Any

from noether_nix.database.connection import Value
from noether_nix.errors import InternalError
from noether_nix.frozen import dataclass, field_names

INLINE_BYTES = 64 * 1024
"""Values up to this size lie in the database, larger ones in the Nix store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The value that a call gave, and the circumstances in which it did.

    Attributes:
        key: the store path of the call derivation.
        drv_sha256: the digest of that derivation's text.
        recipe: JSON that suffices to make the derivation again.
        program: names everything in the key but the input, so equal programs on other inputs
            are found.
        inline: the value, when it is small.
        value_path: the store path of the value, when it is not.
        limits: JSON of the limits in force.
        used: JSON of what the call took: seconds, memory and the like.
        level: the isolation it ran under.
        toolchain: the store path of the interpreter.
        run: the run that computed it.
        time: when, in seconds since 1970.
        signatures: JSON list of those who vouch for it.
        proof: the digest of what proved the level; None when that is not known.
    """

    key: str
    drv_sha256: str
    recipe: str
    program: str
    input_sha256: str
    value_sha256: str
    value_size: int
    encoding: str = "json"
    inline: bytes | None
    value_path: str | None
    limits: str
    used: str
    level: str
    nix_version: str
    kernel: str
    cpu_model: str
    toolchain: str
    run: str
    time: float
    signatures: str = "[]"
    contract_version: str
    proof: str | None = None

    def __post_init__(self) -> None:
        if (self.inline is None) == (self.value_path is None):
            raise InternalError(f"the value of {self.key} lies in one place, not in none or two")

    def gives_the_value_of(self, other: "Record") -> bool:
        """Do both say that the call gives the same bytes?"""
        return (self.value_sha256, self.value_size, self.encoding) == (
            other.value_sha256,
            other.value_size,
            other.encoding,
        )


def check_value(record: Record, value: bytes) -> str | None:
    """Say how ``value`` is not the value that ``record`` describes, if it is not."""
    if len(value) != record.value_size:
        return f"the value has {len(value)} bytes, and {record.value_size} were recorded"
    found = hashlib.sha256(value).hexdigest()
    if found != record.value_sha256:
        return f"the value has SHA-256 {found}, and {record.value_sha256} was recorded"
    return None


# ---------------------------------------------------------------- as a row

# The last column came later than the seal.
_FIELDS = tuple(name for name in field_names(Record) if name != "proof")
_SEALED = attrgetter(*(name for name in _FIELDS if name not in ("inline", "time")))
_ALL = attrgetter(*_FIELDS)
_SEALED_IN_ROW = itemgetter(
    *(place for place, name in enumerate(_FIELDS) if name not in ("inline", "time"))
)
_TIME = _FIELDS.index("time")

COLUMNS = (*_FIELDS, "seal", "proof")
"""What the tables of results hold after their ``id``, in their order."""


def record_to_row(record: Record) -> tuple[Value, ...]:
    """The values of :data:`COLUMNS`."""
    row: tuple[Value, ...] = _ALL(record)
    return (*row, seal(record), record.proof)


def record_from_row(row: Sequence[Any]) -> Record | None:
    """Read :data:`COLUMNS`; None when they are not as they were written.

    SQLite sees damage to the file's structure only, not to what is in a row; and an index that
    points to the wrong row would answer one call with the value of another.
    """
    try:
        sealed_as, proof = row[-2:]
        if _seal(_SEALED_IN_ROW(row), row[_TIME], proof) != sealed_as:
            return None
        record = Record(**dict(zip(_FIELDS, row, strict=False)), proof=proof)
    except (IndexError, InternalError, OverflowError, TypeError, ValueError):
        return None
    inline: object = record.inline
    return record if isinstance(inline, bytes | None) else None


def seal(record: Record) -> bytes:
    """A digest of the whole record but the bytes of its value, which have their own."""
    return _seal(_SEALED(record), record.time, record.proof)


def _seal(facts: tuple[object, ...], time: Any, proof: object) -> bytes:
    # A record without a proof has the seal that it had before there were any.
    last = () if proof is None else (proof,)
    text = "\0".join(map(str, (*facts, float(time), *last)))
    return hashlib.sha256(text.encode()).digest()
