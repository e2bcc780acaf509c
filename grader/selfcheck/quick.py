"""Check one notebook without running it: what its text states, in the rubric's terms."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from grader.evidence.model import Evidence, Run
from grader.judge import judge
from grader.observation.observe import provenance, read
from grader.rubric.model import Rubric
from grader.rubric.public import public_part
from grader.selfcheck.run import Checked
from grader.selfcheck.table import self_check
from grader.submission.model import Submission, submission_info
from grader.submission.notebook import cells_of, read_notebook

NOT_RUN = "Only the text was read; nothing was run."


def check_by_reading(rubric: Rubric, notebook: Path) -> Checked:
    """Decide what the source alone can decide. Everything else stays open: a run would show it.

    Raises:
        SubmissionError: the notebook cannot be read.
    """
    shown = public_part(rubric)
    contents = read_notebook(notebook)
    info = submission_info(Submission(id="notebook", name=notebook.stem, notebook=notebook), contents)
    reading = read(info, cells_of(contents.notebook), shown.questions(), ())
    created = datetime.now(UTC).isoformat(timespec="seconds")
    evidence = Evidence(
        submission=info, run=Run(status="not_run", explanation=NOT_RUN), cells=reading.cells,
        statements=reading.statements, answers=reading.answers, provenance=provenance(created),
    )  # fmt: skip
    stated = [criterion.model_copy(update={"requires": "stated"}) for criterion in shown.criteria]
    result = judge(shown.model_copy(update={"criteria": tuple(stated)}), evidence)
    return Checked(self_check(rubric, evidence, result, "source"), evidence, result, shown)
