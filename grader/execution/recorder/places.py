"""Which line of which cell made a call."""

from __future__ import annotations

import sys
from typing import Any

MAGIC_SOURCES = ("<timed exec>", "<timed eval>", "<magic-timeit>")
"""File names IPython gives to code run under `%%time` and `%%timeit`; the body starts one line below the magic."""


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
    found: dict[str, int] | None = None
    below_magic = 0
    while frame is not None:
        name, function = frame.f_code.co_filename, frame.f_code.co_name
        if name in numbers and found is None:
            found = {"execution": int(numbers[name]), "line": below_magic or int(frame.f_lineno)}
        elif name in numbers:
            # Only what `%%capture` and the like run as a cell within this one is part of it.
            return found if below_magic >= 0 else {"execution": int(numbers[name]), "line": found["line"] + 1}
        elif found is not None and function == "run_cell_magic":
            below_magic = -1
        elif found is None and function == "run_line_magic":
            # `%time f()` stands on a line of its cell, which has a frame of its own.
            below_magic = 0
        elif found is not None and name in MAGIC_SOURCES:
            # A function of another cell, called under `%%time`.
            return found
        elif name in MAGIC_SOURCES:
            below_magic = below_magic or int(frame.f_lineno) + 1
        frame = frame.f_back
    return found


def shell() -> Any:
    """The running IPython shell, or None."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()
