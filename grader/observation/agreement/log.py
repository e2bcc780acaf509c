"""The log itself: complete, in order, never changed, and about the cells that ran."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator

from grader.evidence.model import Cell, Contradiction
from grader.execution.run import TIMEOUT_NAME
from grader.execution.timeline import (
    BaseEvent,
    BaseFailedEvent,
    CellEvent,
    CompileEvent,
    EvaluateEvent,
    FitEvent,
    LayerEvent,
    PredictEvent,
    SessionEvent,
    TrainableEvent,
)
from grader.observation.agreement.case import Case, called, contradiction, whole
from grader.source.parse import parse_cell

PLACED = (BaseEvent, BaseFailedEvent, CompileEvent, EvaluateEvent, FitEvent, LayerEvent, PredictEvent, TrainableEvent)
"""Events that name the cell they come from."""


def check_log(case: Case) -> Iterator[Contradiction]:
    """What the driver's own copy of the log shows."""
    witness = case.outcome.witness
    if witness is None:
        return
    for problem in witness.problems:
        yield contradiction(
            "log_changed", "everything", f"The record of what happened was tampered with while the notebook ran: "
            f"{problem}. What had been read before was kept.",
        )  # fmt: skip
    starts = sum(1 for _ in case.events(SessionEvent))
    if starts != 1 and case.outcome.cells:
        yield contradiction("log_start", "everything", f"The record begins {starts} times; it should begin once.")
    yield from _silence(case)
    yield from _elsewhere(case)


def check_cells(case: Case) -> Iterator[Contradiction]:
    """Whether cells ran as they are written, and ended as their replies say."""
    told: set[str] = set()
    last = {prompt: event for event, prompt in case.events(CellEvent)}
    for event, prompt in case.events(CellEvent):
        ran, cell = case.ran(prompt), case.cell(prompt)
        if ran is None or cell is None:
            continue
        if event.rewrites and "rewrites" not in told:
            told.add("rewrites")
            yield contradiction(
                "code_rewritten", "everything", f"From {called(prompt)} on, the notebook changes how its own cells are "
                f"turned into code ({', '.join(event.rewrites[:4])}), so what ran need not be what stands in them.",
                whole(cell),
            )  # fmt: skip
        if event.unhooked and "unhooked" not in told:
            told.add("unhooked")
            yield contradiction(
                "unhooked", "training", f"In {called(prompt)} the notebook replaced {', '.join(event.unhooked[:4])}, "
                "through which training is observed.", whole(cell),
            )  # fmt: skip
        if event is not last[prompt]:
            continue  # one of a cell run from within this cell
        if event.source is not None and not cell.truncated and event.source != _digest(cell.source):
            yield contradiction(
                "other_text", "everything", f"The kernel says that in {called(prompt)} it ran another text than the "
                "one it was given.", whole(cell),
            )  # fmt: skip
        if event.ok is not None and event.ok != ran.ok and ran.error_name != TIMEOUT_NAME:
            said, was = ("succeeded", "failed") if ran.ok else ("failed", "succeeded")
            yield contradiction(
                "reply_disagrees", "run", f"The reply says that {called(prompt)} {said}, the record says that it "
                f"{was}.", whole(cell),
            )  # fmt: skip
    for ran in case.outcome.cells:
        cell = case.cell(ran.code_cell)
        if ran.ok and ran.error_shown and cell is not None:
            yield contradiction(
                "error_shown", "run", f"An error message of {called(ran.code_cell)} arrived, yet its reply says that "
                "it succeeded.", whole(cell),
            )  # fmt: skip
        if ran.prompt is not None and ran.prompt != ran.code_cell and "prompt" not in told and cell is not None:
            told.add("prompt")
            yield contradiction(
                "prompt_numbers", "run", f"The kernel counted {ran.prompt} cells where {ran.code_cell} had been sent, "
                "so lines of the record may be attributed to the wrong cell.", whole(cell),
            )  # fmt: skip


def _silence(case: Case) -> Iterator[Contradiction]:
    """Each cell that came back leaves a line as its last."""
    ended = {prompt for _, prompt in case.events(CellEvent)}
    silent = [
        ran.code_cell for ran in case.outcome.cells if ran.error_name != TIMEOUT_NAME and ran.code_cell not in ended
    ]
    if silent:
        cell = case.cell(silent[0])
        yield contradiction(
            "recorder_silent", "everything", f"The recorder should write a line at the end of each cell; at the end "
            f"of {called(silent[0])} it did not, as if it had been switched off.",
            None if cell is None else whole(cell),
        )  # fmt: skip


def _elsewhere(case: Case) -> Iterator[Contradiction]:
    """A record names a line: then it arrived while that cell ran, or the line is in a function that it defined."""
    for event, prompt in case.events(object):
        if not isinstance(event, PLACED) or event.place is None or event.place.execution == prompt:
            continue
        about = case.cell(event.place.execution)
        if about is None:
            continue  # named where it matters: a training from nowhere
        named = case.ran(event.place.execution)
        if named is not None and named.error_name == TIMEOUT_NAME:
            continue  # interrupted, it may still have written while the next cell ran
        earlier = prompt is not None and event.place.execution < prompt
        if earlier and (about.truncated or _in_a_definition(about, event.place.line)):
            continue
        yield contradiction(
            "out_of_place", "everything", f"A record of a `{event.event}` names {called(event.place.execution)}, "
            f"but it was written while {called(prompt)} was running.", whole(about),
        )  # fmt: skip
        return


def _in_a_definition(cell: Cell, line: int) -> bool:
    """Whether the line belongs to a function or class, whose code may run in any later cell."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    return any(
        isinstance(node, definitions) and node.lineno <= line <= (node.end_lineno or node.lineno)
        for statement in parse_cell(cell.source)
        for node in ast.walk(statement)
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
