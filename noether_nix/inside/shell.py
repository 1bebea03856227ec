"""A call with a person at it: its fences, its code and its input, and a terminal.

Goes the way of every call: a zygote with a locked root, a clone with namespaces of its own, every
fence, and only then the code and the input. What differs is told by ``noether shell``.
"""

import errno
import gc
import json
import os
import platform
import signal
import struct
import sys
import traceback
import types
from typing import Any, NoReturn

from noether_nix.inside import contract, filters, ground, kernel, zygote

_DOCUMENT, _OUTCOME = 3, 4
_TOP = "/build"
_CALL_NAMESPACES = kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID
# What types for the person at the terminal, in another process: (x86_64, aarch64).
_IOCTL = {"x86_64": 16, "aarch64": 29}
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C

ENDED_WELL, RAISED = b"C0", b"C1"


def main() -> NoReturn:
    """Be the builder's stand-in: make one call, and end as it ends."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
        signal.signal(number, signal.SIG_IGN)
    limits = contract.Limits(**json.loads(os.environ["limits"]))
    try:
        locked = ground.LockedGround(os.environ["visible"].split(), _TOP)
        system_calls = ground.new_filter(locked, terminal=True)
        locked.enter()
        contract.settle()
        gc.disable()
        child = kernel.clone_process(_CALL_NAMESPACES)
        if child == 0:
            _become_call(locked, system_calls, limits)
    except OSError as error:
        os.write(_OUTCOME, zygote.UNABLE + str(error).encode())
        os._exit(1)
    for descriptor in (_DOCUMENT, _OUTCOME):
        os.close(descriptor)
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _become_call(
    locked: ground.LockedGround, system_calls: filters.SystemCallFilter, limits: contract.Limits
) -> NoReturn:
    try:
        kernel.end_with_parent()
        kernel.set_dumpable(dumpable=True)
        locked.become_someone()
        os.closerange(5, 256)
        locked.take_place(limits)
        locked.restrict_files()
        kernel.drop_capabilities()
        _guard_terminal()
        system_calls.put_on(os.getpid())
    except BaseException as error:  # noqa: BLE001 - told outside, which refuses
        os.write(_OUTCOME, zygote.UNABLE + f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    os.write(_OUTCOME, zygote.READY)
    try:
        _serve(_read_document())
    finally:
        os._exit(0)


def _guard_terminal() -> None:
    """Refuse what would type words at the person's terminal for what runs there afterwards."""
    import ctypes

    load, equal, answer = 0x20, 0x15, 0x06
    refuse, allow = 0x00050000 | errno.EPERM, 0x7FFF0000
    lines = (
        (load, 0, 0, 0),
        (equal, 0, 4, _IOCTL[platform.machine()]),
        (load, 0, 0, 24),
        (equal, 1, 0, _TIOCSTI),
        (equal, 0, 1, _TIOCLINUX),
        (answer, 0, 0, refuse),
        (answer, 0, 0, allow),
    )
    code = b"".join(struct.pack("HBBI", *line) for line in lines)
    held = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(lines), ctypes.addressof(held))
    if kernel.LIBC.prctl(22, 2, program, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp for the terminal: {os.strerror(number)}")


def _read_document() -> dict[str, Any]:
    parts = []
    while part := os.read(_DOCUMENT, 1 << 20):
        parts.append(part)
    os.close(_DOCUMENT)
    document = json.loads(b"".join(parts))
    assert isinstance(document, dict)
    return document


def _serve(document: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    source = document["source"].encode()
    helpers = {name: text.encode() for name, text in document["helpers"].items()}
    value = document["value"].encode()
    if document["mode"] == "run":
        _reply(contract.answer(source, helpers, value))
        return
    if document["mode"] == "interactive":
        nothing = os.open("/dev/null", os.O_RDWR)
        os.dup2(nothing, _OUTCOME)
        os.close(nothing)
        _converse(_load(source, helpers, value))
        return
    names = _load(source, helpers, value)
    try:
        exec(compile(document["code"], "<shell>", "exec", dont_inherit=True), names)
        reply = ENDED_WELL
    except SystemExit as end:
        reply = RAISED if end.code else ENDED_WELL
    except BaseException as error:  # noqa: BLE001 - whatever a person's code raises is shown
        _show(error)
        reply = RAISED
    sys.stdout.flush()
    _reply(reply)


def _reply(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(_OUTCOME, view) :]


def _load(source: bytes, helpers: dict[str, bytes], value: bytes) -> dict[str, Any]:
    """The names that a person finds; a stage that cannot be loaded leaves ``execute`` out."""
    names: dict[str, Any] = {"__name__": "__console__", "__doc__": None}
    names["input"] = json.loads(value)
    module = types.ModuleType("stage")
    module.__file__ = contract.STAGE_FILE
    sys.modules["stage"] = names["stage"] = module
    if helpers:
        sys.meta_path.insert(0, contract._Helpers(helpers))  # noqa: SLF001
    try:
        contract._run_source(source, contract.STAGE_FILE, module)  # noqa: SLF001
        names["execute"] = module.execute
    except BaseException as error:  # noqa: BLE001 - it may be why the call failed
        _show(error)
        sys.stdout.write("the stage cannot be loaded, so there is no execute\n")
    return names


def _show(error: BaseException) -> None:
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename in (
        __file__,
        contract.__file__,
    ):
        frames = frames.tb_next
    traceback.print_exception(type(error), error, frames)


def _converse(names: dict[str, Any]) -> None:
    import code

    try:
        import readline
        import rlcompleter

        readline.set_completer(rlcompleter.Completer(names).complete)
        readline.parse_and_bind("tab: complete")
    except ImportError:
        pass  # a toolchain without it: lines cannot be edited
    code.interact(banner="", local=names, exitmsg="")
