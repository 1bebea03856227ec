"""The ancestor's JSON files of stages (reference/noether.md 2.7), read strictly.

Its own reader dropped what it did not know; here an unknown key or effect is an error. A file
with an ``id`` is a full document (``document``), any other the simple form.
"""

from collections.abc import Mapping

from noether_nix.errors import Problem
from noether_nix.formats.json_places import find_lines
from noether_nix.frozen import replace
from noether_nix.inside.contract import InvalidValueError, Json, decode, describe
from noether_nix.stage.document import read_stage_document
from noether_nix.stage.effect import PURE
from noether_nix.stage.examples import check_examples
from noether_nix.stage.json_reader import ObjectReader
from noether_nix.stage.model import PYTHON, Stage
from noether_nix.stage.problems import MOST_TOLD, ProblemList, placed, stage_invalid
from noether_nix.stage.property_check import check_properties
from noether_nix.stage.python_code import check_code
from noether_nix.stage.python_syntax import parse_python

# Room for a source at its bound with every character escaped, and for examples.
MAX_SPEC_BYTES = 8 << 20

_REQUIRED = ("name", "input", "output", "implementation")
_KEYS = (
    *_REQUIRED,
    "aliases",
    "description",
    "effects",
    "examples",
    "language",
    "properties",
    "tags",
)
_IMPORT_REMEDY = (
    "a spec has no helpers: make it a Python file with `Helpers: [{module}.py]`;"
    " packages from elsewhere cannot be declared yet"
)


def parse_spec(data: bytes, *, place: str) -> Stage:
    """Read a stage from the bytes of a JSON file, simple or full.

    Raises:
        StageInvalidError: it is no JSON, or breaks the form; carries every problem.
    """
    if len(data) > MAX_SPEC_BYTES:
        message = f"{len(data)} bytes are more than the {MAX_SPEC_BYTES} that a spec may have"
        raise stage_invalid(place, [Problem("source-too-large", message, place)])
    try:
        document = decode(data)
    except InvalidValueError as error:
        raise stage_invalid(place, [Problem("json-invalid", str(error), place)]) from error
    if not isinstance(document, dict):
        message = f"a spec is a JSON object, not {describe(document)}"
        raise stage_invalid(place, [Problem("json-invalid", message, place)])
    problems: list[Problem] = []
    read = _full if "id" in document else _simple
    stage = read(document, place, problems)
    if stage is None or problems:
        lines = find_lines(data, {problem.place for problem in problems[:MOST_TOLD]})
        raise stage_invalid(place, placed(problems, place, lines))
    return stage


def _full(document: Mapping[str, Json], place: str, problems: list[Problem]) -> Stage | None:
    stage, found = read_stage_document(document, origin=place)
    problems += found
    if stage is not None:
        helpers = dict(stage.helpers)
        problems += _code_problems(stage.source, stage.language, "/implementation_code", helpers)
        pointers = [f"/examples/{index}" for index in range(len(stage.examples))]
        problems += _example_problems(stage, pointers)
        problems += _property_problems(stage)
    return stage


def _simple(document: Mapping[str, Json], place: str, problems: list[Problem]) -> Stage | None:
    reader = ObjectReader(document, problems)
    reader.check_keys(_KEYS, required=_REQUIRED)
    name = reader.name()
    input_type, output_type = reader.type("input"), reader.type("output")
    effects, examples = reader.effects("effects"), reader.examples()
    properties, tags, aliases = reader.properties(), reader.texts("tags"), reader.texts("aliases")
    source, language, pointer = _implementation(reader)
    if pointer:
        problems += _code_problems(source, language, pointer, {})
    if input_type is None or output_type is None:
        return None
    stage = Stage(
        name=name,
        input=input_type,
        output=output_type,
        effects=effects or (PURE,),
        source=source,
        description=reader.text("description", name),
        tags=tags,
        aliases=aliases,
        properties=properties,
        examples=tuple(examples.values()),
        origin=place,
    )
    problems += _example_problems(stage, list(examples))
    problems += _property_problems(stage)
    return stage


def _implementation(reader: ObjectReader) -> tuple[bytes, str, str]:
    """Code, language and the pointer to the code; no pointer where there is no code."""
    language = reader.text("language", PYTHON)
    if not reader.is_object("implementation"):
        pointer = reader.below("implementation") if reader.is_text("implementation") else ""
        return reader.text("implementation").encode(), language, pointer
    inner = reader.object("implementation")
    assert inner is not None
    inner.check_keys(("code", "language"), required=["code"])
    own = inner.text("language", language)
    if "language" in reader and own != language:
        message = f"two languages are named, {language[:40]!r} and {own[:40]!r}"
        reader.add("language-twice", message, reader.below("language"))
    pointer = inner.below("code") if inner.is_text("code") else ""
    return inner.text("code").encode(), own, pointer


def _code_problems(
    source: bytes, language: str, pointer: str, helpers: Mapping[str, bytes]
) -> list[Problem]:
    if language != PYTHON:
        message = f"the language {language[:40]!r} cannot be run here"
        hint = "only python can, written so in small letters"
        return [Problem("language-unknown", message, pointer, hint)]
    found = _python_problems(source, pointer, helpers, is_stage=True)
    for name, data in helpers.items():
        found += _python_problems(data, f"/helpers/{name}", helpers, is_stage=False)
    return found


def _python_problems(
    source: bytes, pointer: str, helpers: Mapping[str, bytes], *, is_stage: bool
) -> list[Problem]:
    problems = ProblemList(lambda line: f"line {line} of the code: " if line else "")
    tree = parse_python(source, problems)
    if tree is not None:
        check_code(tree, problems, helpers=helpers, remedy=_IMPORT_REMEDY, is_stage=is_stage)
    # In JSON the whole code is one line, so its own line goes into the words.
    return [
        replace(problem, message=problem.place + problem.message, place=pointer)
        for problem in problems.in_order()
    ]


def _example_problems(stage: Stage, pointers: list[str]) -> list[Problem]:
    found = check_examples(stage.examples, stage.input, stage.output)
    return [replace(problem, place=pointers[index]) for index, problem in found.items()]


def _property_problems(stage: Stage) -> list[Problem]:
    found = check_properties(stage.properties, stage.examples, stage.input, stage.output)
    return [replace(one, place=f"/properties/{index}") for index, one in found]
