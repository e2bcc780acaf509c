"""The summary of a batch adds up."""

from __future__ import annotations

from datetime import UTC, datetime

import jsonschema

from grader.watching.summary import RunSummary, Summary
from tests.watching.examples import BATCH

STARTED = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


def summary_of(events: object = BATCH) -> RunSummary | None:
    adding = Summary(STARTED)
    for event in events:  # type: ignore[attr-defined]
        adding.see(event)
    return adding.document()


def test_who_ran_who_was_taken_from_before_and_who_was_tried_again() -> None:
    found = summary_of()
    assert found is not None
    assert found.submissions.model_dump() == {"total": 3, "taken_from_before": 1, "run": 2, "tried_again": 1}
    assert found.by_status == {"graded": 1, "needs_review": 2}
    assert found.by_outcome == {"cells_failed": 1, "completed": 1}
    assert found.failures == {"worker_lost": 1}


def test_times_and_caches() -> None:
    found = summary_of()
    assert found is not None
    assert found.phases["run"].model_dump() == {"count": 2, "seconds": 4.0, "longest": 3.0}
    assert found.phases["report"].count == 3
    assert found.caches["runs"].model_dump() == {"hits": 1, "misses": 2}
    assert found.caches["features"].model_dump() == {"hits": 1, "misses": 0}
    assert found.caches["reports"].model_dump() == {"hits": 1, "misses": 2}
    assert found.seconds == 9.5


def test_it_holds_to_its_schema() -> None:
    found = summary_of()
    assert found is not None
    jsonschema.validate(found.model_dump(mode="json"), RunSummary.model_json_schema(mode="serialization"))


def test_what_never_began_has_no_summary() -> None:
    assert summary_of(BATCH[-1:]) is None
