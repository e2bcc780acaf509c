"""The sample submissions in `submissions/` and what each of them must get."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from grader.verdict import Status, Verdict

ROOT = Path(__file__).parents[2]
SUBMISSIONS = ROOT / "submissions"
EXPECTED = Path(__file__).with_name("expected.toml")

_STATUSES = frozenset(get_args(Status))
_MARGIN = 0.005
"""Rubrics write a third as 0.3333."""


@dataclass(frozen=True)
class ExpectedVerdict:
    """What a teacher would say about one criterion."""

    statuses: tuple[Status, ...]
    """More than one where a measurement can honestly go either way."""
    fraction: float | None = None
    """Share of the criterion's points in [0, 1]; None where it is not definite."""

    def allows(self, verdict: Verdict) -> bool:
        """Whether the verdict is one of those a teacher would accept."""
        if verdict.status not in self.statuses:
            return False
        return (
            self.fraction is None or abs(verdict.points - self.fraction * verdict.maximum) <= _MARGIN * verdict.maximum
        )


@dataclass(frozen=True)
class Sample:
    """One sample submission and its expected verdicts by criterion id."""

    submission: str
    """Path of the notebook below `submissions/`."""
    kind: str
    why: str
    criteria: Mapping[str, ExpectedVerdict]

    @property
    def path(self) -> Path:
        """The notebook's file."""
        return SUBMISSIONS / self.submission


def load_expected(path: Path = EXPECTED) -> tuple[Sample, ...]:
    """All samples with what they must get, in the file's order.

    Raises:
        ValueError: the file names an unknown status, or a fraction outside [0, 1].
    """
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(_sample(entry, path) for entry in table["samples"])


def _sample(entry: Mapping[str, Any], path: Path) -> Sample:
    criteria = {
        criterion: _verdict(value, f"{path.name}: {entry['submission']}: {criterion}")
        for criterion, value in entry["criteria"].items()
    }
    return Sample(entry["submission"], entry["kind"], entry["why"], criteria)


def _verdict(value: Mapping[str, Any], where: str) -> ExpectedVerdict:
    status, fraction = value["status"], value.get("fraction")
    statuses = (status,) if isinstance(status, str) else tuple(status)
    unknown = set(statuses) - _STATUSES
    if unknown or not statuses:
        raise ValueError(f"{where}: Expected one of {sorted(_STATUSES)}. Received {status!r}.")
    if fraction is not None and not 0 <= fraction <= 1:
        raise ValueError(f"{where}: Expected a fraction between 0 and 1. Received {fraction!r}.")
    return ExpectedVerdict(statuses, fraction)
