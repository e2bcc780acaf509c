"""Submission → the person's user id on the platform."""

from __future__ import annotations

from pathlib import Path

from grader.errors import UsageError
from grader.exports.results_json import ResultsDocument
from grader.lms.people import read_people
from grader.lti.config import LtiConfig


def users_of(results: ResultsDocument, config: LtiConfig, people: Path | None = None) -> dict[str, str]:
    """User ids by submission id, from the list given, or the one that the configuration names.

    Raises:
        UsageError: there is no list, or it is none.
    """
    if people is None and config.people == "canvas":
        senders = {entry.submission.id: entry.submission.sender for entry in results.submissions}
        return {
            id_: sender.user_id
            for id_, sender in senders.items()
            if sender is not None and sender.platform == "canvas" and sender.user_id is not None
        }
    if people is None and config.people is None:
        raise UsageError(
            expected="a list of who is who", received="none",
            todo='Give --people FILE, a CSV with `submission,user`, or `people = "canvas"` in the configuration.',
        )  # fmt: skip
    listed = read_people(people or config.folder / str(config.people))
    return {
        entry.submission.id: user
        for entry in results.submissions
        if (user := listed.get(entry.submission.id) or listed.get(entry.submission.name))
    }
