"""Choosing the lines of the notebook that decided a finding."""

from __future__ import annotations

from collections.abc import Iterable

from grader.evidence.model import Evidence, Place, Statement

MOST_PLACES = 6
"""More excerpts than this no longer help a reader."""


def distinct(places: Iterable[Place | None]) -> tuple[Place, ...]:
    """The places that exist, each once, in the order given."""
    return tuple(dict.fromkeys(place for place in places if place is not None))[:MOST_PLACES]


def statements_about(evidence: Evidence, *topics: str) -> tuple[Statement, ...]:
    """The source's statements on these topics, in the notebook's order."""
    return tuple(statement for statement in evidence.statements if statement.topic in topics)


def observed_else_stated(evidence: Evidence, observed: Iterable[Place | None], *topics: str) -> tuple[Place, ...]:
    """Where it was seen to happen; failing that, where the source mentions these topics."""
    return distinct(observed) or distinct(statement.place for statement in statements_about(evidence, *topics))


def cell_name(place: Place) -> str:
    """A cell as the student finds it: `cell [5]` for code, `cell 7 of the notebook` for text, or a report's name."""
    if place.document is not None:
        return place.document
    return f"cell [{place.code_cell}]" if place.code_cell is not None else f"cell {place.cell} of the notebook"
