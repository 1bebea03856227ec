"""What a key costs: microseconds for each call of a stage, and for each stage.

    python -P benchmarks/keys.py

Design 2 promises ten to fifty; a run in which nothing is new computes one for every call.
"""

import hashlib
import time

from noether_nix.formats.store_path import StorePath
from noether_nix.plan.interpreter import Interpreter
from noether_nix.plan.limits import call_limits
from noether_nix.plan.program import Program
from noether_nix.stage.model import Stage
from noether_nix.types.text import parse_type

CALLS, STAGES, ROUNDS = 20_000, 300, 5


def make_program(number: int) -> Program:
    text = parse_type("{ text: Text, parts: List<Number> }")
    source = f'"""Stage {number}."""\n\n\ndef execute(value):\n    return value\n'.encode()
    stage = Stage(f"stage_{number}", text, text, (), source * 20)
    toolchain = StorePath("0123456789abcdfghijklmnpqrsvwxyz", "noether-python-3.11.2")
    interpreter = Interpreter(toolchain, "x86_64-linux", "3.11.2")
    return Program(stage, interpreter, call_limits({}, {}).observable)


def microseconds_a_call() -> float:
    program = make_program(0)
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(CALLS)]
    program.key(digests[0])
    began = time.perf_counter()
    for digest in digests:
        program.key(digest)
    return (time.perf_counter() - began) / CALLS * 1e6


def microseconds_a_stage() -> float:
    programs = [make_program(number) for number in range(STAGES)]
    digest = hashlib.sha256(b"null").hexdigest()
    began = time.perf_counter()
    for program in programs:
        program.key(digest)
    return (time.perf_counter() - began) / STAGES * 1e6


def main() -> None:
    microseconds_a_stage()
    for name, measure in (
        ("a call of a known stage", microseconds_a_call),
        ("the first call of a stage", microseconds_a_stage),
    ):
        times = sorted(measure() for _ in range(ROUNDS))
        print(f"{name:26} {times[0]:7.1f} µs best, {times[ROUNDS // 2]:7.1f} µs median")


if __name__ == "__main__":
    main()
