"""Mutants and rewrites, declared as data: `mutants.toml`, `rewrites.toml`, and a lab's own beside its rubric."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from grader.checks.registry import CHECKS
from grader.errors import UsageError
from grader.mutation.edits import VERBS, Edit, WrongEdit
from grader.rubric.lines import Location, line_numbers, line_of
from grader.rubric.mistakes import did_you_mean, shown
from grader.rubric.structure import structure_mistakes

LARGEST_FILE = 256 * 1024
"""In bytes."""

Kind = Literal["mutant", "rewrite"]
Codes = Annotated[
    tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value), Field(strict=False)
]


def _edit(value: Any) -> Edit:
    """The edit a table stands for, by the verb among its keys."""
    if isinstance(value, Edit):
        return value
    if not isinstance(value, dict):
        raise WrongEdit('a table such as { remove = "freeze" }', shown(value))
    verb = next((name for name in VERBS if name in value), None)
    if verb is None:
        raise WrongEdit(f"an edit with one of the verbs {', '.join(VERBS)}", ", ".join(map(str, value))[:100])
    try:
        return VERBS[verb].model_validate(value)
    except ValidationError as error:
        raise _in_words(error.errors()[0], {(): 1}, VERBS[verb], ("edits",)) from error


def _in_words(
    error: ErrorDetails, lines: dict[Location, int], model: type[BaseModel], around: Location = ()
) -> WrongEdit:
    own = error.get("ctx", {}).get("error")
    if isinstance(own, WrongEdit):
        return own
    (mistake,) = structure_mistakes([error], lines, model, around)
    return WrongEdit(mistake.expected, mistake.received, mistake.todo)


class Variant(BaseModel):
    """One way to change the reference, and what must come of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
    says: str
    """What a teacher would call it, as a sentence."""
    edits: Annotated[tuple[Annotated[Edit, BeforeValidator(_edit)], ...], Field(min_length=1)]
    shows: Mapping[str, Codes] = {}
    """Check → findings, one of which must be there; `a+b`: both. What that costs is for the rubric to say."""
    open: tuple[str, ...] = ()
    """Checks whose criteria may wait for a person, because the evidence is gone with the mistake; `*`: all."""
    needs: tuple[str, ...] = ()
    """Pieces of the reference without which there is no such variant."""
    training: Literal["any", "full"] = "any"
    """`full`: only a whole training shows it."""
    per_question: bool = False
    """Made once for each written question of the rubric."""
    cell_seconds: float | None = None
    """Time limit of a cell, where the mistake is to take too long."""
    quick: bool = False
    """Part of the short run."""


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    mutant: tuple[Variant, ...] = ()
    rewrite: tuple[Variant, ...] = ()


def catalogue(own: Path | None = None) -> Iterator[tuple[Kind, Variant]]:
    """All variants: this project's, then a lab's own.

    Raises:
        UsageError: a file is wrong, or a name stands twice.
    """
    seen: set[str] = set()
    sources = [
        (f"grader/mutation/{name}", resources.files("grader.mutation").joinpath(name).read_bytes())
        for name in ("mutants.toml", "rewrites.toml")
    ]
    if own is not None:
        sources.append((str(own), _read(own)))
    for where, content in sources:
        for kind, variant in read_catalogue(content, where):
            if variant.name in seen:
                raise UsageError(expected="a name that is used once", received=repr(variant.name), where=where)
            seen.add(variant.name)
            yield kind, variant


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise UsageError(expected="a file of mutants", received=f"more than {LARGEST_FILE // 1024} KiB", where=path)
    return content


def read_catalogue(content: bytes, where: str) -> Iterator[tuple[Kind, Variant]]:
    """The variants of one file.

    Raises:
        UsageError: it is not TOML, has unknown keys, or names an unknown check or finding.
    """
    try:
        file = _File.model_validate(tomllib.loads(content.decode("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        lines = line_numbers(content)
        wrong = _in_words(first, lines, _File)
        raise UsageError(
            expected=wrong.expected, received=wrong.received, where=f"{where}:{line_of(lines, first['loc'])}",
            todo=wrong.todo or "docs/verifying.md says what a mutant or rewrite looks like.",
        ) from error  # fmt: skip
    except (ValueError, RecursionError) as error:
        raise UsageError(expected="TOML in UTF-8", received=str(error)[:200], where=where) from error
    for kind, variants in (("mutant", file.mutant), ("rewrite", file.rewrite)):
        for variant in variants:
            _known(variant, where)
            yield kind, variant  # type: ignore[misc]


def _known(variant: Variant, where: str) -> None:
    for check, codes in variant.shows.items():
        if check not in CHECKS:
            continue  # a lab's own check; the rubric knows it
        for code in (part for joined in codes for part in joined.split("+")):
            if code not in CHECKS[check].kinds:
                raise UsageError(
                    expected=f"a finding of the check {check} in `{variant.name}`", received=repr(code), where=where,
                    todo=did_you_mean(code, CHECKS[check].kinds),
                )  # fmt: skip
