"""Results a teacher really gets, built by hand: for the tests, and to look at.

`python -m tests.report.examples FOLDER` writes all pages.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path

from grader.evidence.model import CellError, Evidence, Node, Run, SubmissionInfo
from grader.report import BatchInfo, OverviewRow, render_overview, render_report
from grader.verdict import JudgedFinding, Result
from tests.report.lab import CLIMB, DEMO_PACK, GRADED, NODES, RUBRIC, Change, evidence, fit, result
from tests.report.notebook import SOURCES, cells, place


@dataclass(frozen=True)
class Example:
    """One student's evidence and result."""

    evidence: Evidence
    result: Result


def exemplary() -> Example:
    """Everything right; the written answers wait."""
    return Example(evidence(), result())


def not_frozen() -> Example:
    """The base was trained along, and the head lacks dropout: one mistake blocks another criterion."""
    sources = list(SOURCES)
    sources[6] = ("code", "# base_model.trainable = False\nbase_model.summary()")
    nodes = tuple(node for node in NODES if node.id != "drop")
    unused = Node(id="drop2", role="regularisation", class_name="Dropout", name="dropout", settings={"rate": 0.2},
                  on_path=False)  # fmt: skip
    changed = {
        "frozen_base": Change(
            "unmet",
            "The base was trained from the first `fit` on: 104 of its 104 layers changed.",
            hint="Set `base_model.trainable = False` before the first `fit`, then compile again.",
        ),
        "head": Change(
            "partial",
            "Two of the three parts of the head are there.",
            points=1.0,
            hint="Call the dropout layer between pooling and `Dense(1)`, and use what it returns.",
            places=(place(7, 6, 8),),
            findings=(
                JudgedFinding(code="pooling", message="Global pooling and `Dense(1)` are in place.", cost=0.0),
                JudgedFinding(
                    code="dropout_unused",
                    message="A `Dropout` layer was made, but it does not lie on the way to the output.",
                    cost=0.5,
                ),
                JudgedFinding(
                    code="odd_name", message="The output layer has an unusual bias.", cost=None, hint="No need to act."
                ),
            ),
        ),
        "accuracy": Change("blocked", "With the base frozen this may look different.", blocked_by="frozen_base"),
    }
    return Example(
        evidence(
            "Grace Hopper", cells=cells(sources), fits=(fit(0, CLIMB, frozen="no"),), pack=DEMO_PACK,
            graded=GRADED.model_copy(update={"nodes": (*nodes, unused), "trainable_parameters": 2_225_153}),
        ),
        result("Grace Hopper", changed, next_criterion="frozen_base", id_="grace-hopper",
               next_step="Freeze the base before the first `fit`: add `base_model.trainable = False` to Cell [6]."),
    )  # fmt: skip


def crashed() -> Example:
    """A name was misspelt half-way; nothing was trained."""
    traceback = (
        "\x1b[0;31m-----------------------------------\x1b[0m\n\x1b[0;31mNameError\x1b[0m   Traceback\n"
        "Cell In[7], line 5\n----> 5     x = base_modle(x, training=False)\n\n"
        "NameError: name 'base_modle' is not defined"
    )
    sources = list(SOURCES)
    sources[7] = ("code", SOURCES[7][1].replace("base_model(x", "base_modle(x"))
    later = "This part of the notebook was not reached."
    changed = {
        "notebook_runs": Change(
            "unmet",
            "Cell [7] stopped with `NameError: name 'base_modle' is not defined`.",
            hint="Correct the name, then use “Restart and run all” before you hand in.",
            places=(place(7, 5),),
        ),
        **{
            id_: Change("blocked", later, blocked_by="notebook_runs", strength="stated")
            for id_ in ("frozen_base", "head", "preprocessing", "output_and_loss", "accuracy")
        },
        "augmentation": Change(
            "needs_review", "The layers are written down, but no model with them was trained.", strength="stated"
        ),
    }
    error = CellError(
        name="NameError", value="name 'base_modle' is not defined", place=place(7, 5), traceback=traceback
    )
    return Example(
        evidence(
            "Alan Turing", cells=cells(sources, failed=7, last=7), fits=(), graded=None, measurement=None,
            run=Run(status="kernel_died", explanation="The cells after Cell [7] need what it makes.", errors=(error,),
                    seconds=41.0, policy="full", sandbox="bubblewrap", versions={"Python": "3.11.2"}),
            answers=(),
        ),
        result("Alan Turing", changed, next_criterion="notebook_runs", id_="alan-turing",
               next_step="Correct the name `base_modle` in Cell [7], line 5. It should probably be `base_model`."),
    )  # fmt: skip


