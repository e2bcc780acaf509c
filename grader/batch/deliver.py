"""From stored evidence to everything a person or a machine reads: verdicts, reports, tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from grader import __version__
from grader.errors import EvidenceError
from grader.evidence.model import Evidence, Pack
from grader.evidence.store import evidence_folder
from grader.exports.grades_csv import write_grades_csv
from grader.exports.results_json import Batch, PackIdentity, SubmissionResult, submission_result, write_results_json
from grader.gradebook.apply import with_decisions
from grader.gradebook.basis import bases
from grader.gradebook.book import Gradebook, open_gradebook
from grader.gradebook.markings import Marked
from grader.gradebook.standing import Standings, standings
from grader.judge import judge, next_step
from grader.provenance.key_store import signing_key
from grader.provenance.keys import SigningKey
from grader.provenance.signed_report import write_signed_report
from grader.report import BatchInfo, OverviewRow, render_overview
from grader.rubric.model import Rubric
from grader.storage import write_text_atomically
from grader.verdict import Result


class BatchRecord(BaseModel):
    """What a batch was, kept in `DIR/batch.json` so that `grader judge DIR` needs to be told nothing again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rubric: str
    submissions: tuple[str, ...]
    """Ids, in the order of the tables."""
    policy: str
    steps_per_call: int | None = None
    """Under the policy `capped`; None else, and in records of older versions."""
    sandbox: str
    pack: Pack
    started: datetime
    seconds: float
    grader_version: str = __version__


def save_record(out: Path, record: BatchRecord) -> None:
    """Write `DIR/batch.json`."""
    write_text_atomically(out / "batch.json", record.model_dump_json(indent=1) + "\n")


def load_record(out: Path) -> BatchRecord:
    """Read `DIR/batch.json`.

    Raises:
        EvidenceError: missing or damaged.
    """
    path = out / "batch.json"
    try:
        return BatchRecord.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise EvidenceError(
            expected="the record of a batch", received=str(problem).splitlines()[0], where=path,
            todo="Name the --out folder of an earlier `grader batch`.",
        ) from problem  # fmt: skip


@dataclass(frozen=True)
class Graded:
    """A batch after judging. Results are kept, evidence is not: it stays on disk."""

    rubric: Rubric
    results: tuple[Result, ...]
    report_names: dict[str, str]
    """Submission id → the report's path below the output folder."""

    unsealed: tuple[str, ...] = ()
    """Ids of submissions whose stored evidence bears no valid seal of the key in use."""

    @property
    def our_failures(self) -> int:
        """Submissions that could not be graded because our side failed."""
        return sum(result.status == "infrastructure_error" for result in self.results)


def deliver(
    out: Path, rubric: Rubric, evidences: Iterable[Evidence], record: BatchRecord, key: SigningKey | None = None,
    gradebook: str | None = None,
) -> Graded:  # fmt: skip
    """Judge, and write the gradebook, the signed reports, the overview, `grades.csv` and `results.json`.

    What people decided counts over what is judged here (`grader.gradebook.apply`). Evidence is read one at a time and
    let go, so memory does not grow with what notebooks hold. Reports are signed with `key`, or with this data folder's
    own. `gradebook` is the URL of a database; None: the one used before for this folder, else a file in it.
    """
    with open_gradebook(out, rubric.lab.id, gradebook) as book:
        return _deliver(out, rubric, evidences, record, key or signing_key(), book)


def as_it_counts(rubric: Rubric, judged: Result, work: Mapping[str, str], standing: Standings) -> Result:
    """A result with people's decisions over it, and the next step that is left. `work`: bases by criterion."""
    result = with_decisions(judged, work, standing)
    following, step = next_step(rubric, result.verdicts)
    return result.model_copy(update={"next_criterion": following, "next_step": step})


def _deliver(
    out: Path, rubric: Rubric, evidences: Iterable[Evidence], record: BatchRecord, key: SigningKey, book: Gradebook
) -> Graded:
    standing = standings(book.journal.newest())
    marked: list[Marked] = []
    results: list[Result] = []
    rows: list[OverviewRow] = []
    entries: list[SubmissionResult] = []
    unsealed: list[str] = []
    (out / "reports").mkdir(parents=True, exist_ok=True)
    for evidence in evidences:
        judged, work = judge(rubric, evidence), bases(rubric, evidence)
        result = as_it_counts(rubric, judged, work, standing)
        written = write_signed_report(out, evidence, result, rubric, key, record.steps_per_call)
        name = written.name
        marked.append(Marked(judged, work, written.statement.evidence.sha256, rubric.digest))
        if not written.statement.evidence.sealed:
            unsealed.append(result.submission)
        results.append(result)
        rows.append(_row(evidence, result, name))
        stored = evidence_folder(out, result.submission) / "evidence.json"
        entries.append(submission_result(rubric, evidence, result, name, stored.relative_to(out).as_posix()))
    book.markings.record(rubric.digest, [criterion.id for criterion in rubric.criteria], marked)
    write_text_atomically(out / "index.html", render_overview(rubric, rows, _batch_info(rubric, record)))
    write_grades_csv(out / "grades.csv", rubric, results)
    write_results_json(out / "results.json", rubric, _batch(record), entries)
    return Graded(rubric, tuple(results), {row.id: row.href for row in rows}, tuple(unsealed))


def _row(evidence: Evidence, result: Result, name: str) -> OverviewRow:
    measured = evidence.measurement
    return OverviewRow(
        id=result.submission, name=result.name, result=result, href=name, seconds=evidence.run.seconds,
        run_status=evidence.run.status, accuracy=None if measured is None else measured.accuracy,
    )  # fmt: skip


def _batch_info(rubric: Rubric, record: BatchRecord) -> BatchInfo:
    return BatchInfo(
        title=rubric.lab.title, pack=record.pack.name, imagenet=record.pack.imagenet, policy=record.policy,
        started=record.started.isoformat(timespec="seconds"), seconds=record.seconds,
        grader_version=record.grader_version, sandbox=record.sandbox, pack_notice=record.pack.notice,
    )  # fmt: skip


def _batch(record: BatchRecord) -> Batch:
    return Batch(
        policy=record.policy, grader_version=record.grader_version,
        started=record.started.isoformat(timespec="seconds"), seconds=record.seconds,
        pack=PackIdentity(name=record.pack.name, digest=record.pack.digest, imagenet=record.pack.imagenet),
    )  # fmt: skip
