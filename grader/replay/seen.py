"""What a replay is read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.assets.pack import AssetPack
from grader.evidence.model import Measurement
from grader.execution.outbox import Outbox
from grader.observation.fits import ObservedFit
from grader.observation.graded import Chosen


@dataclass(frozen=True)
class Seen:
    """What was observed of one submission, as far as a replay needs it."""

    chosen: Chosen
    fits: Sequence[ObservedFit]
    outbox: Outbox
    measurement: Measurement | None
    pack: AssetPack
    decides: bool = True
    """Whether the mark may rest on the replay. Otherwise it only has to explain weights, and more is assumed."""