def unreadable() -> Example:
    """Not a notebook at all."""
    reason = "We could not read the notebook, so we could not look at this."
    changed = {criterion.id: Change("needs_review", reason, places=(), strength=None) for criterion in RUBRIC.criteria}
    made = result("Kurt Gödel", changed, id_="kurt-goedel", next_criterion="notebook_runs",
                  next_step="Open your notebook in Jupyter, save it again, and hand it in once more.")  # fmt: skip
    return Example(
        evidence(
            "Kurt Gödel", cells=(), fits=(), graded=None, measurement=None, answers=(), reference=None,
            submission=SubmissionInfo(id="kurt-goedel", name="Kurt Gödel", files=("goedel.ipynb",)),
            run=Run(status="unreadable", explanation="The file is not valid JSON: line 214 ends too early."),
        ),
        made.model_copy(update={"status": "unreadable"}),
    )  # fmt: skip


def capped() -> Example:
    """Training was cut short by the policy, and the loss ran away."""
    short = fit(0, (0.5,), shortened=True)
    wild = fit(1, (0.53, 0.6, 0.5), frozen="no", shortened=True)
    wild = wild.model_copy(update={"history": {**wild.history, "loss": (0.71, math.nan, math.inf)}})
    changed = {"accuracy": Change("needs_review", "Training was cut short, so accuracy says nothing yet.")}
    return Example(
        evidence("Emmy Noether", fits=(short, wild), pack=DEMO_PACK,
                 run=Run(status="completed", seconds=39.0, policy="capped", shortened_calls=2, sandbox="bubblewrap")),
        result("Emmy Noether", changed, id_="emmy-noether"),
    )  # fmt: skip


def our_fault() -> Example:
    """The machine ran out of disk."""
    changed = {
        criterion.id: Change("infrastructure_error", "We could not look at this.", places=(), strength=None)
        for criterion in RUBRIC.criteria
    }
    return Example(
        evidence("Rosalind Franklin", fits=(), graded=None, measurement=None, answers=(), cells=cells(last=0),
                 our_failure="The disk of the grading machine was full.",
                 run=Run(status="not_run", policy="full", sandbox="bubblewrap")),
        result("Rosalind Franklin", changed, id_="rosalind-franklin"),
    )  # fmt: skip


EXAMPLES = {
    "exemplary": exemplary,
    "not_frozen": not_frozen,
    "crashed": crashed,
    "unreadable": unreadable,
    "capped": capped,
    "our_fault": our_fault,
}

BATCH = BatchInfo(
    title=RUBRIC.lab.title, pack="demo", pack_notice=DEMO_PACK.notice, imagenet=False, policy="full",
    started="2026-03-02T14:00:00+00:00", seconds=1834.0, grader_version="0.1.0", sandbox="bubblewrap",
)  # fmt: skip

_FIRST = [
    "Ada",
    "Grace",
    "Alan",
    "Kurt",
    "Emmy",
    "Rosalind",
    "Srinivasa",
    "Marie",
    "Leonhard",
    "Sofia",
    "Henri",
    "Hypatia",
    "Noor",
    "Mehdi",
    "Yuki",
    "Zoë",
]
_LAST = [
    "Ahmadi",
    "Berg",
    "Chen",
    "Dubois",
    "Eriksson",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kim",
    "Lopez",
    "Müller",
    "Nguyen",
    "Okafor",
]


def class_of(size: int) -> list[OverviewRow]:
    """A class: mostly good, some like each of the examples."""
    kinds = ["exemplary", "exemplary", "not_frozen", "exemplary", "capped", "exemplary", "crashed", "exemplary",
             "not_frozen", "unreadable", "exemplary", "our_fault"]  # fmt: skip
    made = {kind: EXAMPLES[kind]() for kind in set(kinds)}
    done = {c.id: Change("met", "Marked by your teacher.", points=c.points) for c in RUBRIC.criteria if c.question}
    finished = result(changes=done)
    rows: list[OverviewRow] = []
    for number in range(size):
        kind = kinds[number % 12 if size <= 12 else (number * 7 + number // 9) % (12 if number % 5 == 0 else 9)]
        example = made[kind]
        name = example.result.name if size <= 12 and kind != "exemplary" else (
            f"{_FIRST[number % len(_FIRST)]} {_LAST[number // len(_FIRST) % len(_LAST)]}"
            + (f" {number // 110}" if number >= 110 else "")
        )  # fmt: skip
        judged = finished if kind == "exemplary" and number % 3 == 0 else example.result
        measured = example.evidence.measurement
        rows.append(
            OverviewRow(
                id=f"s{number:05}", name=name, href=f"{kind}.html", seconds=example.evidence.run.seconds,
                result=judged.model_copy(update={"name": name, "submission": f"s{number:05}"}),
                run_status=example.evidence.run.status, accuracy=measured.accuracy if measured else None,
            )
        )  # fmt: skip
    return rows


def main(folder: Path) -> None:
    """Write every page to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in EXAMPLES.items():
        example = make()
        page = render_report(example.evidence, example.result, RUBRIC)
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    for size in (12, 300, 10_000):
        (folder / f"overview-{size}.html").write_text(render_overview(RUBRIC, class_of(size), BATCH), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
