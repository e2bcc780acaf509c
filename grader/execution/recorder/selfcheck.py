"""`%load_ext grader` and `%check` while a notebook is being graded: both are welcome, and do nothing."""

from __future__ import annotations

import sys
import types
from typing import Any

ANSWER = "The self-check does nothing while your notebook is graded."


def answer_for(shell: Any) -> None:
    """Stand in for the student's own `grader`, whether or not that package could be imported in this kernel."""
    module = types.ModuleType("grader", "The self-check, which does nothing while a notebook is graded.")

    def load_ipython_extension(_shell: Any) -> None:
        shell.register_magic_function(check, "line", "check")

    def check(_line: str) -> None:
        print(ANSWER)  # noqa: T201

    vars(module)["load_ipython_extension"] = load_ipython_extension
    sys.modules["grader"] = module
