"""A stage as a program: JSON on standard input, JSON on standard output (see ``package.py``).

The same set-up, decoding, validation and encoding as in a call, so the same value; but no
sandbox, and no fence on wall time or output. What the stage prints goes to standard error.
"""

import ctypes
import dataclasses
import json
import os
import resource
import shutil
import signal
import struct
import sys
import tempfile
from typing import NoReturn

from noether_nix.inside import contract

# The caller gave a wrong input; the call failed (design 11.6).
WRONG_INPUT, CALL_FAILED = 2, 6

_LENGTH = struct.Struct(">Q")
_OUTCOME = 4


def main() -> NoReturn:
    """Be the program; ``sys.argv`` is the folder of its files, and what the caller added."""
    folder, *surplus = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if surplus:
        _end(WRONG_INPUT, "it takes JSON on standard input, and no arguments")
    try:
        value = contract.decode(sys.stdin.buffer.read())
    except contract.InvalidValueError as error:
        _end(WRONG_INPUT, f"input-invalid: {error}")
    fault = contract.compile_type(json.loads(_read(folder, "input.json")))(value)
    if fault is not None:
        _end(WRONG_INPUT, f"input-invalid: {_words(fault)}")
    limits = json.loads(_read(folder, "contract.json"))
    result = _checked(_call(folder, contract.encode(value)), limits["output"])
    # Exactly the value's bytes, but for a person, whose prompt belongs on a line of its own.
    sys.stdout.buffer.write(result + b"\n" * sys.stdout.isatty())
    sys.stdout.buffer.flush()
    os._exit(0)


def _call(folder: str, value: bytes) -> bytes:
    """The stage's reply, from a process of its own: it may end that as it likes."""
    told = json.loads(_read(folder, "contract.json"))
    source = _read(folder, "stage.py")
    helpers = {name: _read(f"{folder}/helpers", name) for name in told["helpers"]}
    limits = contract.Limits(**told["limits"])
    # On a machine that is not ours alone the limit would count its user's other processes.
    most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    limits = dataclasses.replace(limits, processes=most)
    incoming, outcome = os.pipe()
    scratch = tempfile.mkdtemp(prefix="noether-")
    try:
        pid = os.fork()
        if pid == 0:
            _become_call(scratch, outcome)
            contract.settle()
            contract.bound(limits)
            _tell(contract.answer(source, helpers, value))
        os.close(outcome)
        with open(incoming, "rb") as file:  # noqa: PTH123
            reply = file.read()
        _, status = os.waitpid(pid, 0)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if os.WIFSIGNALED(status):
        _end(CALL_FAILED, f"killed: {signal.Signals(os.WTERMSIG(status)).name}")
    size = _LENGTH.size
    if status or len(reply) < size or len(reply) - size != _LENGTH.unpack_from(reply)[0]:
        _end(CALL_FAILED, "output-invalid: no result")
    return reply[size:]


def _become_call(scratch: str, outcome: int) -> None:
    """Descriptors, folder and session as in the sandbox; ends when the program does."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    os.setsid()
    os.chdir(scratch)
    high = os.dup2(outcome, 100)
    os.dup2(os.open("/dev/null", os.O_RDWR), 0)
    os.dup2(2, 1)
    os.dup2(high, _OUTCOME)
    os.close(3)
    os.closerange(5, 256)


def _tell(reply: bytes) -> NoReturn:
    view = memoryview(_LENGTH.pack(len(reply)) + reply)
    try:
        while view:
            view = view[os.write(_OUTCOME, view) :]
    except BaseException:  # noqa: BLE001 - a descriptor that the stage has closed
        os._exit(1)
    os._exit(0)


def _checked(reply: bytes, output: dict[str, object]) -> bytes:
    """The encoded value, believed only after the same checks as in a run."""
    if reply[:1] != b"S":
        ending = json.loads(reply[1:])
        told = ending.get("traceback") or ending.get("message", "")
        _end(CALL_FAILED, f"{ending['outcome']}: {told}".rstrip())
    try:
        value = contract.decode(reply[1:])
        encoded = contract.encode(value)
    except contract.InvalidValueError as error:
        _end(CALL_FAILED, f"output-invalid: {error}")
    fault = contract.compile_type(output)(value)
    if fault is not None:
        _end(CALL_FAILED, f"output-invalid: {_words(fault)}")
    return encoded


def _words(fault: contract.Fault) -> str:
    got = "it is absent" if fault.got is None else f"it is {fault.got}"
    return f"{json.dumps(fault.expected)} is expected at {fault.pointer!r}, {got}"


def _end(code: int, reason: str) -> NoReturn:
    sys.stderr.write(f"{reason}\n")
    sys.stderr.flush()
    os._exit(code)


def _read(folder: str, name: str) -> bytes:
    with open(f"{folder}/{name}", "rb") as file:  # noqa: PTH123
        return file.read()
