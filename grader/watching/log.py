"""A log for programs: one JSON object per line, in ASCII, whatever a student's file was called."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import IO, Any

from grader.watching.events import Event
from grader.watching.phases import Phase

LONGEST_TEXT = 300
"""Characters of an id or a kind; longer ones are cut."""


class JsonLog:
    """Writes each event when it happens, so that a log of a batch that was killed ends where the batch did."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def see(self, event: Event) -> None:
        """One line.

        Raises:
            OSError: cannot be written.
        """
        self._file.write(log_line(event, datetime.now(UTC)) + "\n")
        self._file.flush()


def log_line(event: Event, now: datetime) -> str:
    """The line without its end: `time` (ISO 8601 in UTC), `event`, and the event's own fields; times in seconds."""
    content: dict[str, Any] = {"time": now.isoformat(timespec="milliseconds"), "event": _NAMES[type(event).__name__]}
    for field in dataclasses.fields(event):
        value = getattr(event, field.name)
        if field.name == "phases":
            content["phases"] = _seconds_by_name(value)
        elif field.name == "looks":
            content["caches"] = [{"cache": look.cache, "hit": look.hit} for look in value]
        elif field.name == "versions":
            content["versions"] = dict(value)
        else:
            content[field.name] = _plain(value)
    return json.dumps(content, ensure_ascii=True, allow_nan=False)


_NAMES = {
    "BatchBegan": "batch_began", "TakenFromBefore": "taken_from_before", "Ran": "ran", "MarkedOne": "marked",
    "BatchEnded": "batch_ended",
}  # fmt: skip


def _seconds_by_name(phases: tuple[Phase, ...]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for one in phases:
        sums[one.name] = round(sums.get(one.name, 0.0) + one.seconds, 4)
    return sums


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    return round(value, 4) if isinstance(value, float) else value
