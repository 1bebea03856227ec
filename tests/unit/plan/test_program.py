"""What changes a key, and what does not (design 11.4)."""

import dataclasses
import hashlib
from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import StageInvalidError
from noether_nix.formats.derivation import drv_path
from noether_nix.formats.store_path import StorePath
from noether_nix.inside.contract import Limits
from noether_nix.plan.interpreter import Interpreter
from noether_nix.plan.limits import call_limits
from noether_nix.plan.program import Program, contract_code, flat_path, value_path
from noether_nix.stage.effect_forms import parse_effects
from noether_nix.stage.limits import CALL_LIMITS
from noether_nix.stage.model import Example, Package, Returns, Stage
from noether_nix.types.text import parse_type

INPUT = hashlib.sha256(b'{"a":1}').hexdigest()
STAGE = Stage(
    name="count",
    input=parse_type("Text"),
    output=parse_type("Number"),
    effects=(),
    source=b'"""Count."""\ndef execute(v): return 1\n',
    helpers=(("tools.py", b"I = 1\n"), ("words.py", b"")),
)
PLACE = Interpreter(StorePath("0" * 32, "noether-python-3.11.2"), "x86_64-linux", "3.11.2")
LIMITS = call_limits({}, {}).observable

Parts: TypeAlias = tuple[Stage, Interpreter, Limits, str]
Change: TypeAlias = Callable[[Parts], Parts]


def key_of(parts: Parts) -> str:
    stage, interpreter, limits, value = parts
    return str(Program(stage, interpreter, limits).key(value))


def stage(**facts: object) -> Change:
    return lambda parts: (dataclasses.replace(parts[0], **facts), *parts[1:])  # type: ignore[arg-type]


def interpreter(**facts: object) -> Change:
    return lambda parts: (parts[0], dataclasses.replace(parts[1], **facts), *parts[2:])  # type: ignore[arg-type]


def limit(name: str) -> Change:
    def change(parts: Parts) -> Parts:
        more = dataclasses.replace(parts[2], **{name: getattr(parts[2], name) + 1})
        return (parts[0], parts[1], more, parts[3])

    return change


def given_limit(name: str) -> Change:
    """A limit as a run or a stage states it."""
    return lambda parts: (
        dataclasses.replace(parts[0], limits={name: 7}),
        parts[1],
        call_limits({name: 7}, {}).observable,
        parts[3],
    )


CHANGES: dict[str, Change] = {
    "a byte of the source": stage(source=STAGE.source[:-1]),
    "a word of its docstring": stage(source=STAGE.source.replace(b"Count.", b"Count!")),
    "the end of its lines": stage(source=STAGE.source.replace(b"\n", b"\r\n")),
    "a byte of a helper": stage(helpers=(("tools.py", b"I = 2\n"), ("words.py", b""))),
    "a helper's name": stage(helpers=(("tools.py", b"I = 1\n"), ("wordz.py", b""))),
    "helpers' bytes exchanged": stage(helpers=(("tools.py", b""), ("words.py", b"I = 1\n"))),
    "one helper fewer": stage(helpers=(("tools.py", b"I = 1\n"),)),
    "no helper": stage(helpers=()),
    "the output type": stage(output=parse_type("Number & Range(0..=9)")),
    "an optional field of it": stage(output=parse_type('{ "a"?: Number }')),
    "memory": limit("memory_bytes"),
    "stack": limit("stack_bytes"),
    "processes": limit("processes"),
    "open files": limit("open_files"),
    "scratch": limit("scratch_bytes"),
    "memory, stated": given_limit("memory"),
    "stack, stated": given_limit("stack"),
    "processes, stated": given_limit("processes"),
    "open files, stated": given_limit("open_files"),
    "scratch, stated": given_limit("scratch"),
    "the toolchain": interpreter(toolchain=StorePath("1" * 32, PLACE.toolchain.name)),
    "the system": interpreter(system="aarch64-linux"),
    "the input": lambda parts: (*parts[:3], hashlib.sha256(b'{"a":1.0}').hexdigest()),
}

NO_CHANGES: dict[str, Change] = {
    "the stage's name": stage(name="other"),
    "its description": stage(description="Counts."),
    "its origin": stage(origin="elsewhere/count.py"),
    "tags and aliases": stage(tags=("a",), aliases=("b",)),
    "examples": stage(examples=(Example(1, Returns(2)),)),
    "properties": stage(properties=({"kind": "deterministic"},)),
    "effects": stage(effects=parse_effects("[Pure, Fallible]")[0]),
    "the input type, which is checked before": stage(input=parse_type("Any")),
    "wall time": given_limit("wall"),
    "processor time": given_limit("cpu"),
    "silence": given_limit("silence"),
    "output bytes": given_limit("output"),
    "log bytes": given_limit("log"),
    "where the toolchain came from": interpreter(provider="nixpkgs"),
    "what its version is called": interpreter(version="3.11.2+"),
}


