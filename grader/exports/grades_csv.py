"""The gradebook as a table: RFC 4180, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from grader.report.visible_text import prose
from grader.rubric.model import Rubric
from grader.storage import write_text_atomically
from grader.verdict import Result, Status

UNDECIDED: frozenset[Status] = frozenset({"needs_review", "blocked", "infrastructure_error"})
"""Statuses whose points say nothing: the cell stays empty, because gradebooks read 0 as a mark."""

_FORMULA = re.compile("(^|[;|])([ \u200c\u200d]*[=+\\-@＝＋－＠])")
"""What spreadsheets take for the start of a formula (the wide forms in East Asian versions): at the start of a cell, or
behind a separator of a country whose spreadsheets split at semicolons, quotation marks or not."""

_LONGEST_CELL = 500


def write_grades_csv(path: Path, rubric: Rubric, results: Iterable[Result]) -> None:
    """Write one row per submission, UTF-8, lines ended by CR LF as RFC 4180 asks.

    Columns: `id`, `name`, `status`; for each criterion `<id>` (points, empty while undecided) and `<id> status`;
    then `total`, `maximum`, `counted`, `pending`, `excluded` (see `grader.verdict.Total`) and `final` (`yes`, `no`).

    Raises:
        OSError: the file cannot be written; an older one is then as it was.
    """
    write_text_atomically(path, grades_csv(rubric, results))


def grades_csv(rubric: Rubric, results: Iterable[Result]) -> str:
    """The table as text; see `write_grades_csv`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    criteria = [criterion.id for criterion in rubric.criteria]
    per_criterion = [column for id_ in criteria for column in (id_, f"{id_} status")]
    writer.writerow(
        [
            "id", "name", "status", *per_criterion,
            "total", "maximum", "counted", "pending", "excluded", "final",
        ]
    )  # fmt: skip
    for result in results:
        writer.writerow(_row(criteria, result))
    return out.getvalue()


def _row(criteria: list[str], result: Result) -> list[str]:
    verdicts = {verdict.criterion: verdict for verdict in result.verdicts}
    row = [safe_cell(result.submission), safe_cell(result.name), result.status]
    for id_ in criteria:
        verdict = verdicts.get(id_)
        decided = verdict is not None and verdict.status not in UNDECIDED
        row.append(number(verdict.points) if verdict is not None and decided else "")
        row.append(verdict.status if verdict is not None else "")
    total = result.total
    amounts = (total.points, total.maximum, total.counted, total.pending, total.excluded)
    return [*row, *(number(amount) for amount in amounts), "yes" if total.final else "no"]


def safe_cell(text: str) -> str:
    """`text` on one line and such that no spreadsheet runs it: an apostrophe goes before what could start a formula."""
    return _FORMULA.sub(r"\1'\2", prose(text, _LONGEST_CELL))


def number(value: float) -> str:
    """Points without needless digits, such as `7` or `2.5`; never in scientific notation."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))
