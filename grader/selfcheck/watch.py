"""Check again each time a file is saved."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import click
from watchfiles import watch

from grader.console import console_block
from grader.errors import GraderError


def check_on_save(notebook: Path, check: Callable[[], None]) -> None:
    """Call `check` now and after every change of the notebook's bytes, until interrupted.

    The folder is watched, not the file: editors save by writing another file and renaming it. A notebook that cannot
    be read for a moment, or at all, is told and waited for.
    """
    notebook = notebook.resolve()
    seen = ""
    # One round before the first change: `yield_on_timeout` gives an empty set of changes.
    for _ in watch(notebook.parent, recursive=False, yield_on_timeout=True, rust_timeout=200, debounce=200):
        now = _digest(notebook)
        if not now or now == seen:
            continue
        seen = now
        try:
            check()
        except GraderError as problem:
            click.echo(console_block(f"grader: {problem}"), err=True)
        click.echo(f"\nWatching {console_block(notebook.name)}: save it to check again, Ctrl-C to stop.", err=True)


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
