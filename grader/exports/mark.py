"""One number for a gradebook, from a total that says what is open and what was taken out."""

from __future__ import annotations

from dataclasses import dataclass

from grader.verdict import Total

DECIMALS = 2
"""What Canvas and Moodle keep."""


@dataclass(frozen=True)
class Mark:
    """A mark on the scale of whoever asks. Send it as a mark only when it is `final`."""

    value: float
    possible: float
    final: bool


def mark_of(total: Total, possible: float | None = None) -> Mark | None:
    """`total` as one number out of `possible` (default: the rubric's maximum); None when nothing is left to decide.

    Points of criteria that are blocked by another one leave the maximum (`excluded`), so what was earned is
    scaled to what could be earned: 18 of 21, with 3 excluded, is 20.57 of 24. Points that wait for a person count as
    not earned yet: such a mark is not final and can only rise.
    """
    reachable = total.counted + total.pending
    if not reachable:
        return None
    scale = total.maximum if possible is None else possible
    return Mark(round(total.points / reachable * scale, DECIMALS), scale, total.final)
