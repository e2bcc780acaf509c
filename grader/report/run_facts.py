"""How the notebook ran and what it ran with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.evidence.model import Cell, CellError, Evidence, Pack
from grader.evidence.structure import Substitution
from grader.report import visible_text
from grader.report.excerpts import Excerpts, cell_name, excerpts
from grader.report.visible_text import Block, prose
from grader.report.wording import counted, duration, moment, number, policy, run_sentence
from grader.rubric.model import Rubric

MOST_CELLS = 150
MOST_ERRORS = 6
MOST_LINES = 30
LONGEST_TRACEBACK = 2_500
TRACEBACK_LINES = 18

_CELL_WORDS = {"ok": "ran", "failed": "failed", "not_run": "did not run"}


@dataclass(frozen=True, slots=True)
class CellMark:
    """One code cell in the strip of all cells; `word` says how it went."""

    number: str
    css: str
    word: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A cell that ended with an error."""

    where: str
    error: str
    remark: str
    code: Excerpts
    traceback: Block


@dataclass(frozen=True, slots=True)
class Course:
    """How the run went: a sentence, more words when there are any, every code cell, every error."""

    sentence: str
    explanation: str
    cells: tuple[CellMark, ...]
    cells_summary: str
    stops: tuple[Stop, ...]
    notice: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of "what was run". Several values stand below each other; `digest` is set in small type."""

    name: str
    values: tuple[str, ...]
    digest: bool = False


def course(evidence: Evidence, cells: Mapping[int, Cell]) -> Course:
    """How the run went."""
    run = evidence.run
    code_cells = [cell for cell in evidence.cells if cell.kind == "code"]
    left = len(run.errors) - MOST_ERRORS
    return Course(
        sentence=run_sentence(run),
        explanation=prose(run.explanation, 600),
        cells=tuple(_mark(cell) for cell in code_cells[:MOST_CELLS]),
        cells_summary=_summary(code_cells),
        stops=tuple(_stop(error, cells) for error in run.errors[:MOST_ERRORS]),
        notice=f"{counted(left, 'more error')} not shown." if left > 0 else "",
    )


def pack_notice(pack: Pack | None) -> str:
    """What must be said about the pack on every page; empty for a pack with real ImageNet weights."""
    if pack is None:
        return ""
    notice = prose(pack.notice, 400)
    if pack.imagenet or "imagenet" in notice.lower():
        return notice
    return f"The weights in the asset pack “{prose(pack.name, 60)}” are not ImageNet weights. {notice}".strip()


def _stood_in(substitution: Substitution) -> str:
    given = "nothing stood in" if substitution.given == "nothing" else f"instead: {prose(substitution.given, 120)}"
    return f"{prose(substitution.asked, 200)} ({given})"


def facts(evidence: Evidence, rubric: Rubric) -> tuple[Fact, ...]:
    """Everything a person needs to know to run this again."""
    run, submission, made = evidence.run, evidence.submission, evidence.provenance
    found = [
        Fact("Files", tuple(prose(name, 160) for name in submission.files[:MOST_LINES])),
        Fact("Notebook", _some(submission.notebook)),
        Fact("Repairs", tuple(prose(repair, 300) for repair in submission.repairs[:MOST_LINES])),
        Fact("Training policy", (policy(run.policy),)),
        Fact("Accuracy", _road(evidence)),
        Fact("Calls cut short", (number(run.shortened_calls),) if run.shortened_calls else ()),
        Fact("Time", (duration(run.seconds),) if run.seconds else ()),
        Fact("Sandbox", _some(run.sandbox)),
        Fact("Kernel", _some(run.kernel)),
        Fact("Asset pack", _pack(evidence.pack)),
        Fact("Not in the pack", tuple(_stood_in(each) for each in run.substitutions[:MOST_LINES])),
        Fact("Reference", _reference(evidence)),
        Fact("Versions", _pairs(run.versions)),
        Fact("Machine", _pairs({k: v for k, v in made.environment.items() if run.versions.get(k) != v})),
        Fact("Notes", tuple(prose(note, 400) for note in run.notes[:MOST_LINES])),
        Fact("Grader", (f"{prose(made.grader_version, 40)}, {moment(made.created)}",)),
        Fact("Rubric", (f"{prose(rubric.lab.title, 160)} ({rubric.lab.id})",)),
        Fact("Digests", _digests(evidence, rubric), digest=True),
    ]
    return tuple(fact for fact in found if fact.values)


def _mark(cell: Cell) -> CellMark:
    words = {"ok": "met", "failed": "unmet", "not_run": "blocked"}
    name = number(cell.code_cell) if cell.code_cell is not None else "·"
    return CellMark(name, words[cell.status], _CELL_WORDS[cell.status])


def _summary(code_cells: list[Cell]) -> str:
    counts = {status: sum(cell.status == status for cell in code_cells) for status in _CELL_WORDS}
    parts = [f"{count} {_CELL_WORDS[status]}" for status, count in counts.items() if count]
    return f"{counted(len(code_cells), 'code cell')}: {', '.join(parts)}." if code_cells else ""


def _stop(error: CellError, cells: Mapping[int, Cell]) -> Stop:
    cell = cells.get(error.place.cell)
    remark = ""
    if error.ours:
        remark = "This is our machine's fault, not yours. It costs you nothing."
    elif error.after_shortened_call:
        remark = "We had cut an earlier training short. This error may come from that."
    return Stop(
        where=cell_name(error.place, cell),
        error=": ".join(part for part in (prose(error.name, 80), prose(error.value, 400)) if part),
        remark=remark,
        code=excerpts((error.place,), cells),
        traceback=visible_text.terminal(error.traceback, characters=LONGEST_TRACEBACK, lines=TRACEBACK_LINES),
    )


def _road(evidence: Evidence) -> tuple[str, ...]:
    """How the accuracy was come by."""
    road, replay = evidence.road, evidence.decided_by_replay()
    if road is None:
        return ()
    words = {"replay": "your head, trained again by us", "full": "your notebook's own training", "capped": "none"}
    found = [f"{words[road.decided]}. {prose(road.why, 400)}"]
    if replay is not None:
        found += [
            f"{counted(phase.epochs, 'epoch')} of {counted(replay.training_images or 0, 'image')}, "
            f"{prose(phase.optimizer, 40)}"
            + (f" with learning rate {phase.learning_rate:.3g}" if phase.learning_rate is not None else "")
            + f", batches of {number(phase.batch_size)}, {prose(phase.loss, 60)}"
            for phase in replay.phases[:MOST_LINES]
        ]
    return tuple(found)


def _some(text: str | None) -> tuple[str, ...]:
    return (prose(text, 160),) if text else ()


def _pairs(values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{prose(key, 60)} {prose(value, 120)}" for key, value in list(values.items())[:MOST_LINES])


def _pack(pack: Pack | None) -> tuple[str, ...]:
    if pack is None:
        return ()
    return tuple(text for text in (prose(pack.name, 60), pack_notice(pack)) if text)


def _reference(evidence: Evidence) -> tuple[str, ...]:
    reference = evidence.reference
    if reference is None:
        return ()
    if reference.accuracy is None:
        return (f"not measured. {prose(reference.problem or '', 300)}".strip(),)
    pictures = f" on {counted(reference.examples, 'picture')}" if reference.examples else ""
    return (f"accuracy {reference.accuracy:.3f}{pictures}",)


def _digests(evidence: Evidence, rubric: Rubric) -> tuple[str, ...]:
    measurement, graded = evidence.measurement, evidence.graded
    named = {
        "notebook": evidence.submission.notebook_sha256,
        "rubric": rubric.digest,
        "asset pack": evidence.pack.digest if evidence.pack is not None else None,
        "reference": evidence.reference.digest if evidence.reference is not None else None,
        "model": graded.config_digest if graded is not None else None,
        "base weights": measurement.base_weights_digest if measurement is not None else None,
    }
    return tuple(f"{name} {prose(digest, 80)}" for name, digest in named.items() if digest)
