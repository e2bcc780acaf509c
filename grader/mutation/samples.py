"""Sample submissions with the verdicts a teacher gave them: a table in TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from grader.errors import UsageError
from grader.mutation.expectation import Expectation
from grader.verdict import Status

_STATUSES = frozenset(get_args(Status))


@dataclass(frozen=True)
class Sample:
    """One sample and what each criterion must get."""

    submission: str
    """Path of the notebook below the folder."""
    kind: str
    why: str
    expected: dict[str, Expectation]

    @property
    def name(self) -> str:
        """The name it has in a batch: its own file's, or its folder's."""
        return Path(self.submission).parts[0].removesuffix(".ipynb")


@dataclass(frozen=True)
class Samples:
    """A folder of samples."""

    folder: Path
    samples: tuple[Sample, ...]


def load_samples(path: Path) -> Samples:
    """Read a table of samples; `folder` in it says where they lie, relative to the table.

    Raises:
        UsageError: missing, not TOML, or not such a table.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        folder = (path.parent / str(table.get("folder", "."))).resolve()
        return Samples(folder, tuple(_sample(entry) for entry in table["samples"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise UsageError(
            expected="a table of samples with their verdicts (docs/verifying.md)",
            received=f"{type(problem).__name__}: {problem}"[:300], where=path,
        ) from problem  # fmt: skip


def _sample(entry: Mapping[str, Any]) -> Sample:
    expected = {criterion: _expectation(value, criterion) for criterion, value in entry["criteria"].items()}
    return Sample(entry["submission"], entry["kind"], entry["why"], expected)


def _expectation(value: Mapping[str, Any], criterion: str) -> Expectation:
    given = value["status"]
    statuses = frozenset((given,) if isinstance(given, str) else given)
    fraction = value.get("fraction")
    if not statuses or statuses - _STATUSES:
        raise ValueError(f"{criterion}: Expected one of {', '.join(sorted(_STATUSES))}. Received {given!r}.")
    broken = bool(statuses & {"unmet", "partial"})
    return Expectation(
        statuses, (), None if fraction is None else (float(fraction),), broken=broken, any_share=fraction is None
    )
