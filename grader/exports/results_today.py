"""Results as they count today: `results.json` with what people decided since, from the gradebook beside it."""

from __future__ import annotations

from pathlib import Path

from grader.exports.results_json import ResultsDocument, revised
from grader.exports.results_read import read_results


def results_today(path: Path) -> ResultsDocument:
    """`read_results`, and over it the gradebook of the folder, if it has one.

    A submission that the gradebook does not know stays as it was written.

    Raises:
        EvidenceError: as `read_results`.
        UsageError: the gradebook cannot be opened.
    """
    document = read_results(path)
    folder = path if path.is_dir() else path.parent
    if not (folder / "gradebook.json").is_file():
        return document
    from grader.gradebook.book import open_gradebook
    from grader.gradebook.read import results

    with open_gradebook(folder, document.lab.id) as book:
        decided = {result.submission: result for result in results(book)}
    entries = tuple(
        revised(entry, decided[entry.submission.id]) if entry.submission.id in decided else entry
        for entry in document.submissions
    )
    return document.model_copy(update={"submissions": entries})
