"""Each claimed training against the text of its cell and the driver's clock, and its parts against each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.evidence.model import Cell, Contradiction, Place, Subject
from grader.execution.timeline import FitEvent, SessionEvent
from grader.observation.agreement.case import Case, called, contradiction
from grader.observation.agreement.standing_still import may_stand_still
from grader.observation.fits import ObservedFit, effectively_trainable
from grader.source.parse import parse_cell

SLACK_SECONDS = 2.0
"""The recorder's and the driver's clocks are the same one; messages need a moment."""

FASTEST_STEPS = 500.0
"""Steps per second through a pre-trained network that no machine reaches: a step of MobileNetV2 on eight images of 96
pixels takes some 5 ms on a fast graphics card."""

TRAINING_WORDS = frozenset({"fit", "fit_generator"})


def check_training(case: Case) -> Iterator[Contradiction]:
    """All claims about `fit` that decide something."""
    for fit in case.fits:
        yield from _in_the_text(case, fit)
        yield from _in_its_time(case, fit)
        if fit.base is not None:
            yield from _with_itself(case, fit)
            yield from _as_described(fit)


def _in_the_text(case: Case, fit: ObservedFit) -> Iterator[Contradiction]:
    spot, place = fit.event.place, fit.fit.place
    if spot is None or place is None:
        named = "no cell" if spot is None else f"line {spot.line} of {called(spot.execution)}, which does not exist"
        yield contradiction(
            "training_from_nowhere", "everything", f"A training is on record whose call stands in {named}."
        )
        return
    cell = case.cell(spot.execution)
    if cell is not None and not may_train(case, cell, place):
        yield contradiction(
            "no_training_call", "everything", f"A training is on record for line {spot.line} of "
            f"{called(spot.execution)}, but nothing is called there that could train.", place,
        )  # fmt: skip


def _in_its_time(case: Case, fit: ObservedFit) -> Iterator[Contradiction]:
    seconds = fit.event.seconds
    ran = case.ran(case.arrived(fit.event))
    if ran is None:
        return
    start = next((event.clock for event, _ in case.events(SessionEvent)), None)
    written = None if start is None else start + fit.event.time
    if written is not None and not ran.began - SLACK_SECONDS <= written <= ran.ended + SLACK_SECONDS:
        yield contradiction(
            "outside_its_cell", "training", f"A training recorded in {called(ran.code_cell)} is dated to a moment at "
            "which that cell was not running.", fit.fit.place,
        )  # fmt: skip
    if not 0 <= seconds <= ran.seconds + SLACK_SECONDS:
        yield contradiction(
            "longer_than_its_cell", "training", f"A training in {called(ran.code_cell)} is said to have taken "
            f"{seconds:.1f} s, but the cell ran for {ran.seconds:.1f} s.", fit.fit.place,
        )  # fmt: skip
    steps = fit.event.steps or 0
    if fit.base is not None and steps > FASTEST_STEPS * max(min(seconds, ran.seconds), 0.1):
        yield contradiction(
            "too_fast", "training", f"A training in {called(ran.code_cell)} claims {steps} steps through the network "
            f"in {min(seconds, ran.seconds):.1f} s.", fit.fit.place,
        )  # fmt: skip


def _with_itself(case: Case, fit: ObservedFit) -> Iterator[Contradiction]:
    event, place = fit.event, fit.fit.place
    flags = effectively_trainable(event)
    to_train = sum(entry.parameters for entry in event.layers if flags[tuple(entry.path)])
    base = fit.fit.base
    if event.optimizer_parameters is not None and base is not None and not base.moved:
        frozen = sum(entry.parameters for entry in event.layers if not flags[tuple(entry.path)])
        if event.optimizer_parameters > to_train and frozen:
            yield contradiction(
                "optimizer_disagrees", "training", f"By its flags the model trains {to_train:,} numbers, but the "
                f"optimizer was training {event.optimizer_parameters:,}.", place,
            )  # fmt: skip
    learned = any(entry.before != entry.after for entry in event.layers if entry.before)
    unbuilt = any(entry.after and not entry.before for entry in event.layers)
    stuck = may_stand_still(case.graded, fit.fit.loss)
    if event.epochs_run and to_train and event.error is None and not learned and not unbuilt and not stuck:
        yield contradiction(
            "no_trace", "training", f"A training of {event.epochs_run} epochs is on record, but no weight changed in "
            "it.", place,
        )  # fmt: skip
    kind = weights_disagree(event)
    if kind is not None:
        yield contradiction(kind, "training", _DISAGREE[kind], place)


_DISAGREE = {
    "other_weights": "The weights recorded layer by layer are not those of the model that was handed over.",
    "hidden_in_lambda": "A `Lambda` layer calls layers that the model does not hold, so what was recorded of them "
    "cannot be compared with the model that was handed over.",
}


def weights_disagree(event: FitEvent) -> str | None:
    """The kind of contradiction between the weights of the layers and those of the model; None where they agree."""
    known = {entry.digest for entry in event.weights}
    others = [entry for entry in event.layers if any(digest not in known for digest in entry.after)]
    hiding = {tuple(entry.path) for entry in event.layers if entry.class_name == "Lambda"}
    if not others:
        return None
    hidden = all(any(tuple(entry.path[:n]) in hiding for n in range(1, len(entry.path))) for entry in others)
    return "hidden_in_lambda" if hidden else "other_weights"


def _as_described(fit: ObservedFit) -> Iterator[Contradiction]:
    """A model trains as its configuration says, unless methods of Keras were replaced; told wherever that matters."""
    parts: tuple[tuple[Subject, list[str]], ...] = (
        ("training", [*fit.event.replaced, *fit.event.replaced_in_layers]),
        ("model", fit.event.replaced_in_layers),
    )
    for subject, names in parts:
        if names:
            yield contradiction(
                "methods_replaced", subject, f"When this training began, the notebook had put code of its own in the "
                f"place of Keras' ({', '.join(names[:4])}), so that the model does something else than it says of "
                "itself.", fit.fit.place,
            )  # fmt: skip


def may_train(case: Case, cell: Cell, place: Place) -> bool:
    """Whether the recorded line could have started a training, by the text of the notebook.

    The record names the innermost line that stands in a cell: it must call `fit` itself, or something that is defined
    outside the notebook and so may call it (a tuner, a helper module that was handed in).
    """
    if cell.truncated:
        return True
    lines = cell.source.split("\n")[place.first_line - 1 : place.last_line]
    called_here = set(_called(cell, place))
    magic = [line for line in lines if line.lstrip().startswith("%")]
    if called_here & TRAINING_WORDS or any(f".{word}(" in line for line in magic for word in TRAINING_WORDS):
        return True
    aliases = _aliases(case)
    if called_here & aliases:
        return True
    return bool(case.modules) and any(name in text for text in case.modules for name in called_here)


def _called(cell: Cell, place: Place) -> Iterator[str]:
    """Last names of what is called on those lines."""
    for statement in parse_cell(cell.source):
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and place.first_line <= node.lineno <= place.last_line:
                if isinstance(node.func, ast.Attribute):
                    yield node.func.attr
                elif isinstance(node.func, ast.Name):
                    yield node.func.id


def _aliases(case: Case) -> set[str]:
    """Names that stand for a `fit`: `train = model.fit`, `partial(model.fit, …)`, `search` of a tuner."""
    found = {"search"} if "tuner" in case.code().casefold() else set()
    for cell in case.cells:
        if cell.kind != "code" or ".fit" not in cell.source:
            continue
        for statement in parse_cell(cell.source):
            for node in ast.walk(statement):
                if isinstance(node, ast.Assign) and any(
                    isinstance(inner, ast.Attribute) and inner.attr in TRAINING_WORDS for inner in ast.walk(node.value)
                ):
                    found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found
