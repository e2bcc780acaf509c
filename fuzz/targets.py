"""What is fuzzed: each target takes bytes, gives them to a parser, and raises only when a promise is broken.

The promises: a parser ends in a value or in the error it documents, never in another exception; what it gives can be
written as UTF-8; what it gives can be judged and shown. (Time and memory are watched by libFuzzer.)
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import nbformat

from fuzz import deliver_targets, travel_targets
from grader.answers.draft import draft_mark
from grader.answers.find import find_answers
from grader.assets.manifest import parse as parse_manifest
from grader.assets.pack import AssetPack, PackFile
from grader.console import console_block, console_line
from grader.errors import AssetError, EvidenceError, RubricError, SubmissionError
from grader.evidence.model import Cell, Evidence, Measurement, SubmissionInfo
from grader.evidence.store import load_evidence, save_evidence
from grader.execution.outbox import read_outbox
from grader.execution.run import CellOutcome, RunOutcome
from grader.exports.grades_csv import grades_csv
from grader.exports.results_json import submission_result
from grader.judge import judge
from grader.models.admission import admit
from grader.models.array_files import opened
from grader.models.measure_request import MeasureRequest, WeightRef
from grader.observation.observe import Reading, observe, pack_facts, provenance
from grader.observation.reports import ReadReports, report_answers, report_evidence
from grader.report import render_report
from grader.report.visible_text import block, code, prose, terminal
from grader.rubric.load import load_rubric, parse_rubric
from grader.rubric.model import Rubric
from grader.source import read_statements
from grader.submission.archive import ArchiveLimits, extract
from grader.submission.discover import discover
from grader.submission.documents.gathering import UnreadableError
from grader.submission.documents.parts import report_content
from grader.submission.documents.process import read_document
from grader.submission.documents.read import KINDS, ReadDocument
from grader.submission.identity import display_name, unique_ids
from grader.submission.mending import MendLimits
from grader.submission.model import submission_info
from grader.submission.notebook import cells_of, notebook_from

_DIGEST = "0" * 64
_SMALL = MendLimits(cells=200, cell_characters=20_000, total_characters=100_000)
_ARCHIVE = ArchiveLimits(
    members=200, directory_bytes=2**16, file_bytes=2**16, entry_bytes=2**17, total_bytes=2**18, ratio=50
)


@lru_cache(maxsize=1)
def lab() -> Rubric:
    """The rubric that evidence is judged with."""
    return load_rubric(Path(__file__).parents[1] / "rubrics" / "lab06.toml")


@lru_cache(maxsize=1)
def _pack() -> AssetPack:
    nothing = PackFile(path="nothing", sha256=_DIGEST, bytes=0)
    return AssetPack(
        name="fuzz", folder=Path("/nowhere"), digest=_DIGEST, imagenet=False, classes=("cats", "dogs"), files=(nothing,)
    )


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - a folder in memory, with a name of its own inside
    folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def notebook(data: bytes) -> None:
    """A notebook file: mended into a valid one, or refused."""
    try:
        read = notebook_from(data, "lab.ipynb", _SMALL)
    except SubmissionError as refusal:
        str(refusal).encode()
        return
    nbformat.validate(read.notebook)
    cells = cells_of(read.notebook)
    for cell in cells:
        cell.model_dump_json()
    "".join(read.repairs).encode()
    read_statements(cells)
    find_answers(cells, lab().questions())


def report_document(data: bytes) -> None:
    """A written report, its kind in the first byte: read or refused; what is read becomes parts, answers and a page."""
    kind = ("docx", "pdf", "markdown", "text")[(data[0] if data else 0) % 4]
    try:
        blocks = read_document(data[1:], kind)
    except UnreadableError as refusal:
        str(refusal).encode()
        return
    content = report_content([ReadDocument("a", KINDS[f".{_ENDING[kind]}"], _DIGEST, blocks)])
    reports = ReadReports(tuple(content.documents), tuple(content.parts), tuple(content.pictures))
    answers = report_answers(reports, lab().questions(), ())
    info = SubmissionInfo(id="a", name="A")
    _deliver(report_evidence(info, reports, answers, pack_facts(_pack()), provenance("2026-01-01T00:00:00+00:00")))


_ENDING = {"docx": "docx", "pdf": "pdf", "markdown": "md", "text": "txt"}


def answer_draft(data: bytes) -> None:
    """A written answer: drafted whatever it says, with spans inside it."""
    text = data.decode("utf-8", "replace")
    for question in lab().questions():
        draft = draft_mark(question, text)
        assert all(0 <= span.start < span.end <= len(text) for point in draft.found for span in point.spans)


def archive(data: bytes) -> None:
    """A zip: what comes out are plain files inside its own folder, within the limits; and submissions are found."""
    with _folder() as folder:
        path = folder / "class.zip"
        path.write_bytes(data)
        scratch = folder / "scratch"
        scratch.mkdir()
        with contextlib.suppress(SubmissionError):
            extraction = extract(path, scratch, _ARCHIVE)
            for skipped in extraction.skipped:
                f"{skipped.shown} {skipped.reason}".encode()
        _assert_dull(folder)
        with contextlib.suppress(SubmissionError):
            for submission in discover(path, scratch):
                submission_info(submission).model_dump_json()
                assert submission.notebook is None or submission.notebook.is_relative_to(scratch)


def _assert_dull(folder: Path) -> None:
    assert {entry.name for entry in folder.iterdir()} == {"class.zip", "scratch"}
    total = 0
    for here, folders, files in os.walk(folder / "scratch"):
        assert not any(Path(here, name).is_symlink() for name in (*folders, *files))
        total += sum(os.lstat(f"{here}/{name}").st_size for name in files)
    assert total <= _ARCHIVE.total_bytes + _ARCHIVE.file_bytes


def rubric(data: bytes) -> None:
    """A rubric file: a rubric, or mistakes with their lines."""
    try:
        parse_rubric(data, "lab.toml")
    except RubricError as mistakes:
        str(mistakes).encode("utf-8", "surrogatepass")


def pack_manifest(data: bytes) -> None:
    """A pack.toml: a pack, or a mistake with its line."""
    try:
        parse_manifest(data, Path("/nowhere"))
    except AssetError as mistake:
        str(mistake).encode("utf-8", "surrogatepass")


def evidence(data: bytes) -> None:
    """A stored evidence file: refused, or judged, shown and exported."""
    with _folder() as folder:
        path = folder / "evidence.json"
        path.write_bytes(data)
        try:
            read = load_evidence(path)
        except EvidenceError as refusal:
            str(refusal).encode("utf-8", "surrogatepass")
            return
    _deliver(read)


def _deliver(read: Evidence) -> None:
    result = judge(lab(), read)
    render_report(read, result, lab()).encode()
    submission_result(lab(), read, result).model_dump_json()
    grades_csv(lab(), [result])


def outbox(data: bytes) -> None:
    """What a kernel left: a timeline and, after a NUL, a model configuration. Always becomes evidence."""
    timeline, _, config = data.partition(b"\0")
    with _folder() as folder:
        (folder / "timeline.jsonl").write_bytes(timeline)
        (folder / f"config-{_DIGEST[:16]}.json").write_bytes(config)
        cells = (
            Cell(position=1, code_cell=1, kind="code", source="model.fit(train)\n"),
            Cell(position=2, kind="markdown", source="# Lab"),
        )
        reading = Reading(SubmissionInfo(id="a", name="A"), cells)
        outcome = RunOutcome(status="cells_failed", cells=[CellOutcome(1, 1, False, 0.1, "ValueError", "x", "y")])
        seen = observe(
            reading, outcome, read_outbox(folder), _pack(), None, _not_measured,
            policy="capped", sandbox="none", created="2026-01-01T00:00:00+00:00",
        )  # fmt: skip
        path = save_evidence(folder, seen)
        _deliver(load_evidence(path))


def _not_measured(_: MeasureRequest) -> Measurement:
    return Measurement(rebuilt=False, problem="not while fuzzing")


def model_config(data: bytes) -> None:
    """A model configuration: admitted or refused."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    with contextlib.suppress(EvidenceError):
        admit(value)


