"""`%load_ext grader` and `%check`."""

from __future__ import annotations

import argparse
import io
import shlex
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.errors import GraderError, UsageError
from grader.rubric.beside import rubric_for
from grader.selfcheck.live import LiveSession
from grader.selfcheck.page import fragment
from grader.selfcheck.table import SelfCheck
from grader.selfcheck.terminal import print_self_check


class Shown:
    """The table as notebooks show it: HTML where they can, else the terminal's text."""

    def __init__(self, table: SelfCheck) -> None:
        self.table = table

    def _repr_html_(self) -> str:
        return fragment(self.table)

    def __repr__(self) -> str:
        text = io.StringIO()
        plain = Console(file=text, width=80, highlight=False, force_jupyter=False, color_system=None)
        print_self_check(self.table, plain)
        return text.getvalue()


def load(shell: Any) -> None:
    """Start watching, and add the magic."""
    live = LiveSession(shell)
    live.start()

    def check(line: str) -> Shown | None:
        """Look at this session: what was asked, what was found, in which cell, what to try."""
        try:
            named = _arguments(line)
            notebook = Path(named.notebook) if named.notebook else None
            return Shown(live.check(rubric_for(notebook or Path("here.ipynb"), named.rubric), notebook).table)
        except GraderError as problem:
            print(f"grader: {problem}")  # noqa: T201
            return None

    shell.register_magic_function(check, "line", "check")
    print("Watching. After training, say %check")  # noqa: T201


class _Quiet(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise UsageError(
            expected="%check [--rubric NAME|FILE] [--notebook FILE.ipynb]", received=message, where="%check"
        )  # fmt: skip


def _arguments(line: str) -> argparse.Namespace:
    parser = _Quiet(prog="%check", add_help=False)
    parser.add_argument("--rubric")
    parser.add_argument("--notebook")
    try:
        words = shlex.split(line)
    except ValueError as problem:
        raise UsageError(expected="words, quoted in pairs", received=str(problem), where="%check") from problem
    return parser.parse_args(words)
