"""From stored evidence to everything a person or a machine reads: verdicts, reports, tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from grader import __version__
from grader.batch.marking import Assignment, mark_all
from grader.batch.overview_files import write_overview
from grader.batch.spool import Spool
from grader.batch.told import marked as marked_one
from grader.errors import EvidenceError, in_words
from grader.evidence.model import Pack
from grader.exports.grades_csv import write_grades_csv
from grader.exports.results_file import results_file
from grader.exports.results_json import Batch, PackIdentity
from grader.gradebook.book import open_gradebook
from grader.gradebook.lost_line import despite_lost_lines
from grader.gradebook.prepared import PreparedMarking
from grader.gradebook.standing import standings
from grader.provenance.key_store import signing_key
from grader.provenance.keys import SigningKey
from grader.report import BatchInfo
from grader.report.rows import RowsInShort
from grader.rubric.model import Rubric
from grader.storage import write_text_atomically
from grader.verdict import Result
from grader.watching.watch import NOBODY, Watch


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
            expected="the record of a batch", received=in_words(problem), where=path,
            todo="Name the --out folder of an earlier `grader batch`.",
        ) from problem  # fmt: skip


@dataclass(frozen=True)
class Graded:
    """A batch after judging. Nothing of it is in memory: evidence and results are on disk, one is read at a time."""

    rubric: Rubric
    results: Sequence[Result]
    in_short: Sequence[Result]
    """The same without words, in memory."""

    unsealed: tuple[str, ...] = ()
    """Ids of submissions whose stored evidence bears no valid seal of the key in use."""

    our_failures: int = 0
    """Submissions that could not be graded because our side failed."""


def deliver(
    out: Path, rubric: Rubric, record: BatchRecord, key: SigningKey | None = None, gradebook: str | None = None,
    watch: Watch = NOBODY,
) -> Graded:  # fmt: skip
    """Judge the record's submissions, and write the gradebook, the signed reports, the overview, `grades.csv` and
    `results.json`.

    What people decided counts over what is judged here (`grader.gradebook.apply`). Evidence is read one at a time and
    let go, so memory does not grow with what notebooks hold. Reports are signed with `key`, or with this data folder's
    own. `gradebook` is the URL of a database; None: the one used before for this folder, else a file in it.
    """
    key = key or signing_key()
    (out / "reports").mkdir(parents=True, exist_ok=True)
    with open_gradebook(out, rubric.lab.id, gradebook) as book:
        standing = standings(book.journal.newest())
        assignment = Assignment(out, rubric, standing, record.steps_per_call, key.pem)
        marked = mark_all(assignment, record.submissions)
        spool, markings = Spool(Result), Spool(PreparedMarking)
        rows = RowsInShort()
        unsealed: list[str] = []
        with results_file(out / "results.json", rubric, _batch(record)) as results:
            for one in marked:
                spool.append(one.result)
                markings.append_json(one.marking)
                watch.see(marked_one(one))
                results.add_text(one.entry)
                rows.add(
                    one.result, href=one.report, seconds=one.seconds, run_status=one.run_status, accuracy=one.accuracy
                )
                if not one.sealed:
                    unsealed.append(one.result.submission)
        criteria = [criterion.id for criterion in rubric.criteria]
        despite_lost_lines(
            lambda: book.markings.record_prepared(rubric.digest, criteria, markings, record.submissions), book.name
        )
    write_overview(out, rubric, rows.rows, _batch_info(rubric, record))
    in_short = [row.result for row in rows.rows]
    write_grades_csv(out / "grades.csv", rubric, in_short)
    ours = sum(result.status == "infrastructure_error" for result in in_short)
    return Graded(rubric, spool, in_short, tuple(unsealed), ours)


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
