"""Builds the package of a stage: ``$out/bin/NAME``, JSON in and JSON out (see ``program.py``).

Runs as the builder of ``nixexpr/templates/package.nix.j2``, with the standard library alone.

The program must start wherever its store path is: in a sandbox that has no shell, on a machine
without Nix's folders but this closure, and whatever its caller's environment says. A ``#!`` line
carries one argument and the interpreter needs several, so the program is a launcher of its own:
an ELF file of one page that gives its arguments to the toolchain's loader and nothing else.
"""

import json
import os
import platform
import py_compile
import struct
from collections.abc import Mapping, Sequence

# Never -I or -E: they ignore PYTHONHASHSEED (``plan/interpreter.py`` has the same).
_FLAGS = ("-s", "-S", "-P", "-X", "utf8")
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from noether_nix.inside import contract; contract.preload(); "
    "from noether_nix.inside.program import main; main()"
)
_VARIABLES = ("LANG", "LC_ALL", "PYTHONHASHSEED")

_BASE = 0x400000
_HEADERS = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
# Where the words are, how many; where the variables are; what to say if this fails, how long.
_PARAMETERS = struct.Struct("<QQQQQ")
_PARAMETERS_AT = _HEADERS.size + 2 * _SEGMENT.size
_CODE_AT = _PARAMETERS_AT + _PARAMETERS.size

# execve(words[0], words + argv[1:], variables); write(2, complaint, its length); exit(127).
# The parameters are at 0x4000b0.
_X86_64 = bytes.fromhex(
    "bb b0 00 40 00"  # mov   $0x4000b0, %ebx
    "59"  # pop   %rcx                argc
    "48 89 e6"  # mov   %rsp, %rsi          argv
    "6a 00"  # push  $0                  the end of the new list
    "48 ff c9"  # 1: dec %rcx
    "7e 05"  # jle   2f
    "ff 34 ce"  # push  (%rsi,%rcx,8)       from the last to argv[1]
    "eb f6"  # jmp   1b
    "48 8b 3b"  # 2: mov (%rbx), %rdi       words
    "48 8b 4b 08"  # mov   8(%rbx), %rcx       how many
    "ff 74 cf f8"  # 3: push -8(%rdi,%rcx,8)
    "48 ff c9"  # dec   %rcx
    "75 f7"  # jne   3b
    "48 8b 3c 24"  # mov   (%rsp), %rdi
    "48 89 e6"  # mov   %rsp, %rsi
    "48 8b 53 10"  # mov   16(%rbx), %rdx      variables
    "b8 3b 00 00 00"  # mov   $59, %eax           execve
    "0f 05"  # syscall
    "bf 02 00 00 00"  # mov   $2, %edi
    "48 8b 73 18"  # mov   24(%rbx), %rsi
    "48 8b 53 20"  # mov   32(%rbx), %rdx
    "b8 01 00 00 00"  # mov   $1, %eax            write
    "0f 05"  # syscall
    "bf 7f 00 00 00"  # mov   $127, %edi
    "b8 3c 00 00 00"  # mov   $60, %eax           exit
    "0f 05"  # syscall
)
_AARCH64 = bytes.fromhex(
    "131680d2 1308a0f2"  # movz x19, #0xb0; movk x19, #0x40, lsl #16
    "e10340f9 e2430091"  # ldr x1, [sp] (argc); add x2, sp, #16 (argv + 1)
    "630640f9"  # ldr x3, [x19, #8]    how many
    "2400038b 84040091 84f87f92"  # x4 = (argc + how many + 1) & ~1: the stack is in pairs
    "e5030091 a50c04cb bf000091"  # x5 = sp = sp - 8 * x4
    "660240f9 e70305aa"  # ldr x6, [x19] (words); mov x7, x5
    "c88440f8 e88400f8"  # 1: ldr x8, [x6], #8; str x8, [x7], #8
    "630400f1 a1ffff54"  # subs x3, x3, #1; b.ne 1b
    "488440f8 e88400f8"  # 2: ldr x8, [x2], #8; str x8, [x7], #8
    "c8ffffb5"  # cbnz x8, 2b          argv[1] to the end of the list
    "a00040f9 e10305aa 620a40f9"  # x0 = [x5]; x1 = x5; x2 = variables
    "a81b80d2 010000d4"  # execve
    "400080d2 610e40f9 621240f9 080880d2 010000d4"  # write
    "e00f80d2 a80b80d2 010000d4"  # exit
)
_MACHINES = {"x86_64": (62, _X86_64), "aarch64": (183, _AARCH64)}
_COMPLAINT = b"its interpreter cannot be started; is its whole closure there?\n"


