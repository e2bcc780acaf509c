"""What a live session can and cannot show, said in the table."""

from __future__ import annotations

import re

from grader.evidence.model import Evidence
from grader.rubric.model import Rubric
from grader.selfcheck.table import Row, SelfCheck, self_check
from grader.verdict import Result

NEEDS_TRAINING = frozenset({"notebook_runs", "frozen_base", "fine_tuning", "output_and_loss", "preprocessing"})
"""Checks that look at how a model was trained."""

TRAINED_UNSEEN = (
    "Your model was trained before the check was loaded, so its training was not seen. Put `%load_ext grader` into "
    "the first cell, then restart and run all."
)
ONLY_A_FRESH_RUN = (
    "No cell has failed so far. Only a fresh run shows that they work in this order: choose “Restart and run all”, "
    "or run `grader check`."
)
TEXTS_UNKNOWN = (
    "The session does not know its notebook file, so your text cells were not read. Save it, and say "
    "`%check --notebook FILE.ipynb`."
)

_CELL = re.compile(r" in cell \d+ of the notebook")


def session_view(
    rubric: Rubric, evidence: Evidence, result: Result, *, texts_known: bool, trained_unseen: bool
) -> SelfCheck:
    """The table for a live session: what it cannot know is open, never wrong.

    Args:
        texts_known: whether the notebook's text cells could be read.
        trained_unseen: whether a model had been trained before the session was watched.
    """
    table = self_check(rubric, evidence, result, "session")
    checks = {criterion.id: criterion.check for criterion in rubric.criteria}
    rows = []
    for row in table.rows:
        check = checks[row.criterion]
        if check == "notebook_runs" and row.status == "met":
            rows.append(_opened(row, ONLY_A_FRESH_RUN))
        elif check == "written_answer" and not texts_known and row.status != "needs_review":
            rows.append(_opened(row, TEXTS_UNKNOWN))
        elif check in NEEDS_TRAINING and trained_unseen and not evidence.graded_fits() and row.group == "fix":
            rows.append(_opened(row, TRAINED_UNSEEN))
        elif check == "written_answer":
            # The session's text cells have numbers of ours that stand nowhere in the notebook.
            rows.append(row.model_copy(update={"found": _CELL.sub("", row.found), "where": ()}))
        else:
            rows.append(row)
    decided = [row for row in rows if row.points is not None]
    return table.model_copy(
        update={
            "rows": tuple(sorted(rows, key=lambda row: ("fix", "open", "fine").index(row.group))),
            "points": sum(row.points or 0.0 for row in decided),
            "decided": sum(row.maximum for row in decided),
        }
    )


def _opened(row: Row, words: str) -> Row:
    return row.model_copy(
        update={"status": "needs_review", "group": "open", "points": None, "found": words, "hint": "", "where": ()}
    )
