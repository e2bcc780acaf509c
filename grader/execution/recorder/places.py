"""Which line of which cell made a call."""

from __future__ import annotations

import sys
from typing import Any

MAGIC_SOURCES = ("<timed exec>", "<timed eval>")
"""File names IPython gives to code run under `%%time`; the body starts one line below the magic."""


def calling_place(depth: int = 2) -> dict[str, int] | None:
    """Innermost frame that stands in a notebook cell, as `{"execution": n, "line": l}`.

    `execution` is IPython's prompt number, which is the code cell's number after a run from top to bottom.
    Returns None outside IPython or where no cell is on the stack.
    """
    running = shell()
    if running is None:
        return None
    numbers: dict[str, int] = getattr(running.compile, "_filename_map", {})
    frame: Any = sys._getframe(depth)
    below_magic: int | None = None
    while frame is not None:
        name = frame.f_code.co_filename
        if name in numbers:
            return {"execution": int(numbers[name]), "line": below_magic or int(frame.f_lineno)}
        if name in MAGIC_SOURCES and below_magic is None:
            below_magic = int(frame.f_lineno) + 1
        frame = frame.f_back
    return None


def shell() -> Any:
    """The running IPython shell, or None."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()
