"""The log: a line per event that any program can read, whatever a file was called."""

from __future__ import annotations

import dataclasses
import io
import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from grader.watching.log import JsonLog, log_line
from tests.watching.examples import ADA, BATCH, BEN_LOST

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


def test_a_batch_is_one_line_per_event() -> None:
    file = io.StringIO()
    log = JsonLog(file)
    for event in BATCH:
        log.see(event)
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [line["event"] for line in lines] == [
        "batch_began", "taken_from_before", "ran", "ran", "ran", "marked", "marked", "marked", "batch_ended",
    ]  # fmt: skip
    assert lines[0]["versions"] == {"grader": "0.1.0", "keras": "3.15.0"}


def test_a_line_says_who_how_long_and_what_failed() -> None:
    assert json.loads(log_line(ADA, NOW)) == {
        "time": "2026-03-02T14:00:00.000+00:00", "event": "ran", "submission": "ada", "seconds": 5.0,
        "outcome": "completed", "failure": None, "where": "", "again": False,
        "phases": {"read": 0.5, "run": 3.0, "observe": 1.5}, "caches": [{"cache": "features", "hit": True}],
    }  # fmt: skip
    assert json.loads(log_line(BEN_LOST, NOW))["failure"] == "worker_lost"


@given(st.text(st.characters(), max_size=400))
def test_no_id_breaks_out_of_its_line_or_reaches_a_terminal_raw(id_: str) -> None:
    line = log_line(dataclasses.replace(ADA, submission=id_), NOW)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["submission"] == id_[:300]
