"""The unit of work: one submission in, its Evidence out."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import nbformat

from grader.assets.pack import AssetPack
from grader.batch.roads import Roads, road_taken
from grader.errors import EvidenceError, InfrastructureError, OutOfReachError, SubmissionError
from grader.evidence.model import Cell, Evidence, Reference
from grader.evidence.store import evidence_folder, load_evidence, save_evidence
from grader.execution.ending import without_a_reason
from grader.execution.limits import RunLimits
from grader.execution.outbox import Outbox, read_outbox, read_regular
from grader.execution.run import run_notebook
from grader.execution.sandbox import Sandbox, reading_prefix
from grader.execution.warm_parent import WarmParent
from grader.execution.workspace import open_workspace
from grader.observation.asking import KernelAnswers
from grader.observation.hints import choose_framework, stated_classes
from grader.observation.observe import Measure, Reading, observe, our_failure, pack_facts, provenance, read, unread
from grader.observation.reports import read_reports, report_answers, report_evidence, with_report
from grader.rubric.model import Question
from grader.storage import write_bytes_atomically
from grader.submission.model import Submission, submission_info
from grader.submission.nbgrader_tests import without_tests
from grader.submission.notebook import ReadNotebook, cells_of, read_notebook

MAXIMUM_MODULES = 20
MAXIMUM_MODULE_BYTES = 500_000


class StoppedError(Exception):
    """The batch was stopped while this submission ran."""


@dataclass(frozen=True)
class Conditions:
    """Under which all submissions of a batch are run."""

    pack: AssetPack
    policy: str
    steps_per_call: int
    limits: RunLimits
    sandbox: Sandbox
    questions: tuple[Question, ...]
    scratch: Path
    """Folder with a short path in which each submission gets its workspace."""
    template: tuple[Cell, ...] = ()
    warm: WarmParent | None = None
    """Forks the kernels of notebooks that it suits."""
    roads: Roads | None = None
    """Decides about replays and full runs; without it a notebook runs once, by `policy`."""
    framework: str = "auto"
    """`keras3`, `tf_keras`, or `auto`: what each notebook is spelled for."""


def grade_submission(
    submission: Submission, conditions: Conditions, reference: Reference | None, measure: Measure, out: Path,
    on_cell: Callable[[int, int], None] = lambda _done, _of: None, wanted: Callable[[], bool] = lambda: True,
) -> Evidence:  # fmt: skip
    """Read, run and observe one submission, and store what was seen below `out`.

    Never raises for anything a student handed in. A failure of ours becomes evidence that says so.

    Args:
        wanted: Asked before anything is stored; a batch that was stopped wants nothing any more.

    Raises:
        StoppedError: not wanted any more.
    """
    created = datetime.now(UTC).isoformat(timespec="seconds")
    if submission.out_of_reach is not None:
        return _stored(out, _ours(submission, submission.out_of_reach, conditions, created))
    if submission.notebook is None and submission.reports:
        return _stored(out, _report_alone(submission, conditions, created))
    if submission.notebook is None:
        explanation = submission.problem or "No notebook was found."
        return _stored(out, unread(submission_info(submission), explanation, conditions.pack, created))
    try:
        notebook = without_tests(read_notebook(submission.notebook), conditions.template)
    except OutOfReachError as problem:
        return _stored(out, _ours(submission, str(problem), conditions, created))
    except SubmissionError as problem:
        if submission.reports:
            return _stored(out, _report_alone(submission, conditions, created, str(problem)))
        return _stored(out, unread(submission_info(submission), str(problem), conditions.pack, created))
    info = submission_info(submission, notebook)
    reading = read(info, cells_of(notebook.notebook), conditions.questions, conditions.template)
    roads = conditions.roads
    try:
        evidence = _seen(reading, notebook, submission, conditions, reference, measure, out, on_cell, wanted, created)
        if without_a_reason(evidence.run):
            evidence = _seen(
                reading, notebook, submission, conditions, reference, measure, out, on_cell, wanted, created
            )
        why = None if roads is None else roads.why_full(evidence)
        if why is not None:
            whole = replace(conditions, policy="full")
            evidence = _seen(reading, notebook, submission, whole, reference, measure, out, on_cell, wanted, created)
        if roads is not None:
            road = road_taken(roads.asked, evidence, why)
            right = roads.reference(reference, road.decided)
            evidence = evidence.model_copy(update={"road": road, "reference": right})
        evidence = _with_its_report(evidence, submission, conditions)
    except (InfrastructureError, OutOfReachError, OSError) as problem:
        _still(wanted)
        evidence = our_failure(reading, str(problem), conditions.pack, created)
    return _stored(out, evidence)


def _seen(
    reading: Reading, notebook: ReadNotebook, submission: Submission, conditions: Conditions,
    reference: Reference | None, measure: Measure, out: Path, on_cell: Callable[[int, int], None],
    wanted: Callable[[], bool], created: str,
) -> Evidence:  # fmt: skip
    """Run and observe it once, and keep what the run left behind."""
    running = copy.deepcopy(notebook.notebook)
    policy = "full" if conditions.policy == "full" else "capped"
    framework, why = choose_framework(conditions.framework, reading.cells)
    with open_workspace(
        conditions.scratch, conditions.pack, submission.folder, submission.files, policy=policy,
        steps_per_call=conditions.steps_per_call, classes=stated_classes(reading.statements),
        framework=framework,
    ) as workspace:  # fmt: skip
        kernel = KernelAnswers(workspace, conditions.pack)
        sources = [cell.source for cell in running.cells if cell.cell_type == "code"]
        warm = conditions.warm
        unsuited = None if warm is None else warm.unsuited(sources, submission.files)
        if warm is not None and framework == "tf_keras":
            unsuited = "it runs in Keras 2"
        outcome = run_notebook(
            running, workspace, conditions.sandbox, conditions.limits, on_cell, kernel, None if unsuited else warm
        )
        if unsuited is not None:
            outcome.kernel = f"started anew: {unsuited}"
        outbox = read_outbox(workspace.outbox, None if outcome.witness is None else outcome.witness.data)
        evidence = observe(
            reading, outcome, outbox, conditions.pack, reference, measure,
            policy=policy, sandbox=conditions.sandbox.in_words(conditions.limits), created=created,
            answered=kernel.measurement, modules=_modules(submission),
            replay=None if conditions.roads is None else conditions.roads.replaying, framework=framework, remarks=why,
        )  # fmt: skip
        _still(wanted)
        log = b"" if outcome.witness is None else outcome.witness.data
        _keep_artefacts(evidence_folder(out, submission.id), outbox, log, running)
    return evidence


def read_again(out: Path, submission: Submission, conditions: Conditions, reference: Reference | None) -> Evidence:
    """Read a submission's source anew and keep what was seen when it ran: for a question that changed since.

    Raises:
        SubmissionError, EvidenceError: the notebook or the stored evidence cannot be read any more.
    """
    evidence = load_evidence(evidence_folder(out, submission.id) / "evidence.json")
    if evidence.report_only and submission.reports:
        problem = "" if submission.notebook is None else evidence.run.explanation
        return _stored(out, _report_alone(submission, conditions, evidence.provenance.created, problem))
    if submission.notebook is None or evidence.run.status in ("unreadable", "not_run"):
        return evidence
    notebook = read_notebook(submission.notebook)
    info = submission_info(submission, notebook)
    reading = read(info, cells_of(notebook.notebook), conditions.questions, conditions.template)
    if conditions.roads is not None and evidence.road is not None:
        reference = conditions.roads.reference(reference, evidence.road.decided)
    evidence = evidence.model_copy(
        update={"statements": reading.statements, "answers": reading.answers, "reference": reference}
    )
    return _stored(out, _with_its_report(evidence, submission, conditions))


def _report_alone(submission: Submission, conditions: Conditions, created: str, notebook_problem: str = "") -> Evidence:
    info = submission_info(submission)
    try:
        reports = read_reports(submission.reports, reading_prefix(conditions.sandbox))
        answers = report_answers(reports, conditions.questions, conditions.template)
        return report_evidence(
            info, reports, answers, pack_facts(conditions.pack), provenance(created), notebook_problem
        )
    except (InfrastructureError, OutOfReachError, OSError) as problem:
        return _ours(submission, str(problem), conditions, created)


def _ours(submission: Submission, why: str, conditions: Conditions, created: str) -> Evidence:
    return our_failure(Reading(submission_info(submission)), why, conditions.pack, created)


def _with_its_report(evidence: Evidence, submission: Submission, conditions: Conditions) -> Evidence:
    """A report beside a notebook: its answers count, and what it says otherwise is pointed out."""
    if not submission.reports:
        return evidence
    reports = read_reports(submission.reports, reading_prefix(conditions.sandbox), cells=len(evidence.cells))
    return with_report(evidence, reports, report_answers(reports, conditions.questions, conditions.template))


def _modules(submission: Submission) -> list[str]:
    """Texts of the Python files handed in beside the notebook, as far as they can be read."""
    texts = []
    for file in [file for file in submission.files if file.suffix == ".py"][:MAXIMUM_MODULES]:
        try:
            texts.append(
                read_regular((submission.folder or Path()) / file, MAXIMUM_MODULE_BYTES).decode("utf-8", "replace")
            )
        except (OSError, EvidenceError):
            continue
    return texts


def _still(wanted: Callable[[], bool]) -> None:
    if not wanted():
        raise StoppedError


def _stored(out: Path, evidence: Evidence) -> Evidence:
    save_evidence(out, evidence)
    return evidence


def _keep_artefacts(folder: Path, outbox: Outbox, log: bytes, executed: nbformat.NotebookNode) -> None:
    """Keep what a person may want to look at: the timeline, the configurations, the notebook as it ran.

    Weights are not kept: a class of 300 would fill gigabytes, and their digests are in the timeline.
    """
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    if outbox.events:
        write_bytes_atomically(folder / "timeline.jsonl", log)
    write_bytes_atomically(folder / "executed.ipynb", nbformat.writes(executed).encode("utf-8", "backslashreplace"))
