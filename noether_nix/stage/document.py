"""A stage as one JSON object: what the catalog keeps and ``--json`` prints.

The keys are the ancestor's (reference/noether.md 2.1) with ``helpers``, ``packages`` and
``limits`` added; empty lists and objects are left out. Of the ancestor's other keys, its cost
and signature say nothing that anyone here believes: they are accepted and not kept.
"""

from collections.abc import Mapping
from itertools import islice

from noether_nix.errors import InternalError, Problem
from noether_nix.inside.contract import Json, describe
from noether_nix.stage.effect_forms import effects_to_document
from noether_nix.stage.json_reader import ObjectReader
from noether_nix.stage.limits import CALL_LIMITS
from noether_nix.stage.model import (
    PYTHON,
    Example,
    Package,
    Returns,
    Stage,
)
from noether_nix.stage.names import helper_fault
from noether_nix.stage.problems import MOST_OF_A_KIND, did_you_mean, placed, stage_invalid
from noether_nix.types.document import type_to_document

_REQUIRED = ("id", "name", "signature", "implementation_code")
_NOT_KEPT = ("cost", "ed25519_signature", "signer_public_key")
_KEYS = (
    *_REQUIRED,
    *_NOT_KEPT,
    "aliases",
    "capabilities",
    "description",
    "examples",
    "helpers",
    "implementation_language",
    "lifecycle",
    "limits",
    "packages",
    "properties",
    "signature_id",
    "tags",
)
_SIGNATURE_KEYS = ("input", "output", "effects", "implementation_hash")


def stage_to_document(stage: Stage) -> dict[str, Json]:
    """The JSON object of a stage; :func:`stage_from_document` reads it back as an equal one."""
    optional: dict[str, Json] = {
        "tags": list(stage.tags),
        "aliases": list(stage.aliases),
        "properties": [dict(each) for each in stage.properties],
        "helpers": {name: _source_text(name, data) for name, data in stage.helpers},
        "packages": [
            {"name": each.name, "version": each.version, "sha256": each.sha256}
            for each in stage.packages
        ],
        "limits": dict(stage.limits),
    }
    return {
        "id": stage.id,
        "signature_id": stage.signature_id,
        "name": stage.name,
        "description": stage.description,
        "signature": {
            "input": type_to_document(stage.input),
            "output": type_to_document(stage.output),
            "effects": {"effects": effects_to_document(stage.effects)},
            "implementation_hash": stage.implementation_hash,
        },
        "implementation_language": stage.language,
        "implementation_code": _source_text(stage.name, stage.source),
        "examples": [_example_document(each) for each in stage.examples],
        **{key: value for key, value in optional.items() if value},
    }


def _source_text(name: str, source: bytes) -> str:
    try:
        return source.decode()
    except UnicodeDecodeError as error:
        raise InternalError(f"the source of {name} was taken though it is not UTF-8") from error


def _example_document(example: Example) -> dict[str, Json]:
    if isinstance(example.expected, Returns):
        return {"input": example.input, "output": example.expected.value}
    return {"input": example.input, "raises": example.expected.name}


def stage_from_document(
    document: Mapping[str, Json], *, place: str, origin: str | None = None
) -> Stage:
    """Read a stage's JSON object; its ids must follow from its content.

    The code itself is not looked at: that is done once, before a stage is first kept.

    Raises:
        StageInvalidError: a key is unknown, missing or wrong, or an id is not that of the
            content; carries every problem.
    """
    stage, problems = read_stage_document(document, origin=origin)
    if stage is None or problems:
        raise stage_invalid(place, placed(problems, place, {}))
    return stage


def read_stage_document(
    document: Mapping[str, Json], *, origin: str | None = None
) -> tuple[Stage | None, list[Problem]]:
    """As :func:`stage_from_document`, with the problems at their JSON Pointers."""
    problems: list[Problem] = []
    reader = ObjectReader(document, problems)
    reader.check_keys(_KEYS, required=_REQUIRED)
    _check_not_carried(reader, document)
    stage = _stage(reader, origin)
    if stage is not None and not problems:
        _check_ids(reader, document, stage)
    return stage, problems


