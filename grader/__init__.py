"""An automated grader for deep-learning labs: read → run → observe → judge → report → deliver."""

from typing import Any

__version__ = "0.1.0"


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext grader` in a notebook: watch this session from now on, and add `%check`."""
    from grader.selfcheck.extension import load

    load(shell)
