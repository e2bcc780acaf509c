"""How much of a notebook's output is kept. What is above it is dropped and said, never an error."""

from __future__ import annotations

from typing import Any

from grader.execution.limits import RunLimits

TEXT = ("stream", "error")
RICH = ("display_data", "execute_result", "update_display_data")
MAXIMUM_TRACEBACK = 20_000


class OutputCaps:
    """Decides about one message after the other."""

    def __init__(self, limits: RunLimits) -> None:
        self._limits = limits
        self._kept = 0
        self._text = 0
        self._rich = 0
        self.dropped = 0

    def start_of_cell(self) -> None:
        """A cell's share of output begins anew; the notebook's does not."""
        self._text = self._rich = 0

    def admits(self, message: dict[str, Any]) -> bool:
        """Whether this message is to be kept."""
        kind = message.get("msg_type")
        if kind not in TEXT and kind not in RICH:
            return True
        if kind == "error":
            _shorten_error(message)
        size = _size(message.get("content"))
        if kind in TEXT:
            self._text += size
            fits = self._text <= self._limits.output_characters_per_cell
        else:
            self._rich += size
            fits = self._rich <= self._limits.media_characters_per_cell
        if fits and self._kept + size <= self._limits.output_characters:
            self._kept += size
            return True
        self.dropped += 1
        return bool(kind == "error")


def _shorten_error(message: dict[str, Any]) -> None:
    """Errors are kept however much was printed before, but not however long they are."""
    content = message.get("content")
    if not isinstance(content, dict):
        return
    content["ename"] = str(content.get("ename", ""))[:200]
    content["evalue"] = str(content.get("evalue", ""))[:2000]
    lines = content.get("traceback")
    text = "\n".join(str(line) for line in lines[-200:]) if isinstance(lines, list) else ""
    content["traceback"] = text[-MAXIMUM_TRACEBACK:].split("\n")


def _size(value: object, depth: int = 12) -> int:
    """Characters in all strings of a decoded JSON value; anything else counts a little."""
    if isinstance(value, str):
        return len(value)
    if depth and isinstance(value, dict):
        return sum(len(key) + _size(item, depth - 1) for key, item in value.items())
    if depth and isinstance(value, list):
        return sum(_size(item, depth - 1) for item in value)
    return len(str(value)) if isinstance(value, dict | list) else 8
