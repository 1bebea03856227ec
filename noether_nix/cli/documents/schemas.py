"""Which document each command prints, and the JSON Schemas of them all."""

import json
from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from noether_nix.cli.documents.calls import (
    DryRunDocument,
    FailedRunDocument,
    FailedShellDocument,
    RunDocument,
    ShellDocument,
)
from noether_nix.cli.documents.codes import CodesDocument, ExplainDocument
from noether_nix.cli.documents.envelope import EnvelopeDocument, FailureDocument
from noether_nix.cli.documents.events import AnyEventDocument
from noether_nix.cli.documents.graph_file import GraphForm
from noether_nix.cli.documents.graphs import GraphDocument, GraphEffectsDocument
from noether_nix.cli.documents.keeping import (
    DrvDocument,
    LogsDocument,
    PathsDocument,
    SchemaDocument,
    SchemasDocument,
    SettingsDocument,
    StoreGcDocument,
    StoreInfoDocument,
    ToolchainShowDocument,
    ToolchainUpdateDocument,
    VersionDocument,
)
from noether_nix.cli.documents.machine import DoctorDocument, UnusableDocument, WarmupDocument
from noether_nix.cli.documents.model import Document
from noether_nix.cli.documents.records import RecordedRunDocument
from noether_nix.cli.documents.stage_file import StageForm
from noether_nix.cli.documents.stages import (
    FailedStageTestDocument,
    StageAddDocument,
    StageListDocument,
    StageNewDocument,
    StageShowDocument,
    StageTestDocument,
)
from noether_nix.cli.documents.type_answers import (
    TypeSchemaDocument,
    TypeShowDocument,
    TypeSourceDocument,
)
from noether_nix.frozen import dataclass

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_COMMANDS: Mapping[str, tuple[type[Document], ...]] = {
    "run": (RunDocument, FailedRunDocument),
    "stage new": (StageNewDocument,),
    "stage run": (RunDocument, FailedRunDocument),
    "stage test": (StageTestDocument, FailedStageTestDocument),
    "stage add": (StageAddDocument,),
    "stage list": (StageListDocument,),
    "stage show": (StageShowDocument,),
    "graph check": (GraphDocument,),
    "graph show": (GraphDocument,),
    "type show": (TypeShowDocument,),
    "type infer": (TypeShowDocument,),
    "type schema": (TypeSchemaDocument, TypeSourceDocument, TypeShowDocument),
    "graph effects": (GraphEffectsDocument,),
    "logs": (LogsDocument,),
    "show": (RecordedRunDocument,),
    "drv": (DrvDocument,),
    "shell": (ShellDocument, FailedShellDocument),
    "store info": (StoreInfoDocument,),
    "store gc": (StoreGcDocument,),
    "toolchain show": (ToolchainShowDocument,),
    "toolchain update": (ToolchainUpdateDocument,),
    "explain": (ExplainDocument, CodesDocument),
    "doctor": (DoctorDocument, UnusableDocument),
    "warmup": (WarmupDocument,),
    "settings": (SettingsDocument,),
    "paths": (PathsDocument,),
    "schema": (SchemasDocument, SchemaDocument),
    "version": (VersionDocument,),
}


class _Plain(GenerateJsonSchema):
    """Leaves out titles that only say the key again, and OpenAPI's own keyword."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False

    def tagged_union_schema(self, schema: Any) -> Any:
        found = super().tagged_union_schema(schema)
        found.pop("discriminator", None)
        return found


@dataclass(frozen=True, slots=True)
class Schema:
    """A form of document: ``words`` say where it is found; ``form`` is what pydantic reads."""

    words: str
    form: Any

    def read(self, text: str | bytes) -> Any:
        """The document that the JSON text is.

        Raises:
            pydantic.ValidationError: it is none of this form.
        """
        return TypeAdapter(self.form).validate_json(text)

    def render(self) -> str:
        """The JSON Schema, the same text for the same form."""
        head = {"$schema": _DIALECT, "description": self.words}
        found = TypeAdapter(self.form).json_schema(schema_generator=_Plain)
        found = {**head, **found, **head}
        return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _command_schema(words: str, forms: tuple[type[Document], ...]) -> Schema:
    return Schema(f"What `noether {words} --json` prints.", reduce(or_, (*forms, FailureDocument)))


SCHEMAS: Mapping[str, Schema] = {
    **{
        words.replace(" ", "-"): _command_schema(words, forms) for words, forms in _COMMANDS.items()
    },
    "dry-run": Schema(
        "What `noether run --dry-run` and `noether stage run --dry-run` print.",
        DryRunDocument | FailureDocument,
    ),
    "events": Schema("One line of the file that `--events` writes.", AnyEventDocument),
    "graph": Schema("A graph file, as `noether run` and the other commands read it.", GraphForm),
    "stage": Schema("A stage spec: a stage as a JSON file instead of a Python file.", StageForm),
    "envelope": Schema("What any command prints with `--json`, whatever it is.", EnvelopeDocument),
    "failure": Schema("What any command prints with `--json` when it fails.", FailureDocument),
}
"""By the name that `noether schema` and the files of `docs/schemas` have: a command's words."""
