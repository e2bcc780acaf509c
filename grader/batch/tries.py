"""How often a submission was begun and never ended, kept on disk: it may be what ends the grader each time."""

from __future__ import annotations

import contextlib
from pathlib import Path

from grader.storage import write_text_atomically

FOLDER = ".begun"
MOST_DIGITS = 3


class Tries:
    """Marks below one results folder, one per submission that runs. Safe to share between threads for different ids."""

    def __init__(self, out: Path) -> None:
        self._folder = out / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True)

    def before(self, submission: str) -> int:
        """How often it was begun without an end."""
        try:
            text = (self._folder / submission).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return 0
        return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0

    def begin(self, submission: str) -> None:
        """It is about to run.

        Raises:
            OSError: cannot be written.
        """
        write_text_atomically(self._folder / submission, str(min(self.before(submission) + 1, 999)))

    def end(self, submission: str) -> None:
        """It ended, or was stopped in good order, or was put aside."""
        with contextlib.suppress(OSError):
            (self._folder / submission).unlink(missing_ok=True)
