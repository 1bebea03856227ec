"""What it costs to check a value: one megabyte of records, beside reading the same bytes.

    python -P benchmarks/validation.py

Every value is checked at every boundary; the promise is 30 ms. The ratio says more than the
milliseconds: what `json.loads` takes for the same bytes depends on the machine as much.
"""

import json
import random
import time
from collections.abc import Callable

from noether_nix.types.text import parse_type
from noether_nix.types.validate import validator

BYTES, ROUNDS = 1_000_000, 9

RECORDS = """{ rows: List<{
    id: Number & Integer & Range(0..),
    name: Text & NonEmpty & MaxLength(80),
    kind: Text & OneOf["city", "town", "village"],
    code: Text & Pattern("[A-Z]{2}-[0-9]{4}"),
    score: Number,
    tags: List<Text>,
    place: { lat: Number, lon: Number },
    note: Null | Text,
    more?: Any
}> }"""
PLAIN = """{ rows: List<{
    id: Number, name: Text, kind: Text, code: Text, score: Number, tags: List<Text>,
    place: { lat: Number, lon: Number }, note: Null | Text, more?: Any
}> }"""


def make_records() -> bytes:
    """One megabyte of JSON, the same on every machine."""
    chance = random.Random(1)
    rows: list[object] = []
    size = 0
    while size < BYTES:
        row = {
            "id": len(rows),
            "name": f"name {chance.randrange(10**6)}",
            "kind": chance.choice(["city", "town", "village"]),
            "code": f"AB-{chance.randrange(1000, 10000)}",
            "score": chance.random(),
            "tags": ["a", "bc"],
            "place": {"lat": chance.random(), "lon": chance.random()},
            "note": chance.choice([None, "x"]),
        }
        rows.append(row)
        size += len(json.dumps(row)) + 2
    return json.dumps({"rows": rows}).encode()


def best(measured: Callable[[], object]) -> float:
    """Milliseconds of the fastest of some rounds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        measured()
        times.append(time.perf_counter() - began)
    return min(times) * 1000


def main() -> None:
    data = make_records()
    value = json.loads(data)
    read = best(lambda: json.loads(data))
    print(f"{'json.loads':26} {read:6.1f} ms for {len(data)} bytes")
    for name, text in (("records", PLAIN), ("records with refinements", RECORDS)):
        check = validator(parse_type(text))
        if check(value) is not None:
            message = f"the value is not of the type: {check(value)}"
            raise SystemExit(message)
        taken = best(lambda check=check: check(value))  # type: ignore[misc]
        print(f"{name:26} {taken:6.1f} ms, {taken / read:.1f} times json.loads")


if __name__ == "__main__":
    main()
