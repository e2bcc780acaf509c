"""The class under review: what was handed in and what the grader says of it, kept in memory for quick pages.

Lists show what the gradebook has of the last marking, as long as it is of this rubric, this version and the evidence
that lies there now. What is looked at is judged from its evidence, and so is whatever was never marked so.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader import __version__
from grader.batch.deliver import Graded, deliver, load_record
from grader.batch.marking import as_it_counts
from grader.evidence.model import Answer, Evidence
from grader.evidence.store import evidence_folder, load_evidence
from grader.gradebook.basis import bases
from grader.gradebook.book import Gradebook
from grader.gradebook.in_short import MarkedInShort
from grader.gradebook.standing import Standings, standings
from grader.judge import judge
from grader.provenance.keys import SigningKey
from grader.report import render_report
from grader.rubric.load import load_rubric
from grader.rubric.model import Criterion, Rubric
from grader.verdict import Result


@dataclass(frozen=True, slots=True)
class Submitted:
    """One submission, without what is heavy."""

    id: str
    handle: str
    """Stands for the id in addresses where names may be hidden; another one each time the app starts."""
    name: str
    judged: Result
    """What the grader itself says; without words where it is what the gradebook has."""
    work: Mapping[str, str]
    """Digest of the work, by criterion."""
    whole: bool
    """Whether `judged` has its words."""


class Classroom:
    """The results folder of a batch. Reads again what a later batch or another rubric changed."""

    def __init__(self, out: Path, rubric: str | None, book: Gradebook, key: SigningKey) -> None:
        self.out = out
        self.book = book
        self._asked_rubric = rubric
        self._key = key
        self._secret = secrets.token_bytes(32)
        self._lock = threading.RLock()
        self._seen: tuple[object, ...] = ()
        self._files: dict[str, tuple[int, int]] = {}
        self._submitted: dict[str, Submitted] = {}
        self._answers: dict[str, Mapping[str, Answer]] = {}
        self._rubric: Rubric | None = None
        self.version = 0
        """Counts up whenever anything was read again."""
        self.refresh()

    @property
    def rubric(self) -> Rubric:
        """The rubric by which the class is marked."""
        assert self._rubric is not None
        return self._rubric

    @property
    def submissions(self) -> Mapping[str, Submitted]:
        """By id, in the order of the tables."""
        return self._submitted

    def refresh(self) -> None:
        """Read again what changed on disk.

        Raises:
            GraderError: the record, the rubric or evidence is missing or damaged.
        """
        with self._lock:
            record = load_record(self.out)
            path = Path(self._asked_rubric or record.rubric)
            seen = (_stamp(self.out / "batch.json"), _stamp(path))
            if seen == self._seen:
                return
            rubric = load_rubric(self._asked_rubric or record.rubric)
            same = self._rubric is not None and self._rubric.digest == rubric.digest
            stored = _Stored(self.book, rubric)
            made: dict[str, Submitted] = {}
            for name in record.submissions:
                stamp = _stamp(evidence_folder(self.out, name) / "evidence.json")
                known = self._submitted.get(name) if same and self._files.get(name) == stamp else None
                made[name] = known or self._stored(stored, name, stamp) or self._read(rubric, name)
                self._files[name] = stamp
            self._rubric, self._submitted, self._seen = rubric, made, seen
            self._answers.clear()
            self.version += 1

    def criterion(self, id_: str) -> Criterion | None:
        """A criterion of the rubric."""
        return next((criterion for criterion in self.rubric.criteria if criterion.id == id_), None)

    def standing(self, *, criterion: str | None = None) -> Standings:
        """What people decided, of one criterion or of all."""
        return standings(self.book.journal.newest(criterion=criterion))

    def counts(self, one: Submitted, standing: Standings) -> Result:
        """The result as it counts."""
        if not any((one.id, verdict.criterion) in standing.of for verdict in one.judged.verdicts):
            return one.judged  # nobody decided anything, so it is what the grader says
        if any(verdict.status == "blocked" for verdict in one.judged.verdicts):
            one = self.looked_at(one)  # a decision may open it again: by what it is blocked stands in the whole result
        return as_it_counts(self.rubric, one.judged, one.work, standing)

    def looked_at(self, one: Submitted) -> Submitted:
        """The same with all words, judged from its evidence.

        Raises:
            EvidenceError: it is missing or damaged.
        """
        if one.whole:
            return one
        with self._lock:
            known = self._submitted.get(one.id)
            if known is not None and known.whole:
                return known
            made = self._read(self.rubric, one.id)
            if known is not None:
                self._submitted[one.id] = made
            return made

    def answers(self, one: Submitted) -> Mapping[str, Answer]:
        """What the submission says to the written questions, by question.

        Raises:
            EvidenceError: as `looked_at`.
        """
        known = self._answers.get(one.id)
        if known is None:
            known = self._answers[one.id] = {answer.question: answer for answer in self.evidence(one).answers}
        return known

    def evidence(self, one: Submitted) -> Evidence:
        """All that was seen of a submission."""
        return load_evidence(evidence_folder(self.out, one.id) / "evidence.json")

    def report(self, one: Submitted) -> str:
        """The report as it would be written now, unsigned."""
        return render_report(self.evidence(one), self.counts(self.looked_at(one), self.standing()), self.rubric)

    def write(self) -> Graded:
        """Write reports, overview and tables anew, with all decisions."""
        return deliver(self.out, self.rubric, load_record(self.out), self._key)

    def shuffled(self, one: Submitted, salt: str) -> bytes:
        """A place in an order that is random but stays the same while the app runs."""
        return hmac.digest(self._secret, f"{salt}\0{one.id}".encode(), "sha256")

    def _handle(self, name: str) -> str:
        return hmac.new(self._secret, name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]

    def _stored(self, stored: _Stored, name: str, stamp: tuple[int, int]) -> Submitted | None:
        marked = stored.find(name, stamp)
        if marked is None:
            return None
        return Submitted(name, self._handle(name), marked.result.name, marked.result, marked.bases, whole=False)

    def _read(self, rubric: Rubric, name: str) -> Submitted:
        evidence = load_evidence(evidence_folder(self.out, name) / "evidence.json")
        judged, work = judge(rubric, evidence), bases(rubric, evidence)
        return Submitted(name, self._handle(name), evidence.submission.name, judged, work, whole=True)


class _Stored:
    """The last marking, as far as judging now would give the same."""

    def __init__(self, book: Gradebook, rubric: Rubric) -> None:
        found = book.markings.in_short()
        self._marked = {} if found is None or found.grader_version != __version__ else found.marked
        self._until = 0 if found is None else int(found.at.timestamp() * 1e9)
        self._rubric = rubric

    def find(self, name: str, stamp: tuple[int, int]) -> MarkedInShort | None:
        """What was stored of one submission; None if the rubric is another or the evidence is newer."""
        one = self._marked.get(name)
        if one is None or one.rubric_digest != self._rubric.digest or not 0 < stamp[0] < self._until:
            return None
        return one


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
