import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noether_nix.errors import StageInvalidError
from noether_nix.inside.contract import Json, decode, encode
from noether_nix.stage.document import stage_from_document, stage_to_document
from noether_nix.stage.effect import PURE, contradiction, effect_set
from noether_nix.stage.limits import CALL_LIMITS
from noether_nix.stage.model import Example, Package, Raises, Returns, Stage
from noether_nix.types.model import NUMBER
from tests.unit.stage.test_effect import EFFECTS
from tests.unit.types.strategies import json_values, texts, types

STAGE = Stage("double", NUMBER, NUMBER, (PURE,), b"def execute(x):\n    return 2 * x\n")
sources = texts.map(lambda text: text.encode())
effects = (
    st.lists(EFFECTS, min_size=1).map(effect_set).filter(lambda found: contradiction(found) is None)
)
stages = st.builds(
    Stage,
    name=st.from_regex(r"[a-z0-9_]{1,64}", fullmatch=True),
    input=types,
    output=types,
    effects=effects,
    source=sources,
    description=texts,
    tags=st.lists(texts).map(tuple),
    aliases=st.lists(texts).map(tuple),
    helpers=st.dictionaries(
        st.from_regex(r"[a-z]{1,4}_x\.py", fullmatch=True), sources, max_size=2
    ).map(lambda files: tuple(sorted(files.items()))),
    packages=st.lists(st.builds(Package, texts, texts, texts), max_size=2).map(tuple),
    limits=st.dictionaries(st.sampled_from([*CALL_LIMITS]), st.integers(1, 2**63 - 1)),
    properties=st.lists(json_values.map(lambda value: {"kind": "x", "y": value})).map(tuple),
    examples=st.lists(
        st.builds(
            Example, json_values, st.builds(Returns, json_values) | st.just(Raises("a.Error"))
        ),
        max_size=2,
    ).map(tuple),
    language=st.sampled_from(["python", "bash"]),
)


@given(stages)
def test_a_stage_reads_back_from_its_document(stage: Stage) -> None:
    text = encode(stage_to_document(stage))

    document = decode(text)

    assert isinstance(document, dict)
    assert stage_from_document(document, place="x") == stage


def test_a_document_has_the_ancestors_keys() -> None:
    assert stage_to_document(STAGE) == {
        "id": STAGE.id,
        "signature_id": STAGE.signature_id,
        "name": "double",
        "description": "",
        "signature": {
            "input": {"kind": "Number"},
            "output": {"kind": "Number"},
            "effects": {"effects": [{"effect": "Pure"}]},
            "implementation_hash": STAGE.implementation_hash,
        },
        "implementation_language": "python",
        "implementation_code": "def execute(x):\n    return 2 * x\n",
        "examples": [],
    }


def test_what_the_ancestor_says_besides_is_accepted() -> None:
    document: dict[str, Json] = {
        **stage_to_document(STAGE),
        "capabilities": [],
        "cost": {"time_ms_p50": 3, "tokens_est": None, "memory_mb": None},
        "ed25519_signature": None,
        "lifecycle": "Active",
        "signer_public_key": None,
    }

    assert stage_from_document(document, place="x") == STAGE


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        pytest.param({"id": "0" * 64}, "id-mismatch", "/id", id="id"),
        pytest.param({"id": None}, "id-mismatch", "/id", id="id is null"),
        pytest.param({"signature_id": ""}, "id-mismatch", "/signature_id", id="signature id"),
        pytest.param({"implementation_code": 1}, "key-invalid", "/implementation_code", id="code"),
        pytest.param({"signature": 1}, "key-invalid", "/signature", id="signature"),
        pytest.param({"ui_style": ""}, "key-unknown", "/ui_style", id="unknown key"),
        pytest.param({"capabilities": ["Gpu"]}, "key-invalid", "/capabilities", id="capability"),
        pytest.param({"lifecycle": "Tombstone"}, "key-invalid", "/lifecycle", id="tombstone"),
        pytest.param({"limits": {"wal": 1}}, "limits-invalid", "/limits/wal", id="limit"),
        pytest.param({"limits": {"wall": 0.5}}, "limits-invalid", "/limits/wall", id="half"),
        pytest.param(
            {"helpers": {"../x.py": ""}}, "helpers-invalid", "/helpers/..~1x.py", id="path"
        ),
        pytest.param({"helpers": {"x.py": 1}}, "helpers-invalid", "/helpers/x.py", id="helper"),
        pytest.param({"packages": [1]}, "key-invalid", "/packages/0", id="package"),
    ],
)
def test_what_is_wrong_is_told_with_its_pointer(
    change: dict[str, Any], code: str, place: str
) -> None:
    with pytest.raises(StageInvalidError) as caught:
        stage_from_document({**stage_to_document(STAGE), **change}, place="x.json")

    assert [(problem.code, problem.place) for problem in caught.value.problems] == [
        (code, f"x.json {place}")
    ]


def test_changed_content_is_told_for_every_id_that_it_moves() -> None:
    document = stage_to_document(STAGE)

    with pytest.raises(StageInvalidError) as caught:
        stage_from_document({**document, "name": "twice"}, place="x.json")

    assert [problem.place for problem in caught.value.problems] == [
        "x.json /signature_id",
        "x.json /id",
    ]


def test_a_set_of_no_effects_is_refused() -> None:
    document = json.loads(json.dumps(stage_to_document(STAGE)))
    document["signature"]["effects"]["effects"] = []

    with pytest.raises(StageInvalidError, match="no effect is named"):
        stage_from_document(document, place="x.json")
