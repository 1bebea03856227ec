import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import StageInvalidError
from noether_nix.stage.document import stage_to_document
from noether_nix.stage.effect import PURE, Effect, EffectKind
from noether_nix.stage.model import Example, Raises, Returns, Stage
from noether_nix.stage.spec import MAX_SPEC_BYTES, parse_spec
from noether_nix.types.model import NUMBER, TEXT, record
from tests.unit.types.strategies import json_values

CODE = "def execute(value):\n    return len(value['text'])\n"
SPEC = {
    "name": "text_size",
    "input": {"Record": [["text", "Text"]]},
    "output": "Number",
    "implementation": CODE,
}


def parse(**changes: Any) -> Stage:
    document = {**SPEC, **changes}
    return parse_spec(json.dumps(document).encode(), place="spec.json")


def problems_of(document: object) -> list[tuple[str, str]]:
    with pytest.raises(StageInvalidError) as caught:
        parse_spec(json.dumps(document, indent=1).encode(), place="spec.json")
    return [(problem.code, problem.place) for problem in caught.value.problems]


def test_a_spec_of_four_keys_is_a_stage() -> None:
    assert parse() == Stage(
        name="text_size",
        description="text_size",
        input=record({"text": TEXT}),
        output=NUMBER,
        effects=(PURE,),
        source=CODE.encode(),
    )


def test_every_key_of_a_spec_is_read() -> None:
    stage = parse(
        description="The size.",
        effects=["fallible", {"effect": "Llm", "model": "m"}],
        implementation={"code": CODE, "language": "python"},
        examples=[
            {"input": {"text": "ab"}, "output": 2},
            {"input": {"text": ""}, "raises": "ValueError"},
        ],
        tags=["text"],
        aliases=["size"],
        properties=[{"kind": "range", "field": "output", "min": 0}],
        _comment="kept for people",
    )

    assert stage.description == "The size."
    assert stage.effects == (Effect(EffectKind.FALLIBLE), Effect(EffectKind.LLM, "m"))
    assert stage.examples == (
        Example({"text": "ab"}, Returns(2)),
        Example({"text": ""}, Raises("ValueError")),
    )
    assert (stage.tags, stage.aliases) == (("text",), ("size",))
    assert stage.properties == ({"kind": "range", "field": "output", "min": 0},)


@pytest.mark.parametrize("effects", [[], ["Pure"], ["pure", "PURE"]])
def test_no_effects_are_pure_as_for_the_ancestor(effects: list[str]) -> None:
    assert parse(effects=effects).id == parse().id


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        pytest.param({"capabilites": []}, "key-unknown", "/capabilites", id="unknown key"),
        pytest.param({"name": "text-size"}, "name-invalid", "/name", id="name"),
        pytest.param({"name": 1}, "key-invalid", "/name", id="name is a number"),
        pytest.param({"input": "Txt"}, "type-invalid", "/input", id="type"),
        pytest.param({"effects": "Pure"}, "key-invalid", "/effects", id="effects are a text"),
        pytest.param({"effects": ["Pur"]}, "effect-unknown", "/effects/0", id="unknown effect"),
        pytest.param(
            {"effects": [{"effect": "Cost", "cents": 5}, {"effect": "Cost", "cents": 7}]},
            "effects-contradict",
            "/effects",
            id="two costs",
        ),
        pytest.param(
            {"effects": ["Pure", "Network"]}, "effects-contradict", "/effects", id="contradiction"
        ),
        pytest.param(
            {"effects": ["Pure", 3]}, "effect-invalid", "/effects/1", id="effect is a number"
        ),
        pytest.param({"implementation": 3}, "key-invalid", "/implementation", id="no code"),
        pytest.param(
            {"implementation": {"code": CODE, "lang": "python"}},
            "key-unknown",
            "/implementation/lang",
            id="unknown key inside",
        ),
        pytest.param(
            {"implementation": {"language": "python"}},
            "key-missing",
            "/implementation",
            id="code is missing",
        ),
        pytest.param({"language": "rust"}, "language-unknown", "/implementation", id="language"),
        pytest.param(
            {"implementation": {"code": CODE, "language": "python"}, "language": "rust"},
            "language-twice",
            "/language",
            id="two languages",
        ),
        pytest.param({"tags": ["a", 1]}, "key-invalid", "/tags/1", id="tag is a number"),
        pytest.param({"examples": [1]}, "key-invalid", "/examples/0", id="example is a number"),
        pytest.param(
            {"examples": [{"input": {"text": ""}}]}, "example-invalid", "/examples/0", id="half"
        ),
        pytest.param(
            {"examples": [{"input": {"text": ""}, "output": 0}, {"input": 1, "output": 1}]},
            "example-mismatch",
            "/examples/1",
            id="example of another type",
        ),
        pytest.param(
            {"examples": [{"input": {"text": ""}, "raises": "a b"}]},
            "example-invalid",
            "/examples/0/raises",
            id="no exception",
        ),
        pytest.param(
            {"properties": [{"field": "output"}]},
            "property-invalid",
            "/properties/0",
            id="property without kind",
        ),
        pytest.param(
            {"implementation": "def f(x): ..."}, "execute-missing", "/implementation", id="code"
        ),
        pytest.param(
            {"implementation": CODE + "import numpy"},
            "import-undeclared",
            "/implementation",
            id="import",
        ),
    ],
)
def test_what_is_wrong_is_told_with_line_and_pointer(
    change: dict[str, object], code: str, place: str
) -> None:
    [(found, where)] = problems_of({**SPEC, **change})

    assert found == code
    assert where.startswith("spec.json:")
    assert where.endswith(f" {place}")


