"""What stood in for things that the asset pack does not hold, and what may not be concluded from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grader.evidence.model import BaseRecord, Measurement
from grader.evidence.structure import Substitution
from grader.execution.timeline import CellEvent, Event, SubstitutionEvent
from grader.models.published_weights import is_module
from grader.observation.places import Places

MAXIMUM = 100


def read_substitutions(
    events: Iterable[Event], places: Places, bases: Sequence[BaseRecord]
) -> tuple[Substitution, ...]:
    """Every substitution, each question once."""
    found: dict[tuple[str, str], Substitution] = {}
    for base in bases:
        if base.substituted:
            asked = f"{base.backbone} with {base.weights}"
            given = "random weights, always the same"
            if is_module(base.weights):
                kind = "published" if base.pack_weights else "random"
                given = f"{base.backbone} of keras.applications with {kind} weights"
            found.setdefault(
                ("weights", asked), Substitution(kind="weights", asked=asked, given=given, place=base.place)
            )
    for event in events:
        if isinstance(event, SubstitutionEvent) and len(found) < MAXIMUM:
            found.setdefault(
                (event.kind, event.asked),
                Substitution(kind=event.kind, asked=event.asked, given=event.given, place=places.of(event.place)),
            )
    return tuple(found.values())


def lacking_from(events: Iterable[Event]) -> int | None:
    """Number of the first code cell in which data was asked for that the pack does not hold; None without any."""
    asked = False
    for event in events:
        if isinstance(event, SubstitutionEvent) and event.kind in ("data", "missing"):
            if event.place is not None:
                return event.place.execution
            asked = True
        elif asked and isinstance(event, CellEvent) and event.execution:
            return event.execution
    return 1 if asked else None


def without_stand_ins(
    measurement: Measurement, base_uid: int | None, bases: Sequence[BaseRecord], stood_in: Sequence[Substitution]
) -> Measurement:
    """Nothing that was learned from stand-ins is anybody's accuracy: it is dropped, with the plain reason."""
    base = next((base for base in bases if base.uid and base.uid == base_uid), None)
    data = [s.asked for s in stood_in if s.kind == "data"]
    if base is not None and base.substituted:
        why = f"our asset pack does not hold the weights asked for ({base.backbone}, {base.weights})"
    elif data:
        # Which of several data sets the graded model saw is not followed: any one of them makes the figure doubtful.
        why = f"our asset pack does not hold the data asked for ({data[0]})"
    else:
        return measurement
    if measurement.problem and not measurement.rebuilt:
        why = f"{measurement.problem.rstrip('.')}; besides, {why}"
    return measurement.model_copy(
        update={
            "accuracy": None, "correct": None, "labels_swapped_accuracy": None, "constant_prediction": False,
            "not_finite": False, "problem": f"{why}, so something else stood in and the notebook could go on",
        }
    )  # fmt: skip