def arrays(data: bytes) -> None:
    """An array file: the digests asked for are there and true, or it is refused."""
    ref = WeightRef(path="dense/kernel", digest=_DIGEST, shape=(2, 2), dtype="<f4")
    with _folder() as folder:
        path = folder / "arrays-1.npz"
        path.write_bytes(data)
        with contextlib.suppress(EvidenceError), opened([path]) as files:
            files.read(ref)


def prose_and_code(data: bytes) -> None:
    """Cells of text and code, separated by form feeds in turn: statements and answers are found, nothing raises."""
    parts = data.decode("utf-8", "surrogateescape").split("\f")[:20]
    cells = tuple(
        Cell(position=n, code_cell=n // 2 if n % 2 == 0 else None, kind="markdown" if n % 2 else "code", source=part)
        for n, part in enumerate(parts, start=1)
    )
    for statement in read_statements(cells):
        statement.model_dump_json()
    for answer in find_answers(cells, lab().questions(), cells[10:]):
        assert len(answer.text) <= 20_000


def names(data: bytes) -> None:
    """Names, one per line, and any text on its way to people: nothing invisible, nothing endless, nothing obeyed."""
    text = data.decode("utf-8", "surrogateescape")
    given = text.split("\n")
    ids = unique_ids(given)
    assert len(set(ids)) == len(given)
    assert all(id_.isascii() and "/" not in id_ and id_[0] not in ".-" for id_ in ids)
    for name in given[:20]:
        display_name(name).encode()
    for shown in (
        prose(text, 200), block(text, characters=300, lines=9).text, terminal(text, characters=300, lines=9).text,
        code(text, 300), console_block(text), console_line(text),
    ):  # fmt: skip
        shown.encode()
        assert not any(c in shown for c in "\x1b\x07\x08\x00\x9b\u202e\u2066")
    assert "::" not in console_block(text)
    assert "##" not in console_block(text)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "notebook": notebook,
    "archive": archive,
    "report_document": report_document,
    "answer_draft": answer_draft,
    "rubric": rubric,
    "pack_manifest": pack_manifest,
    "evidence": evidence,
    "outbox": outbox,
    "model_config": model_config,
    "arrays": arrays,
    "prose_and_code": prose_and_code,
    "names": names,
    **deliver_targets.TARGETS,
    **travel_targets.TARGETS,
}
