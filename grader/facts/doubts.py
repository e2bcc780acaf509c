"""Where the source does not say something and yet may do it: then its absence is unknown."""

from __future__ import annotations

import ast
from collections.abc import Container, Sequence

from grader.evidence.model import Evidence
from grader.facts.model import Fact, Facts, unknown
from grader.source.parse import is_whole, parse_cell


def doubts(evidence: Evidence, found: Facts, followed: Container[str]) -> dict[str, Fact]:
    """Facts that say what other code, or code that cannot be read, may do otherwise after all.

    Args:
        followed: names of facts for which every step was followed: whatever stands elsewhere, it is not in these steps.
    """
    doubted: dict[str, Fact] = {}
    for kind in ("flip", "rotation"):
        absent = kind not in followed and getattr(found, kind).value in ("none", "unused")
        doubt = other_motion(evidence, kind) if absent else None
        if doubt is None and kind not in followed:
            doubt = _in_class_apart(evidence, getattr(found, kind))
        if doubt is not None:
            doubted[kind] = doubt
    for name, words in (("pooling", ("Pool", "Flatten")), ("dropout", ("Dropout",))):
        if getattr(found, name).value == "none" and _in_broken_cell(evidence, words):
            doubted[name] = unknown("a cell that is no Python as a whole mentions it")
    return doubted


def _in_class_apart(evidence: Evidence, fact: Fact) -> Fact | None:
    """Unknown, where layers that augment are made in a class that makes no base: they may act on a data set as well."""
    if fact.value != "in-model" or fact.place is None:
        return None
    place = fact.place
    around = [
        (node.lineno, node.end_lineno or node.lineno)
        for cell in evidence.cells
        if cell.position == place.cell and cell.document == place.document
        for node in parse_cell(cell.source)
        if isinstance(node, ast.ClassDef) and node.lineno <= place.first_line <= (node.end_lineno or node.lineno)
    ]
    bases = [s.place for s in evidence.statements if s.topic == "base"]
    if not around or any(base.cell == place.cell and around[0][0] <= base.first_line <= around[0][1] for base in bases):
        return None
    return unknown("it is made in a class of its own; where it acts cannot be followed")


def other_motion(evidence: Evidence, kind: str) -> Fact | None:
    """Unknown, where the code flips or rotates by a function of another library, such as `cv2.flip`."""
    words = ("flip", "mirror") if kind == "flip" else ("rot",)
    for statement in evidence.statements:
        name = str(statement.settings.get("name")) if statement.settings.get("other") else ""
        if any(word in name.rsplit(".", 1)[-1].lower() for word in words):
            return unknown(f"the code calls {name}; whether that happens to training images cannot be followed")
    return None


def _in_broken_cell(evidence: Evidence, words: Sequence[str]) -> bool:
    """Whether one of the words stands in a code cell of which only parts can be read."""
    cells = [cell.source for cell in evidence.cells if cell.kind == "code" and any(w in cell.source for w in words)]
    return any(not is_whole(source) for source in cells)
