import dataclasses
import hashlib

import pytest

from noether_nix.stage.effect import PURE
from noether_nix.stage.model import (
    Package,
    Stage,
    implementation_hash,
    signature_document,
    stage_id,
)
from noether_nix.types.model import BOOL, NUMBER, TEXT, Type

DOUBLE = Stage(
    name="double",
    input=NUMBER,
    output=NUMBER,
    effects=(PURE,),
    source=b"def execute(number):\n    return 2 * number\n",
)


# reference/noether.md 2.2
@pytest.mark.parametrize(
    ("input_type", "output_type", "implementation", "expected"),
    [
        (
            TEXT,
            NUMBER,
            "abc123",
            "980de483c8940ece66165badd67c41a7f82aa286d1b170da5c12b149049e8ce3",
        ),
        (
            BOOL,
            BOOL,
            "identity",
            "9ff5f0c6927b8f2eb767e5ed2288dc07f192b2e8c6e78246fdd452a54296dbbc",
        ),
    ],
)
def test_ids_are_the_ancestors(
    input_type: Type, output_type: Type, implementation: str, expected: str
) -> None:
    stage = dataclasses.replace(DOUBLE, name="test", input=input_type, output=output_type)

    assert stage_id(signature_document(stage), implementation) == expected


def test_plain_python_is_hashed_as_it_stands() -> None:
    expected = "cb10171b609ba00735c0739b489c1f8289870d0bf5553c6736003177c0d4da1f"

    assert DOUBLE.implementation_hash == expected


def test_helpers_are_hashed_in_the_form_of_design_11_4() -> None:
    document = (
        '{"helpers":{"a.py":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},'
        '"language":"python","packages":[],"source":"cb10171b609ba00735c0739b489c1f8289870d0bf5553c6736003177c0d4da1f"}'
    )

    helped = dataclasses.replace(DOUBLE, helpers=(("a.py", b""),))

    assert helped.implementation_hash == hashlib.sha256(document.encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"name": "twice"}, id="name"),
        pytest.param({"input": TEXT}, id="input"),
        pytest.param({"output": TEXT}, id="output"),
        pytest.param({"effects": ()}, id="effects"),
    ],
)
def test_the_signature_moves_both_ids(change: dict[str, object]) -> None:
    other = dataclasses.replace(DOUBLE, **change)  # type: ignore[arg-type]

    assert other.signature_id != DOUBLE.signature_id
    assert other.id != DOUBLE.id


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"source": b"def execute(x): return x + x"}, id="source"),
        pytest.param({"helpers": (("a.py", b""),)}, id="helper"),
        pytest.param({"helpers": (("a.py", b" "),)}, id="byte of a helper"),
        pytest.param({"helpers": (("b.py", b""),)}, id="name of a helper"),
        pytest.param({"packages": (Package("p", "1", "00"),)}, id="package"),
        pytest.param({"language": "bash"}, id="language"),
    ],
)
def test_the_code_moves_the_id_and_not_the_signature(change: dict[str, object]) -> None:
    other = dataclasses.replace(DOUBLE, **change)  # type: ignore[arg-type]

    assert other.signature_id == DOUBLE.signature_id
    assert other.id != DOUBLE.id


def test_the_order_of_packages_does_not_matter() -> None:
    one, two = Package("a", "1", "00"), Package("b", "1", "00")

    first = implementation_hash(b"", packages=(one, two))

    assert first == implementation_hash(b"", packages=(two, one))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"description": "other"}, id="description"),
        pytest.param({"tags": ("x",)}, id="tags"),
        pytest.param({"limits": {"wall": 1}}, id="limits"),
        pytest.param({"origin": "elsewhere.py"}, id="origin"),
    ],
)
def test_what_does_not_run_moves_no_id(change: dict[str, object]) -> None:
    other = dataclasses.replace(DOUBLE, **change)  # type: ignore[arg-type]

    assert other.id == DOUBLE.id
    assert hash(other) == hash(DOUBLE)


def test_where_a_stage_was_read_is_no_part_of_it() -> None:
    assert dataclasses.replace(DOUBLE, origin="elsewhere.py") == DOUBLE
