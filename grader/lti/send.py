"""Send the class's scores: each once, in order, and say what became of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from grader.exports.results_json import ResultsDocument, SubmissionResult
from grader.lti.client import SCORE_TYPE, Client, refused
from grader.lti.ledger import Ledger
from grader.lti.score import is_graded, score_of, scores_address

OLDER = frozenset({409, 412})
"""The platform holds a score with the same or a later timestamp."""


@dataclass(frozen=True)
class Planned:
    """One score that is due."""

    name: str
    user: str
    score: dict[str, Any]


@dataclass
class Sent:
    """What became of the class."""

    due: list[Planned] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    """The platform has this very score."""
    left: list[str] = field(default_factory=list)
    """Not sent, and why."""
    refused: list[str] = field(default_factory=list)
    """The platform did not take it, and why."""


def plan(results: ResultsDocument, users: Mapping[str, str], ledger: Ledger, item: str) -> Sent:
    """What has to be sent: nothing that the platform has, nothing that would clear a mark.

    Args:
        results: the class as it counts today.
        users: submission id → the person's user id on the platform.
        ledger: what was sent before.
        item: the line item's name in the ledger.
    """
    sent = Sent()
    taken: dict[str, str] = {}
    for entry in results.submissions:
        _plan_one(entry, users.get(entry.submission.id), ledger, item, sent, taken)
    return sent


def _plan_one(
    entry: SubmissionResult, user: str | None, ledger: Ledger, item: str, sent: Sent, taken: dict[str, str]
) -> None:
    name = entry.submission.name
    score = score_of(entry)
    if user is None:
        sent.left.append(f"{name}: no user id is known")
    elif user in taken:
        sent.due = [one for one in sent.due if one.user != user]
        sent.left.append(f"{name}: the same person as {taken[user]}; nothing is sent for either")
    elif score is None:
        sent.left.append(f"{name}: our side failed")
    else:
        last = ledger.last(item, user)
        if last is not None and last.score == score and last.state == "sent":
            sent.already.append(name)
        elif last is not None and last.score == score and last.state == "refused":
            sent.left.append(f"{name}: the platform holds a newer score")
        elif last is not None and last.graded and not is_graded(score):
            sent.left.append(f"{name}: waits for a person again; the platform keeps the mark it has")
        else:
            sent.due.append(Planned(name, user, score))
    if user is not None:
        taken.setdefault(user, name)


def body_of(planned: Planned, timestamp: str) -> dict[str, Any]:
    """The score as it is posted."""
    return {"userId": planned.user, "timestamp": timestamp, **planned.score}


def send(
    sent: Sent, client: Client, ledger: Ledger, item: str, url: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:  # fmt: skip
    """Post what is due to the line item at `url`, one after the other.

    Raises:
        NoAnswerError: the platform is out of reach; what has no answer is sent again by the next call, as it was.
        UsageError: the platform refuses the tool as a whole.
    """
    address = scores_address(url)
    for planned in sent.due:
        before = ledger.last(item, planned.user)
        posted = ledger.intend(item, planned.user, planned.score, now())
        known = before is not None and before.timestamp == posted.timestamp
        answer = client.send("POST", address, body=(SCORE_TYPE, body_of(planned, posted.timestamp)))
        if 200 <= answer.status < 300:
            ledger.settle(item, planned.user, "sent")
            sent.posted.append(planned.name)
        elif answer.status in OLDER and (known or answer.repeated):
            # No answer came to an earlier try, and the platform has a score of that very moment: it had arrived.
            ledger.settle(item, planned.user, "sent")
            sent.already.append(planned.name)
        elif answer.status in OLDER:
            ledger.settle(item, planned.user, "refused")
            sent.refused.append(f"{planned.name}: the platform holds a newer score")
        elif answer.status in (401, 403):
            raise refused(answer, address)
        else:
            ledger.settle(item, planned.user, "failed")
            sent.refused.append(f"{planned.name}: {refused(answer, address).received}")
