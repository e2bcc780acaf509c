"""What the source tells the run: never a judgement, only what to offer a notebook that asks for what we lack."""

from __future__ import annotations

from collections.abc import Iterable

from grader.evidence.model import Statement

MOST = 200


def stated_classes(statements: Iterable[Statement]) -> int:
    """How many classes the notebook's last classifier tells apart; 2 where the source does not say."""
    units = [s.settings.get("units") for s in statements if s.topic == "classifier" and s.settings.get("last")]
    known = [unit for unit in units if isinstance(unit, int) and not isinstance(unit, bool) and 1 <= unit <= MOST]
    return max(2, known[-1]) if known else 2