def launcher(machine: str, words: Sequence[str], variables: Mapping[str, str]) -> bytes:
    """An ELF program that becomes ``words`` followed by its own arguments.

    Args:
        machine: as the kernel names it, ``x86_64`` or ``aarch64``.
        words: the program to become, by its path, and its first arguments.
        variables: the whole environment of what it becomes.
    """
    number, code = _MACHINES[machine]
    texts = [*words, *(f"{name}={value}" for name, value in variables.items())]
    strings = _COMPLAINT + b"".join(text.encode() + b"\0" for text in texts)
    strings += bytes(-(_CODE_AT + len(code) + len(strings)) % 8)
    start = _BASE + _CODE_AT + len(code)
    table = start + len(strings)
    places, place = [], start + len(_COMPLAINT)
    for text in texts:
        places.append(place)
        place += len(text.encode()) + 1
    split = len(words)
    pointers = [*places, 0]
    parameters = _PARAMETERS.pack(table, split, table + 8 * split, start, len(_COMPLAINT))
    size = _CODE_AT + len(code) + len(strings) + 8 * len(pointers)
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    headers = _HEADERS.pack(
        identity, 2, number, 1, _BASE + _CODE_AT, _HEADERS.size, 0, 0,
        _HEADERS.size, _SEGMENT.size, 2, 0, 0, 0,
    )  # fmt: skip
    segments = (
        _SEGMENT.pack(1, 5, 0, _BASE, _BASE, size, size, 0x10000),  # load, readable, executable
        _SEGMENT.pack(0x6474E551, 6, 0, 0, 0, 0, 0, 16),  # a stack that is not executable
    )
    body = struct.pack(f"<{len(pointers)}Q", *pointers)
    return b"".join((headers, *segments, parameters, code, strings, body))


def main() -> None:
    """Write the package to ``$out``."""
    variables = dict(os.environ)
    out = variables["out"]
    library = f"{out}/lib"
    room = f"{library}/noether_nix/inside"
    helpers = json.loads(_read(variables["contract"]))["helpers"]
    files = {
        f"{library}/noether_nix/__init__.py": b"",
        f"{room}/__init__.py": b"",
        f"{room}/contract.py": _read(variables["contract_code"]),
        f"{room}/program.py": _read(variables["program_code"]),
        f"{library}/contract.json": _read(variables["contract"]),
        f"{library}/input.json": _read(variables["input_type"]),
        f"{library}/stage.py": _read(variables["stage"]),
    }
    for name, path in zip(helpers, variables["helpers"].split(), strict=True):
        files[f"{library}/helpers/{name}"] = _read(path)
    toolchain = f"{variables['toolchain']}/lib"
    python = f"{variables['toolchain']}/bin/python3"
    words = (variables["loader"], "--library-path", toolchain, python, *_FLAGS)
    files[f"{out}/bin/{variables['program']}"] = launcher(
        platform.machine(),
        (*words, "-c", _START, library),
        {name: variables[name] for name in _VARIABLES},
    )
    for path, data in files.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        with open(path, "xb") as file:  # noqa: PTH123
            file.write(data)
    program = f"{out}/bin/{variables['program']}"
    os.chmod(program, 0o555)  # noqa: PTH101, S103 - all may start it, none may change it
    for name in ("contract", "program"):  # a start without them takes twice as long
        py_compile.compile(
            f"{room}/{name}.py",
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()


if __name__ == "__main__":
    main()
