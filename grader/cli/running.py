"""How far one notebook has run, on a terminal; nothing where nobody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from grader.console import console_line

Say = Callable[[str], None]
OnCell = Callable[[int, int], None]


@contextmanager
def running(name: str) -> Iterator[tuple[Say, OnCell]]:
    """A line with a spinner on standard error, gone when it is done; yields what to call with news."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda _line: None, lambda _done, _of: None
        return
    shown = console_line(name, 40)
    with console.status(Text(f"Running {shown}: starting Python")) as status:

        def on_cell(done: int, of: int) -> None:
            words = "looking at your model" if done == of else f"cell {done + 1} of {of}"
            status.update(Text(f"Running {shown}: {words}"))

        yield lambda line: status.update(Text(console_line(line, 70))), on_cell
