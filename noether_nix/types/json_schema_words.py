"""The keywords of JSON Schema that a type can take over, and those that say nothing to one."""

from collections.abc import Mapping

from noether_nix.types.json_schema import BESIDE

SCHEMA_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")

# What says nothing about values, or nothing that a type says.
SILENT = frozenset(
    {
        "$anchor", "$comment", "$defs", "$id", "$schema", "contentEncoding", "contentMediaType",
        "contentSchema", "default", "definitions", "deprecated", "description", "examples",
        "format", "readOnly", "title", "writeOnly",
    }
)  # fmt: skip
OF_KIND: Mapping[str, str] = {
    "additionalProperties": "object",
    "exclusiveMaximum": "number",
    "exclusiveMinimum": "number",
    "items": "array",
    "maxItems": "array",
    "maxLength": "string",
    "maxProperties": "object",
    "maximum": "number",
    "minItems": "array",
    "minLength": "string",
    "minProperties": "object",
    "minimum": "number",
    "pattern": "string",
    "properties": "object",
    "propertyNames": "object",
    "required": "object",
}
READ = frozenset({"$ref", "allOf", "anyOf", "const", "enum", "oneOf", "type", BESIDE, *OF_KIND})
