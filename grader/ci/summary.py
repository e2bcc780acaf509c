"""The job summary of a CI service: Markdown, in which nothing of a student's is markup."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.ci.threshold import WORDS, Minimum, Outcome
from grader.exports.results_json import CriterionResult, ResultsDocument, SubmissionResult
from grader.exports.sentences import STATUS_WORDS, explained, points_words, title, total_words
from grader.report.visible_text import prose

LARGEST = 1_000_000
"""Bytes. GitHub drops a step's summary of more than 1 MiB whole."""

SIGNS = {Outcome.REACHED: "✅", Outcome.BELOW: "❌", Outcome.OPEN: "⏳", Outcome.OUR_FAILURE: "⚠️"}
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~&$@:])|(?<=www)(\.)", re.IGNORECASE)
"""What starts something in CommonMark or GitHub's extension of it within a line: emphasis, code, links, HTML, tables,
entities, formulas, mentions, emoji, and addresses that become links by themselves."""


def plain(text: str) -> str:
    """One line of text so that Markdown shows it as it is, wherever in a line it stands (CommonMark 0.31, 2.4)."""
    return _MARKUP.sub(lambda found: f"\\{found.group()}", text)


def summary(
    results: ResultsDocument, outcomes: Sequence[tuple[SubmissionResult, Outcome]], minimum: Minimum | None
) -> str:
    """The summary of a job: each submission with its outcome, and a table of its criteria."""
    parts = [f"## {plain(prose(results.lab.title, 200))}\n"]
    size = len(parts[0].encode())
    for number, (entry, reached) in enumerate(outcomes):
        part = _section(entry, reached, minimum)
        size += len(part.encode())
        if size > LARGEST - 200:
            parts.append(f"\n{len(outcomes) - number} more do not fit here: see the report and results.json.\n")
            break
        parts.append(part)
    return "\n".join(parts)


def _section(entry: SubmissionResult, reached: Outcome, minimum: Minimum | None) -> str:
    against = "" if minimum is None else f" Minimum {minimum.words}: {WORDS[reached]}."
    lines = [
        f"### {SIGNS[reached]} {plain(prose(entry.submission.name, 80))}",
        "",
        f"{plain(total_words(entry.total))}.{plain(against)}",
        "",
        "| criterion | | points | why, where, what next |",
        "|---|---|---|---|",
        *(_row(criterion) for criterion in entry.criteria),
        "",
    ]
    return "\n".join(lines)


def _row(criterion: CriterionResult) -> str:
    words = explained(criterion) if criterion.status != "met" else explained(criterion)[:1]
    cells = (title(criterion), STATUS_WORDS[criterion.status], points_words(criterion))
    return f"| {' | '.join(plain(cell) for cell in cells)} | {'<br>'.join(plain(line) for line in words)} |"