def test_every_limit_is_known_to_change_the_key_or_not_to() -> None:
    tried = [given_limit(name) for name in CALL_LIMITS]

    moved = [change for change in tried if key_of(change(BASE)) != key_of(BASE)]

    assert len(moved) == sum(limit.observable for limit in CALL_LIMITS.values())


BASE: Parts = (STAGE, PLACE, LIMITS, INPUT)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_can_change_a_result_changes_the_key(change: Change) -> None:
    assert key_of(change(BASE)) != key_of(BASE)


def test_no_two_changes_give_the_same_key() -> None:
    keys = [key_of(change(BASE)) for change in CHANGES.values()]

    assert len({*keys, key_of(BASE)}) == len(keys) + 1


@pytest.mark.parametrize("change", NO_CHANGES.values(), ids=NO_CHANGES.keys())
def test_nothing_else_changes_the_key(change: Change) -> None:
    changed = change(BASE)

    assert changed != BASE or changed[0].origin != BASE[0].origin
    assert key_of(changed) == key_of(BASE)


@given(
    source=st.binary(max_size=60),
    helpers=st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}\.py", fullmatch=True), st.binary(max_size=9)
    ),
    place=st.integers(0, 10_000),
    byte=st.integers(1, 255),
)
def test_any_byte_of_any_file_changes_the_key(
    source: bytes, helpers: dict[str, bytes], place: int, byte: int
) -> None:
    files = {"": source, **helpers}
    changed = dict(files)
    name = sorted(files)[place % len(files)]
    data = bytearray(files[name] or b"\0")
    data[place % len(data)] ^= byte
    changed[name] = bytes(data)

    def key(contents: dict[str, bytes]) -> str:
        rest = {name: data for name, data in contents.items() if name}
        return key_of(stage(source=contents[""], helpers=tuple(sorted(rest.items())))(BASE))

    assert key(files) != key(changed)
    assert key(files) == key(dict(reversed(files.items())))


@given(st.binary(min_size=32, max_size=32))
def test_the_key_is_the_path_of_the_derivation_made_the_long_way(digest: bytes) -> None:
    program = Program(STAGE, PLACE, LIMITS)

    key = program.key(digest.hex())

    derivation = program.derivation(digest.hex())
    assert key.drv == drv_path(derivation)
    assert key.output == derivation.outputs["out"].path
    assert key.drv_sha256 == hashlib.sha256(derivation.render()).hexdigest()
    assert value_path(digest.hex()) in derivation.input_sources


def test_a_derivation_reads_what_the_program_holds_and_nothing_else() -> None:
    program = Program(STAGE, PLACE, LIMITS)

    derivation = program.derivation(INPUT)

    assert set(derivation.input_sources) == {
        *program.contents, PLACE.toolchain, value_path(INPUT)
    }  # fmt: skip
    assert not derivation.input_derivations
    assert all(flat_path(path.name, data) == path for path, data in program.contents.items())
    assert contract_code() in program.contents.values()


def test_the_environment_has_no_word_of_ours_or_of_the_machine() -> None:
    derivation = Program(STAGE, PLACE, LIMITS).derivation(INPUT)

    assert derivation.environment.keys() == {
        "LANG", "LC_ALL", "PYTHONHASHSEED", "builder", "contract", "helpers", "input", "name",
        "out", "stage", "system",
    }  # fmt: skip
    assert derivation.environment["name"] == "noether-call"


def test_programs_that_differ_have_different_ids_whatever_the_input() -> None:
    changed = [change(BASE) for name, change in CHANGES.items() if name != "the input"]
    ids = {Program(*parts[:3]).id for parts in [BASE, *changed]}

    assert len(ids) == len(changed) + 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        pytest.param({"packages": (Package("a", "1", "0" * 64),)}, "the package a", id="package"),
        pytest.param({"language": "javascript"}, "is written in javascript", id="language"),
    ],
)
def test_what_no_key_can_name_yet_gets_none(facts: dict[str, object], words: str) -> None:
    with pytest.raises(StageInvalidError, match=words):
        key_of(stage(**facts)(BASE))
