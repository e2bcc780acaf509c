"""Write results in another program's form: one file for a class, or one per submission."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from grader.errors import UsageError
from grader.exports.autolab import autolab_output
from grader.exports.check50 import check50_results
from grader.exports.class_tables import nbgrader_grades, otter_final_grades
from grader.exports.gradescope import gradescope_results
from grader.exports.junit import junit_xml
from grader.exports.prairielearn import prairielearn_results
from grader.exports.results_json import ResultsDocument, SubmissionResult
from grader.exports.results_read import one_submission
from grader.storage import write_text_atomically

OfOne = Callable[[ResultsDocument, SubmissionResult], str | None]


def _as_json(make: Callable[[ResultsDocument, SubmissionResult], dict[str, Any] | None]) -> OfOne:
    def text(results: ResultsDocument, entry: SubmissionResult) -> str | None:
        document = make(results, entry)
        return None if document is None else json.dumps(document, indent=1, ensure_ascii=True) + "\n"

    return text


OF_THE_CLASS: Mapping[str, Callable[[ResultsDocument], str]] = MappingProxyType(
    {"junit": junit_xml, "nbgrader": nbgrader_grades, "otter": otter_final_grades}
)
OF_ONE: Mapping[str, tuple[OfOne, str]] = MappingProxyType(
    {
        "autolab": (autolab_output, ".txt"),
        "check50": (_as_json(check50_results), ".json"),
        "gradescope": (_as_json(gradescope_results), ".json"),
        "prairielearn": (_as_json(prairielearn_results), ".json"),
    }
)


def write_export(form: str, results: ResultsDocument, out: Path, submission: str | None = None) -> list[str]:
    """Write `results` in the form of that name.

    Forms of a class become the file `out`. Forms of one submission become the file `out` when `submission` is given
    or there is only one, else one file each in the folder `out`. Returns the ids of submissions that have no form in
    that format, because our side failed on them.

    Raises:
        UsageError: no such submission, or `out` cannot be what it has to be.
        OSError: cannot be written.
    """
    if form in OF_THE_CLASS:
        if submission is not None:
            results = results.model_copy(update={"submissions": (one_submission(results, submission),)})
        _into(out, OF_THE_CLASS[form](results))
        return []
    make, ending = OF_ONE[form]
    alone = submission is not None or len(results.submissions) == 1
    entries = (one_submission(results, submission),) if alone else results.submissions
    left_out = []
    for entry in entries:
        text = make(results, entry)
        if text is None:
            left_out.append(entry.submission.id)
        else:
            _into(out if alone else out / f"{entry.submission.id}{ending}", text)
    return left_out


def _into(path: Path, text: str) -> None:
    if path.is_dir():
        raise UsageError(expected="a file to write", received="a folder", where=path, todo="Name a file with --out.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text_atomically(path, text)
    except (FileExistsError, NotADirectoryError) as problem:
        raise UsageError(
            expected="a folder to write into", received="a file", where=path.parent, todo="Name a folder with --out."
        ) from problem
