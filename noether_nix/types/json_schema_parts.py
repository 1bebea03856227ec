"""Parts of types that a JSON Schema says in a way of its own."""

from collections.abc import Mapping

from noether_nix.inside.contract import Json
from noether_nix.types.infer import infer_types
from noether_nix.types.model import ANY, Field, OpenRecordType, RecordType, Type
from noether_nix.types.words import IDENTIFIER


def plain_type(options: list[Json]) -> Type:
    """The plain types of options together; Any where one has parts."""
    found = infer_types(options)
    nested = any(isinstance(option, list | dict) for option in options)
    return ANY if nested else found


def with_beside(whole: RecordType, beside: Mapping[str, Json]) -> Type:
    """A record with what our own schemas say beside of it: more optional fields, and a rest."""
    names = beside.get("optional")
    optional = set(map(str, names)) if isinstance(names, list) else set()
    fields = tuple(
        Field(one.name, one.type, optional=one.optional or one.name in optional)
        for one in whole.fields
    )
    rest = beside.get("rest")
    if isinstance(rest, str) and IDENTIFIER.fullmatch(rest):
        return OpenRecordType(fields, rest)
    return RecordType(fields)