def test_the_line_is_that_of_the_key() -> None:
    assert problems_of({**SPEC, "output": "Nmber"}) == [("type-invalid", "spec.json:11 /output")]


def test_all_that_is_missing_is_told_at_once() -> None:
    assert problems_of({}) == [("key-missing", "spec.json:1")] * 4


def test_the_line_in_the_code_is_told() -> None:
    with pytest.raises(StageInvalidError, match="line 3 of the code: numpy is neither"):
        parse(implementation=CODE + "import numpy")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"{", "no JSON", id="cut"),
        pytest.param(b"[]", "a spec is a JSON object, not a list of 0", id="list"),
        pytest.param(b'{"name": 1, "name": 2}', 'the key "name" stands twice', id="key twice"),
        pytest.param(b"\xff", "not UTF-8", id="no text"),
        pytest.param(b'{"name": "\\ud800"}', "lone surrogate", id="surrogate"),
        pytest.param(b" " * (MAX_SPEC_BYTES + 1), "are more than the", id="large"),
        pytest.param(b"[" * 90000, "nested deeper", id="deep"),
    ],
)
def test_what_is_no_spec_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(StageInvalidError) as caught:
        parse_spec(data, place="spec.json")

    assert words in caught.value.message


def test_a_full_document_is_read_and_its_code_checked() -> None:
    stage = parse(examples=[{"input": {"text": ""}, "output": 0}])

    assert parse_spec(json.dumps(stage_to_document(stage)).encode(), place="x.json") == stage


def test_a_full_document_with_unlawful_code_is_refused() -> None:
    stage = Stage("x", NUMBER, NUMBER, (PURE,), b"import numpy\ndef execute(x): ...\n")

    assert [code for code, _ in problems_of(stage_to_document(stage))] == ["import-undeclared"]


keys = st.sampled_from([*SPEC, "effects", "examples", "tags", "properties", "id", "signature"])


@given(st.dictionaries(keys, json_values))
def test_no_document_breaks_the_reader(changes: dict[str, object]) -> None:
    with contextlib.suppress(StageInvalidError):
        parse(**changes)


@given(st.binary(max_size=60))
def test_bytes_raise_only_our_error(data: bytes) -> None:
    with pytest.raises(StageInvalidError):
        parse_spec(data, place="spec.json")


def test_of_very_many_problems_the_first_are_told() -> None:
    with pytest.raises(StageInvalidError, match="1000 problems") as caught:
        parse(examples=[1] * 1000)

    assert len(caught.value.problems) == 100
