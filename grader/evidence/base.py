"""What all parts of the evidence are made of."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Scalar: TypeAlias = str | int | float | bool | None

Strength = Literal["verified", "observed", "stated"]
"""`verified`: rebuilt and measured in a clean process. `observed`: recorded inside the student's kernel.
`stated`: read from source text."""


class Document(BaseModel):
    """Base of all parts: frozen, no unknown fields, infinities and NaN kept as JSON strings."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings", protected_namespaces=())


class Place(Document):
    """Where in the notebook something stands. `cell` counts all cells from 1; `code_cell` is the number a
    student sees in brackets after "Restart and run all" (code cells only, from 1). Lines count from 1."""

    cell: int = Field(ge=1)
    code_cell: int | None = Field(default=None, ge=1)
    first_line: int = Field(default=1, ge=1)
    last_line: int = Field(default=1, ge=1)
    document: str | None = None
    """Name of the report document it stands in, where that is not the notebook; `cell` then counts its parts."""
