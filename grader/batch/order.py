"""Which notebook runs first: the longest, so that at the end no core waits for one that began late."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from grader.errors import SubmissionError
from grader.evidence.model import Statement
from grader.source.statements import read_statements
from grader.submission.model import Submission
from grader.submission.notebook import cells_of, read_notebook

MOST_EPOCHS = 1_000
FINE_TUNING = 2.0
"""How much longer an epoch takes once the base is trained, too (measured on the official tutorial: 398 s for as many
epochs as took 201 s with the base frozen)."""

TYPICAL_WORK = 1.0 + 10.0 + 10.0 * FINE_TUNING
"""The work of the official tutorial: ten epochs with the base frozen, ten more of fine-tuning."""


def longest_first(
    submissions: Sequence[Submission], seconds_before: Callable[[Submission], float | None], *, trains: bool
) -> list[tuple[Submission, float]]:
    """The submissions with the time each is expected to take in relation to the others, the longest first.

    Args:
        seconds_before: how long one ran in an earlier batch, if it did.
        trains: whether training takes as long as the notebook says; otherwise one is taken to be like another.
    """
    before = [seconds_before(submission) for submission in submissions]
    typical = statistics.median([seconds for seconds in before if seconds] or [1.0])
    expected = [
        (submission, typical * _share_of_typical(submission, trains=trains) if seconds is None else seconds)
        for submission, seconds in zip(submissions, before, strict=True)
    ]
    return sorted(expected, key=lambda pair: -pair[1])


_A_REPORT = 0.1
"""Of a typical notebook's time: reading one takes seconds, pictures in it some more."""


def _share_of_typical(submission: Submission, *, trains: bool) -> float:
    if submission.notebook is None:
        return _A_REPORT if submission.reports else 0.0
    if not trains:
        return 1.0
    try:
        return (
            1.0 + training_work(read_statements(cells_of(read_notebook(submission.notebook).notebook)))
        ) / TYPICAL_WORK
    except SubmissionError:
        return 0.0


def training_work(statements: Sequence[Statement]) -> float:
    """Epochs of all trainings in the order of the source; from the first unfreezing on, each weighs more."""
    total, weight = 0.0, 1.0
    for statement in statements:
        if statement.topic == "unfreeze":
            weight = FINE_TUNING
        elif statement.topic == "fit":
            epochs, first = statement.settings.get("epochs"), statement.settings.get("initial_epoch")
            count = epochs if isinstance(epochs, (int, float)) else 10
            count -= first if isinstance(first, (int, float)) else 0
            total += weight * min(max(count, 0), MOST_EPOCHS)
    return total
