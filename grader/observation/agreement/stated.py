"""What decides a training, as recorded and as the notebook's text says: a replay does what the record claims."""

from __future__ import annotations

import math
from collections.abc import Iterator

from grader.evidence.model import Contradiction, Place, Statement
from grader.observation.agreement.case import Case, called, contradiction
from grader.observation.fits import ObservedFit

_FREES_LATER = ("LearningRateScheduler", "ReduceLROnPlateau", ".learning_rate", ".lr")
"""Words in a notebook after which a learning rate need not be the one that was written first."""


def check_stated(case: Case) -> Iterator[Contradiction]:
    """Settings of each training with a base, and the freezing of the base."""
    trainings = [fit for fit in case.fits if fit.base is not None]
    for fit in trainings:
        yield from _epochs(case, fit)
        yield from _compiled(case, fit)
    yield from _frozen(case, trainings)


def _epochs(case: Case, fit: ObservedFit) -> Iterator[Contradiction]:
    said = _statement(case, "fit", fit.fit.place)
    if said is None:
        return
    stated, recorded = said.settings.get("epochs"), fit.event.epochs_requested
    if _is_number(stated) and stated != recorded:
        yield contradiction(
            "other_epochs", "training", f"The record of a training in {_where(fit)} says {recorded} epochs; the text "
            f"says {stated}.", fit.fit.place,
        )  # fmt: skip


def _compiled(case: Case, fit: ObservedFit) -> Iterator[Contradiction]:
    said = _statement(case, "compile", None if fit.fit.loss is None else fit.fit.loss.place)
    if said is None:
        return
    optimizer, loss, rate = (said.settings.get(name) for name in ("optimizer", "loss", "learning_rate"))
    event = fit.event
    if isinstance(optimizer, str) and _plain(optimizer) != _plain(event.optimizer.name):
        yield _other("optimizer", optimizer, event.optimizer.name, fit)
    if isinstance(loss, str) and event.loss is not None and not _same_loss(loss, event.loss.name):
        yield _other("loss", loss, event.loss.name, fit)
    recorded = event.optimizer.learning_rate
    changes = any(word in case.sources() for word in _FREES_LATER)
    if not isinstance(rate, int | float) or not _is_number(rate) or recorded is None or changes:
        return
    if not math.isclose(rate, recorded, rel_tol=1e-3):
        yield _other("learning rate", f"{rate:g}", f"{recorded:g}", fit)


def _other(what: str, stated: str, recorded: str, fit: ObservedFit) -> Contradiction:
    return contradiction(
        "other_settings", "training", f"The record of a training in {_where(fit)} says that its {what} was "
        f"{recorded[:60]}; the text says {stated[:60]}.", fit.fit.place,
    )  # fmt: skip


def _frozen(case: Case, trainings: list[ObservedFit]) -> Iterator[Contradiction]:
    """A base is frozen by a line of the notebook, or of a module that was handed in with it."""
    if not trainings or case.modules or any(cell.truncated for cell in case.cells):
        return
    base = trainings[0].fit.base
    if base is None or base.frozen != "yes":
        return
    if not case.lowers_flag("trainable"):
        yield contradiction(
            "frozen_not_in_the_text", "training", "The record says that the base was frozen in the first training, but "
            "no line of the notebook freezes anything.", trainings[0].fit.place,
        )  # fmt: skip


def _statement(case: Case, topic: str, place: Place | None) -> Statement | None:
    """The one statement on a topic that stands where something was recorded; None where there are several."""
    if place is None:
        return None
    found = [
        said
        for said in case.statements
        if said.topic == topic
        and said.place.cell == place.cell
        and said.place.first_line <= place.last_line
        and place.first_line <= said.place.last_line
    ]
    return found[0] if len(found) == 1 else None


def _where(fit: ObservedFit) -> str:
    spot = fit.event.place
    return called(None if spot is None else spot.execution)


def _plain(name: str) -> str:
    return name.rsplit(".", 1)[-1].casefold().replace("_", "")


_SHORT_NAMES = {"bce": "binarycrossentropy", "mse": "meansquarederror", "mae": "meanabsoluteerror"}


def _same_loss(stated: str, recorded: str) -> bool:
    one, other = (_SHORT_NAMES.get(_plain(name), _plain(name)) for name in (stated, recorded))
    return one == other


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
