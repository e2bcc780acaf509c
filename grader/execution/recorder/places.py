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
    through_magic = False
    while frame is not None:
        name, function = frame.f_code.co_filename, frame.f_code.co_name
        if found is None:
            if name in numbers:
                found = {"execution": int(numbers[name]), "line": below_magic or int(frame.f_lineno)}
            elif name in MAGIC_SOURCES:
                below_magic = below_magic or int(frame.f_lineno) + 1
            elif function == "run_line_magic":
                # `%time f()` stands on a line of its cell, which has a frame of its own.
                below_magic = 0
        elif name in numbers:
            # What `%%capture` runs as a cell of its own stands in this one; a function of another cell does not.
            return {"execution": int(numbers[name]), "line": found["line"] + 1} if through_magic else found
        elif name in MAGIC_SOURCES:
            return found
        elif function == "run_cell_magic":
            through_magic = True
        frame = frame.f_back
    return found


def called_by_cell(depth: int) -> bool:
    """Whether the frame `depth` above the caller's own belongs to a cell, and not to a library it uses."""
    return stands_in_cell(sys._getframe(depth))


def stands_in_cell(frame: Any) -> bool:
    """Whether a frame is that of code which stands in a cell."""
    running = shell()
    if running is None or frame is None:
        return False
    return frame.f_code.co_filename in getattr(running.compile, "_filename_map", {})


def running_cell() -> str:
    """The source of the cell that is being run, as far as IPython knows it."""
    running = shell()
    entered = [] if running is None else running.user_ns.get("In", [])
    return str(entered[-1]) if isinstance(entered, list) and entered else ""


def shell() -> Any:
    """The running IPython shell, or None."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()
