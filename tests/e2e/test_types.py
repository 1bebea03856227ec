"""`noether type`: types in text and JSON, from examples, as JSON Schema and Python, and back."""

import json
from typing import Any

import pytest

from noether_nix.cli.documents.schemas import SCHEMAS
from tests.e2e.homes import Noether

DOCUMENT = (
    '{"kind": "Record", "value": {"a": {"kind": "Any"}, "b": {"kind": "Var", "value": "T"}}, '
    '"optional": ["b"]}'
)
PERSON = "{ name: Text & NonEmpty, tags?: List<Text>, more: Any }"


def answer(noether: Noether, *words: str, stdin: bytes = b"") -> dict[str, Any]:
    done = noether(*words, "--json", stdin=stdin)
    assert done.code == 0, done.out
    SCHEMAS["-".join(words[:2])].read(done.out)
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_a_type_is_shown_in_both_forms(bare_noether: Noether) -> None:
    done = bare_noether("type", "show", "{ b?: <T>, a: Any }")

    assert done.code == 0
    assert done.out.splitlines() == [
        "Record { a: Any, b?: <T> }",
        DOCUMENT,
        "variables: T",
        "Any, so unchecked: a",
    ]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(b"List<Text>\n", id="text"),
        pytest.param(b'{"List": "Text"}', id="shorthand"),
        pytest.param(b'{"kind": "List", "value": {"kind": "Text"}}', id="the exact form"),
    ],
)
def test_a_type_is_read_in_every_form(bare_noether: Noether, written: bytes) -> None:
    (bare_noether.folder / "type").write_bytes(written)

    for word, stdin in (("@type", b""), ("-", written), (written.decode(), b"")):
        found = answer(bare_noether, "type", "show", word, stdin=stdin)["type"]
        assert found["text"] == "List<Text>"
        assert found["document"] == {"kind": "List", "value": {"kind": "Text"}}


def test_a_type_is_inferred_from_all_examples_together(bare_noether: Noether) -> None:
    (bare_noether.folder / "one.json").write_text('{"id": 1, "tags": []}')
    (bare_noether.folder / "two.json").write_text('{"id": 2, "tags": ["x"], "note": null}')

    done = bare_noether("type", "infer", "one.json", "-", "two.json", stdin=b'{"id": "x"}')

    expected = "Record { id: Number | Text, note?: Null, tags?: List<Text> }"
    assert (done.code, done.out.splitlines()[0]) == (0, expected)


def test_a_type_goes_to_json_schema_and_back(bare_noether: Noether) -> None:
    written = bare_noether("type", "schema", PERSON).out
    (bare_noether.folder / "person.json").write_text(written)

    back = answer(bare_noether, "type", "schema", "--from", "@person.json")

    assert json.loads(written)["properties"]["name"] == {"type": "string", "minLength": 1}
    assert answer(bare_noether, "type", "schema", PERSON)["schema"] == json.loads(written)
    assert back["type"] == answer(bare_noether, "type", "show", PERSON)["type"]
    assert back["warnings"] == []


def test_what_no_type_says_of_a_schema_is_told(bare_noether: Noether) -> None:
    done = bare_noether("type", "schema", "--from", '{"type": "array", "uniqueItems": true}')

    assert done.code == 0
    assert done.out.splitlines()[0] == "List<Any>"
    assert done.err == "warning: at /uniqueItems: 'uniqueItems' is not taken over\n"


def test_a_type_goes_to_python(bare_noether: Noether) -> None:
    done = bare_noether("type", "schema", PERSON, "--python", "--name", "Person")
    names: dict[str, Any] = {}
    exec(done.out, names)

    assert names["Person"].__required_keys__ == {"name"}
    assert names["Person"].__optional_keys__ == {"tags", "more"}
    found = answer(bare_noether, "type", "schema", PERSON, "--python", "--name", "Person")
    assert found["source"] == done.out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        pytest.param(["show", "Lst<Text>"], 4, "column 1: 'Lst' is no type", id="no type"),
        pytest.param(
            ["show", '{"List": "Txt"}'], 4, "at /List: 'Txt' is no kind", id="no JSON type"
        ),
        pytest.param(["show", '{"a": 1, "a": 2}'], 4, "is expected", id="a key twice"),
        pytest.param(["show", ""], 4, "a type is expected", id="nothing"),
        pytest.param(["show", "@absent"], 2, "absent: No such file", id="no file"),
        pytest.param(
            ["schema", "Stream<Text>"], 4, "no value has the type Stream<Text>", id="Stream"
        ),
        pytest.param(["schema", "--from", "{"], 2, "the schema: no JSON", id="no schema"),
        pytest.param(["schema", "--from", '{"type": "txt"}'], 4, "no type of JSON Schema", id="no"),
        pytest.param(["infer", "absent"], 2, "absent: No such file", id="no example"),
        pytest.param(["schema", "Text", "--name", "A"], 2, "--name is for --python", id="a name"),
        pytest.param(
            ["schema", "Text", "--python", "--name", "a-b"], 2, "no free name", id="words"
        ),
    ],
)
def test_what_cannot_be_done_is_said(
    bare_noether: Noether, words: list[str], code: int, message: str
) -> None:
    done = bare_noether("type", *words, "--json")

    assert done.code == code
    assert message in json.loads(done.out)["error"]["message"]
    SCHEMAS["failure"].read(done.out)


def test_a_type_that_is_no_text_is_refused(bare_noether: Noether) -> None:
    done = bare_noether("type", "show", "-", stdin=b"\xff")

    assert (done.code, done.err) == (2, "error: standard input: byte 0 is not UTF-8\n")


@pytest.mark.nix
def test_a_stream_that_a_stage_gives_is_refused_by_name(noether: Noether) -> None:
    text = '"""Stream.\n\nInput: Any\nOutput: List<Stream<Text>>\nEffects: [Pure]\n"""\n\n\n'
    (noether.folder / "stream.py").write_text(f'{text}def execute(value):\n    return [["a"]]\n')

    done = noether("stage", "run", "./stream.py")

    assert done.code == 6
    assert "at /0: Stream<Text> is expected, got a list of 1" in done.err
