"""Write `results.json` submission by submission, so that a class of any size needs no more memory than one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from grader.exports.results_json import Batch, SubmissionResult, results
from grader.rubric.model import Rubric
from grader.storage import replacing

_OPEN, _CLOSED = '"submissions": [', "]\n}\n"


def entry_text(entry: SubmissionResult) -> str:
    """One submission as it stands in the file."""
    return entry.model_dump_json(indent=2).replace("\n", "\n    ")  # a line end in JSON is never inside a string


class ResultsFile:
    """A file that is being written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._any = False

    def add(self, entry: SubmissionResult) -> None:
        """Write one submission."""
        self.add_text(entry_text(entry))

    def add_text(self, text: str) -> None:
        """Write one submission that `entry_text` made."""
        self._file.write(f"{',' if self._any else ''}\n    {text}".encode("utf-8", "replace"))
        self._any = True

    def close(self) -> None:
        """Write what stands behind the submissions."""
        self._file.write(f"{chr(10) + '  ' if self._any else ''}{_CLOSED}".encode())


@contextmanager
def results_file(path: Path, rubric: Rubric, batch: Batch) -> Iterator[ResultsFile]:
    """`results.json`, indented by two spaces; it takes the place of an older one at the end, whole or not at all.

    Raises:
        OSError: the file cannot be written; an older one is then as it was.
    """
    head = results(rubric, batch, ()).model_dump_json(indent=2)
    before, _, after = head.rpartition(_OPEN)
    if after != "]\n}":
        raise AssertionError("`submissions` stands last in the file")
    with replacing(path) as file:
        file.write(f"{before}{_OPEN}".encode("utf-8", "replace"))
        writing = ResultsFile(file)
        yield writing
        writing.close()


def write_results_json(path: Path, rubric: Rubric, batch: Batch, entries: Iterable[SubmissionResult]) -> None:
    """Write `results.json` in one call.

    Raises:
        OSError: as `results_file`.
    """
    with results_file(path, rubric, batch) as file:
        for entry in entries:
            file.add(entry)
