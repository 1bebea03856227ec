"""A call once more, in its sandbox, for whoever wants to see why it ended as it did.

Nix has no part in it, for its builders have no terminal: the room is made by
``process/shell_room.py`` of the same parts, and from there on it is the code of every build.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import noether_nix
from noether_nix.database.scratch import scratch_folder
from noether_nix.errors import SandboxUnavailableError, ToolchainUnusableError
from noether_nix.executor.inside_tree import place_inside
from noether_nix.frozen import dataclass, field
from noether_nix.inside import contract
from noether_nix.inside.scheduler import claimed_ending
from noether_nix.plan.program import STARTING_ENVIRONMENT
from noether_nix.process.child import Exit, Stop, run
from noether_nix.process.foreground import run_in_foreground
from noether_nix.process.nix_failure import USER_NAMESPACES_HINT
from noether_nix.run.calls import NamedCall
from noether_nix.run.house import House
from noether_nix.run.telling import told_to_author
from noether_nix.types.document import type_to_document

Mode: TypeAlias = Literal["interactive", "run", "code"]

_READY, _UNABLE = b"R", b"X"
_ROOM = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from noether_nix.process.shell_room import main; main()"
)
_START = (
    "import os, sys; sys.path.insert(0, os.environ['inside']); "
    "from noether_nix.inside import contract; contract.preload(); "
    "from noether_nix.inside.shell import main; main()"
)
_CODE_OUTPUT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended in a shell; ``value`` is its encoded result if it succeeded."""

    outcome: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    value: bytes | None = None


def converse(house: House, call: NamedCall) -> int:
    """Let a person type at the call's own terminal, which is ours; its exit code.

    Raises:
        SandboxUnavailableError: this machine does not let us make the sandbox.
        ToolchainUnusableError: the call's toolchain is no longer there.
    """
    reader, writer = os.pipe()
    document = os.memfd_create("call", os.MFD_CLOEXEC)
    try:
        os.write(document, _document(call, "interactive", ""))
        os.lseek(document, 0, os.SEEK_SET)
        with scratch_folder(house.settings.home / "tmp", "shell-") as root:
            argv = _argv(house, call, root, document=document, outcome=writer)
            code = run_in_foreground(argv, environment=_HOST, descriptors=(document, writer))
        os.close(writer)
        writer = -1
        _check_ready(os.read(reader, 4096))
    finally:
        for descriptor in filter(lambda one: one >= 0, (reader, writer, document)):
            os.close(descriptor)
    return code


def run_once(house: House, call: NamedCall, on_line: Callable[[bytes], None]) -> Ending:
    """Execute the call once more, and say how it ended; nothing is kept.

    Args:
        house: where its toolchain is.
        call: the call; its input is known.
        on_line: gets each line that it prints.

    Raises:
        SandboxUnavailableError: this machine does not let us make the sandbox.
        ToolchainUnusableError: the call's toolchain is no longer there.
    """
    limits = call.limits
    end, reply = _captured(house, call, "run", "", on_line, limits.output_bytes + 1)
    if end.stopped is Stop.TIMED_OUT:
        return Ending("timed-out", {"limit": "wall_seconds", "allowed": limits.wall_seconds})
    if len(reply) > limits.output_bytes + 1:
        return Ending("output-too-large", {"limit": "output_bytes", "allowed": limits.output_bytes})
    if reply[:1] == b"S":
        return _succeeded(call, reply[1:])
    if reply[:1] == b"E":
        outcome, detail = claimed_ending(reply[1:])
        return Ending(outcome, _told(call, detail))
    if end.code is not None and end.code > 128:
        return Ending("killed", {"signal": _signal_name(256 - end.code)})
    return Ending("output-invalid", {"message": "no result"})


def run_code(house: House, call: NamedCall, code: str, on_line: Callable[[bytes], None]) -> bool:
    """Run a person's code where the call's ``input`` and ``execute`` are; whether it ended well.

    Raises:
        SandboxUnavailableError: this machine does not let us make the sandbox.
        ToolchainUnusableError: the call's toolchain is no longer there.
    """
    _, reply = _captured(house, call, "code", code, on_line, _CODE_OUTPUT_BYTES)
    return reply == b"C0"


# ---------------------------------------------------------------- inside


_HOST = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}


def _captured(
    house: House,
    call: NamedCall,
    mode: Mode,
    code: str,
    on_line: Callable[[bytes], None],
    most: int,
) -> tuple[Exit, bytes]:
    """The end of the process, and at most one byte more than ``most`` of what it answers."""
    reply = bytearray()

    def take(piece: bytes) -> None:
        reply.extend(piece[: most + 2 - len(reply)])

    with scratch_folder(house.settings.home / "tmp", "shell-") as root:
        end = run(
            _argv(house, call, root, document=None, outcome=None),
            environment=_HOST,
            stdin=_document(call, mode, code),
            on_line=on_line,
            on_output=take,
            timeout_seconds=call.limits.wall_seconds,
        )
    if end.stopped is None:
        _check_ready(bytes(reply))
    return end, bytes(reply[1:])


def _check_ready(reply: bytes) -> None:
    if reply[:1] == _READY:
        return
    reason = reply[1:].decode("utf-8", "replace") if reply[:1] == _UNABLE else "it ended at once"
    raise SandboxUnavailableError(
        f"the sandbox of the call cannot be made here: {reason}", hint=USER_NAMESPACES_HINT
    )


def _argv(
    house: House, call: NamedCall, root: Path, *, document: int | None, outcome: int | None
) -> tuple[str, ...]:
    interpreter = call.program.interpreter
    if not house.nix.physical(interpreter.toolchain).exists():
        raise ToolchainUnusableError(
            f"the toolchain {interpreter.toolchain} is no longer in the store",
            hint="run the graph again, with the toolchain of now",
        )
    inside = str(place_inside(house.nix, house.settings.home / "tmp"))
    toolchain = str(interpreter.toolchain)
    order = {
        "root": str(root),
        "store": str(house.nix.store_folder),
        "paths": [toolchain, inside],
        "command": [interpreter.builder, *interpreter.arguments, "-c", _START],
        "environment": {
            **STARTING_ENVIRONMENT,
            "NIX_BUILD_TOP": "/build",
            "inside": inside,
            "limits": json.dumps(vars(call.program.limits)),
            "visible": toolchain,
        },
        "document": document,
        "outcome": outcome,
    }
    package = str(Path(noether_nix.__file__).parents[1])
    python = (sys.executable, "-S", "-P", "-X", "utf8", "-c", _ROOM)
    return (*python, package, json.dumps(order))


def _document(call: NamedCall, mode: Mode, code: str) -> bytes:
    stage = call.program.stage
    document = {
        "mode": mode,
        "code": code,
        "source": stage.source.decode(),
        "helpers": {name: data.decode() for name, data in stage.helpers},
        "value": call.input.decode(),
    }
    return json.dumps(document).encode()


def _succeeded(call: NamedCall, data: bytes) -> Ending:
    try:
        value = contract.decode(data)
        encoded = contract.encode(value)
    except contract.InvalidValueError as error:
        return Ending("output-invalid", {"message": error.reason, "pointer": error.pointer})
    fault = contract.compile_type(type_to_document(call.program.stage.output))(value)
    if fault is not None:
        facts = {"pointer": fault.pointer, "expected": fault.expected, "got": fault.got}
        return Ending("output-invalid", _told(call, facts))
    return Ending("succeeded", {}, encoded)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _told(call: NamedCall, detail: Mapping[str, Any]) -> dict[str, Any]:
    return told_to_author(call.program.stage, detail, call.program.interpreter.toolchain)
