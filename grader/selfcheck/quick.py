"""Check one notebook without running it: what its text states, in the rubric's terms."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from grader.evidence.model import Evidence, Run
from grader.evidence.reports import ReportDocument
from grader.judge import judge, next_step, total_of
from grader.observation.observe import provenance, read
from grader.rubric.model import Rubric
from grader.rubric.public import public_part
from grader.selfcheck.run import Checked
from grader.selfcheck.table import self_check
from grader.submission.model import Submission, submission_info
from grader.submission.notebook import cells_of, read_notebook
from grader.verdict import Result

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
    result = _with_stated(shown, evidence, judge(shown, evidence))
    return Checked(self_check(rubric, evidence, result, "source"), evidence, result, shown)


_WORDS = {"stated": "Your code says so: {what}.", "not_assessable": "The text alone does not decide this: {why}."}


def _with_stated(rubric: Rubric, evidence: Evidence, result: Result) -> Result:
    """Where a run would decide, say what the text states: judged as the pasted code of a written report is."""
    criteria = tuple(
        criterion
        if criterion.question is not None
        else criterion.model_copy(
            update={
                "requires": "stated", "messages": {**criterion.messages, **_WORDS},
                "hints": {**criterion.hints, "not_assessable": ""},
            }
        )
        for criterion in rubric.criteria
    )  # fmt: skip
    as_text = evidence.model_copy(
        update={
            "documents": (ReportDocument(name=evidence.submission.name, kind="text", sha256=""),),
            "submission": evidence.submission.model_copy(update={"notebook": None}),
        }
    )
    stated = judge(rubric.model_copy(update={"criteria": criteria}), as_text)
    topics = {statement.topic for statement in evidence.statements}
    # Without these there is no model to speak of, and the ordinary checks say that best.
    speaks_of_a_model = {"base", "fit"} <= topics
    by_text = {
        verdict.criterion: verdict
        for verdict, criterion in zip(stated.verdicts, rubric.criteria, strict=True)
        if criterion.check != "notebook_runs" and criterion.question is None
    }
    verdicts = tuple(
        by_text.get(verdict.criterion, verdict) if speaks_of_a_model or verdict.status == "needs_review" else verdict
        for verdict in result.verdicts
    )
    following, step = next_step(rubric, verdicts)
    return result.model_copy(
        update={
            "verdicts": verdicts, "total": total_of(verdicts, settled=False), "next_criterion": following,
            "next_step": step,
        }
    )  # fmt: skip
