"""Records made up for tests, sound in themselves."""

import hashlib
from dataclasses import replace

from noether_nix.formats.store_path import fixed_flat_path
from noether_nix.store.record import INLINE_BYTES, Record

_PLAIN = Record(
    key="/nix/store/" + "0" * 32 + "-noether-call.drv",
    drv_sha256="d" * 64,
    recipe='{"builder":"python"}',
    program="program",
    input_sha256="1" * 64,
    value_sha256="",
    value_size=0,
    inline=b"",
    value_path=None,
    limits='{"memory_bytes":1}',
    used='{"seconds":0.1}',
    level="full",
    nix_version="2.8.0",
    kernel="6.1",
    cpu_model="some CPU",
    toolchain="/nix/store/" + "1" * 32 + "-toolchain",
    run="20261120-101530-4f9c2a",
    time=1_000.25,
    contract_version="1",
)


def key_of(number: int) -> str:
    """A key, another for every number."""
    return f"/nix/store/{number:0>32}-noether-call.drv"


def value_path_of(value: bytes) -> str:
    """Where a value lies in the store."""
    return str(fixed_flat_path("value.json", hashlib.sha256(value).digest()))


def a_record(
    number: int = 0,
    value: bytes = b"42",
    *,
    program: str = "program",
    input_sha256: str = "1" * 64,
    time: float = 1_000.25,
) -> Record:
    """The record of a call that gave ``value``; a large one is to be added to the values."""
    small = len(value) <= INLINE_BYTES
    return replace(
        _PLAIN,
        key=key_of(number),
        value_sha256=hashlib.sha256(value).hexdigest(),
        value_size=len(value),
        inline=value if small else None,
        value_path=None if small else value_path_of(value),
        program=program,
        input_sha256=input_sha256,
        time=time,
    )
