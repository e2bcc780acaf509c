"""Two graders at once, as two processes: nothing is lost, on either database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.gradebook.book import open_gradebook
from tests.gradebook.entering import stands

GRADER = """
import sys
from pathlib import Path
from grader.gradebook.book import open_gradebook
from grader.gradebook.journal import OvertakenError
from tests.gradebook.entering import mark, stands

folder, url, name = Path(sys.argv[1]), sys.argv[2] or None, sys.argv[3]
with open_gradebook(folder, "lab06", url) as book:
    for number in range(25):
        mark(book, 1, by=name, submission=f"of-{name}-{number}", seen=0)
        mark(book, 1, by=name, submission="of-both")
        while True:
            try:
                mark(book, 1, by=name, submission="careful", seen=stands(book, "careful").mark_sequence)
                break
            except OvertakenError:
                continue
"""


@pytest.mark.slow
def test_nothing_is_lost(tmp_path: Path, database: str | None) -> None:
    # Both begin with an empty folder, so that they also meet while the tables are made.
    graders = [
        subprocess.Popen([sys.executable, "-c", GRADER, str(tmp_path), database or "", name], stderr=subprocess.PIPE)
        for name in ("ada", "bo")
    ]
    for grader in graders:
        _, errors = grader.communicate(timeout=120)
        assert grader.returncode == 0, errors.decode()
    with open_gradebook(tmp_path, "lab06", database) as book:
        for name in ("ada", "bo"):
            for number in range(25):
                decision = stands(book, f"of-{name}-{number}").decision
                assert decision is not None
                assert decision.author == name
        assert stands(book, "of-both").mark_sequence == 50
        assert stands(book, "careful").mark_sequence == 50
        by = [entry.author for entry in book.journal.history()]
        assert (by.count("ada"), by.count("bo")) == (75, 75)