def _stage(reader: ObjectReader, origin: str | None) -> Stage | None:
    name = reader.name()
    signature = reader.object("signature")
    if signature is None:
        return None
    signature.check_keys(_SIGNATURE_KEYS, required=_SIGNATURE_KEYS)
    input_type, output_type = signature.type("input"), signature.type("output")
    declared = signature.object("effects")
    if declared is not None:
        declared.check_keys(["effects"], required=["effects"])
        if not any(declared.items("effects")):
            hint = 'write [{"effect": "Pure"}] for a stage without any'
            declared.add(
                "effects-missing", "no effect is named", declared.below("effects"), hint=hint
            )
    stage_helpers, packages, limits = _helpers(reader), _packages(reader), _limits(reader)
    if input_type is None or output_type is None:
        return None
    return Stage(
        name=name,
        input=input_type,
        output=output_type,
        effects=declared.effects("effects") if declared else (),
        source=reader.text("implementation_code").encode(),
        description=reader.text("description"),
        tags=reader.texts("tags"),
        aliases=reader.texts("aliases"),
        helpers=stage_helpers,
        packages=packages,
        limits=limits,
        properties=reader.properties(),
        examples=tuple(reader.examples().values()),
        language=reader.text("implementation_language", PYTHON),
        origin=origin,
    )


def _check_not_carried(reader: ObjectReader, document: Mapping[str, Json]) -> None:
    """Refuse what a stage here cannot say, where leaving it out would change its meaning."""
    if document.get("capabilities"):
        message = "a stage cannot ask for capabilities here"
        pointer = reader.below("capabilities")
        reader.add("key-invalid", message, pointer, hint="declare the effects instead")
    if document.get("lifecycle", "Active") not in ("Active", "Draft"):
        message = "only an Active or Draft stage can be read"
        reader.add("key-invalid", message, reader.below("lifecycle"))


def _check_ids(reader: ObjectReader, document: Mapping[str, Json], stage: Stage) -> None:
    signature = document["signature"]
    assert isinstance(signature, dict)
    claims = (
        ("/signature/implementation_hash", signature["implementation_hash"], "implementation_hash"),
        ("/signature_id", document.get("signature_id", stage.signature_id), "signature_id"),
        ("/id", document["id"], "id"),
    )
    for pointer, claimed, attribute in claims:
        actual = getattr(stage, attribute)
        if claimed != actual:
            message = f"the {attribute} is not that of the content, which has {actual}"
            hint = "after a change by hand, take the ids out and write a simple spec"
            reader.add("id-mismatch", message, pointer, hint=hint)


def _helpers(reader: ObjectReader) -> tuple[tuple[str, bytes], ...]:
    found: list[tuple[str, bytes]] = []
    for name, pointer, text in reader.pairs("helpers"):
        if fault := helper_fault(name):
            reader.add("helpers-invalid", fault, pointer)
        elif isinstance(text, str):
            found.append((name, text.encode()))
        else:
            reader.add("helpers-invalid", f"a helper is a text, not {describe(text)}", pointer)
    return tuple(sorted(found))


def _packages(reader: ObjectReader) -> tuple[Package, ...]:
    found: list[Package] = []
    keys = ("name", "version", "sha256")
    for each in reader.objects("packages"):
        each.check_keys(keys, required=keys)
        found.append(Package(each.text("name"), each.text("version"), each.text("sha256")))
    return tuple(found)


def _limits(reader: ObjectReader) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, pointer, amount in islice(reader.pairs("limits"), MOST_OF_A_KIND):
        if name not in CALL_LIMITS:
            hint = did_you_mean(name, CALL_LIMITS)
            reader.add("limits-invalid", f"{name!r:.60} is no limit", pointer, hint=hint)
        elif type(amount) is int and 0 < amount < 2**63:
            found[name] = amount
        else:
            message = f"the limit {name} is a whole number of {CALL_LIMITS[name].unit.value}"
            reader.add("limits-invalid", message, pointer)
    return found
