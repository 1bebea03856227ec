"""What all documents have in common: they are strict, frozen, and hold no key but their own.

Nothing that a command does needs these models. They say what it prints, for `noether schema` and
for the tests that hold every command to it, so that starting one costs no import of pydantic.

A key that may be absent, and is never null, has a default factory.
"""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Sha256: TypeAlias = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
StageId: TypeAlias = Sha256
RunId: TypeAlias = Annotated[str, Field(pattern="^[0-9]{8}-[0-9]{6}-[0-9a-f]{6}$")]
StorePath: TypeAlias = Annotated[
    str, Field(pattern="^/nix/store/[0-9a-z]{32}-[0-9A-Za-z+._?=-]{1,211}$")
]
Key: TypeAlias = Annotated[str, Field(pattern=r"^/nix/store/[0-9a-z]{32}-noether-call\.drv$")]
Node: TypeAlias = Annotated[str, Field(pattern="^/root(/|$)")]
Code: TypeAlias = Annotated[str, Field(pattern="^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
Count: TypeAlias = Annotated[int, Field(ge=0)]
Seconds: TypeAlias = Annotated[float, Field(ge=0)]


class Document(BaseModel):
    """One JSON object."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )
