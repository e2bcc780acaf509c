"""Put together the Evidence of one submission from what was read, run, recorded and measured."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from grader import __version__
from grader.answers.find import find_answers
from grader.assets.pack import AssetPack
from grader.errors import EvidenceError
from grader.evidence.model import (
    Answer,
    Cell,
    Data,
    Evidence,
    GradedModel,
    Measurement,
    Pack,
    Provenance,
    Reference,
    Replay,
    Run,
    Statement,
    SubmissionInfo,
)
from grader.execution.outbox import Outbox
from grader.execution.run import CellOutcome, RunOutcome
from grader.execution.timeline import EvaluateEvent, FitEvent, ModelEvent, PredictEvent, ProblemEvent
from grader.models.generations import Generation
from grader.models.measure_request import Probe
from grader.models.measuring import MeasureRequest, WeightRef
from grader.observation.agreement.case import Case
from grader.observation.agreement.collect import contradictions
from grader.observation.copies import with_copies
from grader.observation.errors import read_errors
from grader.observation.fits import ObservedFit, base_entries, read_bases, read_fits
from grader.observation.graded import Chosen, base_layer_names, choose, read_graded
from grader.observation.places import Places
from grader.observation.substitutions import lacking_from, read_substitutions, without_stand_ins
from grader.observation.trained_again import Replaying, trained_again
from grader.observation.versions import versions
from grader.replay.seen import Seen
from grader.rubric.model import Question
from grader.source.statements import read_statements
from grader.watching.phases import phase

Measure = Callable[[MeasureRequest], Measurement]


@dataclass(frozen=True)
class Reading:
    """A submission as read from disk, before anything was run."""

    info: SubmissionInfo
    cells: tuple[Cell, ...] = ()
    statements: tuple[Statement, ...] = ()
    answers: tuple[Answer, ...] = ()


@phase("read")
def read(
    info: SubmissionInfo, cells: tuple[Cell, ...], questions: Sequence[Question], template: Sequence[Cell]
) -> Reading:
    """What the source alone says: statements and written answers."""
    return Reading(info, cells, read_statements(cells), find_answers(cells, questions, template))


def unread(info: SubmissionInfo, explanation: str, pack: AssetPack, created: str) -> Evidence:
    """Evidence of a submission that could not be read at all."""
    return Evidence(
        submission=info, run=Run(status="unreadable", explanation=explanation), pack=pack_facts(pack),
        provenance=provenance(created),
    )  # fmt: skip


def our_failure(reading: Reading, explanation: str, pack: AssetPack, created: str) -> Evidence:
    """Evidence that our side failed: what was read is kept, and nothing is held against the student."""
    return Evidence(
        submission=reading.info, run=Run(status="not_run", explanation=explanation), cells=reading.cells,
        statements=reading.statements, answers=reading.answers, pack=pack_facts(pack), provenance=provenance(created),
        our_failure=explanation,
    )  # fmt: skip


@phase("observe")
def observe(
    reading: Reading, outcome: RunOutcome, outbox: Outbox, pack: AssetPack, reference: Reference | None,
    measure: Measure, *, policy: str, sandbox: str, created: str, answered: Measurement | None = None,
    modules: Sequence[str] = (), replay: Replaying | None = None, framework: Generation = "keras3",
    remarks: Sequence[str] = (),
) -> Evidence:  # fmt: skip
    """Join everything. Nothing a student did makes this raise; what could not be admitted becomes a note.

    Args:
        answered: What the kernel answered for a model that cannot be rebuilt, if it was asked.
        modules: Texts of Python files handed in beside the notebook.
        replay: Trains the head again, if that can be done.
        framework: Which Keras it ran in.
        remarks: What else is to be said about how it was run, in sentences.
    """
    capped = policy == "capped"
    cells = _with_status(reading.cells, outcome.cells)
    places = Places(cells)
    events = with_copies(outbox.events)
    fits = read_fits(events, places)
    bases = read_bases(events, places, weights_by_digest(pack))
    stood_in = read_substitutions(outbox.events, places, bases)
    graded: GradedModel | None = None
    measurement: Measurement | None = None
    replayed: Replay | None = None
    chosen = choose(fits, events)
    if chosen is not None:
        graded = read_graded(chosen, outbox, outbox.events, places)
        trained = any(observed.event.epochs_run for observed in fits if observed.event.uid == graded.uid)
        measurement = answered or _measured(
            chosen, fits, outbox, pack, measure, trained=trained, predicts=trained and not capped
        )
        measurement = without_stand_ins(measurement, graded.base_uid, bases, stood_in)
        if replay is not None:
            replayed = trained_again(replay, Seen(chosen, fits, outbox, measurement, pack, capped), stood_in, framework)
        bases = tuple(
            base.model_copy(update={"in_graded_model": True}) if base.uid and base.uid == graded.base_uid else base
            for base in bases
        )
    shortened = _shortened_calls(fits, outbox)
    first_shortened = min((number for number in shortened if number), default=None)
    case = Case(
        files=reading.info.files,
        cells=cells, outcome=outcome, outbox=outbox, fits=fits, chosen=chosen, graded=graded, measurement=measurement,
        config=None if chosen is None else exported_config(chosen, outbox), modules=modules, capped=capped,
        replay=replayed, statements=reading.statements,
    )  # fmt: skip
    notes = [*remarks, *outbox.refused]
    notes += [f"recorder, {e.what}: {e.problem}" for e in outbox.events if isinstance(e, ProblemEvent)][:20]
    return Evidence(
        submission=reading.info,
        run=Run(
            status=outcome.status, explanation=outcome.explanation,
            errors=read_errors(
                outcome.cells, cells, first_shortened, lacking_from(outbox.events), {each.asked for each in stood_in},
                {name for observed in fits for name in observed.fit.history},
            ),
            seconds=round(outcome.seconds, 3),
            policy="capped" if capped else "full", shortened_calls=len(shortened), sandbox=sandbox,
            kernel=outcome.kernel[:600],
            versions=versions(), notes=tuple(notes), substitutions=stood_in, keras=framework,
        ),
        cells=cells, statements=reading.statements, bases=bases, fits=tuple(observed.fit for observed in fits),
        graded=graded, measurement=measurement, replay=replayed, answers=reading.answers,
        contradictions=contradictions(case),
        reference=reference, pack=pack_facts(pack),
        provenance=provenance(created),
    )  # fmt: skip


def exported_config(chosen: Chosen, outbox: Outbox) -> dict[str, Any] | None:
    """The graded model's configuration as it was exported; None where there is none that can be read."""
    try:
        return None if chosen.event.config is None else outbox.config(chosen.event.config)
    except (EvidenceError, OSError):
        return None


def _measured(
    chosen: Chosen, fits: Sequence[ObservedFit], outbox: Outbox, pack: AssetPack, measure: Measure, *, trained: bool,
    predicts: bool,
) -> Measurement:  # fmt: skip
    event, fit = chosen.event, chosen.fit
    data = None if fit is None else fit.data
    loss = None if fit is None else fit.loss
    if event.config is None:
        return Measurement(rebuilt=False, problem="The model has no configuration from which it could be rebuilt.")
    try:
        config = outbox.config(event.config)
    except (EvidenceError, OSError) as problem:
        return Measurement(rebuilt=False, problem=str(problem)[:500])
    measurement = measure(
        MeasureRequest(
            config=config,
            weights=tuple(
                WeightRef(path=w.path, digest=w.digest, shape=tuple(w.shape), dtype=w.dtype) for w in event.weights
            ),
            arrays=outbox.arrays,
            heldout=pack.heldout if pack.heldout_files else None,
            classes=pack.classes,
            pipeline_range=_range(data),
            loss=None if loss is None else loss.name,
            loss_from_logits=None if loss is None else loss.from_logits,
            image_size=_image_size(data),
            wanted_weights={name: digest for digest, name in weights_by_digest(pack).items()},
            probe=_probe(event),
            earlier_base=_earlier_base(chosen, fits),
            base_layers=base_layer_names(chosen),
            predicts=predicts,
        )
    )
    if not trained:
        # What an untrained head guesses says nothing about anybody.
        return measurement.model_copy(update={"accuracy": None, "correct": None, "labels_swapped_accuracy": None})
    return measurement


def _probe(event: FitEvent | ModelEvent) -> Probe | None:
    asked = event.probe if isinstance(event, FitEvent) else None
    if asked is None:
        return None
    return Probe(
        minimum=asked.minimum, maximum=asked.maximum, height=asked.height, width=asked.width,
        outputs=tuple(asked.outputs),
    )  # fmt: skip


def _earlier_base(chosen: Chosen, fits: Sequence[ObservedFit]) -> tuple[WeightRef, ...]:
    """The base's weights at the end of the first training with it, in the order of its layers."""
    first = next((fit for fit in fits if fit.base is not None and fit.base is chosen.base), None)
    if first is None or first.base is None:
        return ()
    known = {weight.digest: weight for weight in first.event.weights}
    digests = [digest for entry in base_entries(first.event, first.base) for digest in entry.after]
    found = [known[digest] for digest in digests if digest in known]
    if len(found) != len(digests):
        return ()
    return tuple(WeightRef(path=w.path, digest=w.digest, shape=tuple(w.shape), dtype=w.dtype) for w in found)


def _range(data: Data | None) -> tuple[float, float] | None:
    if data is None or data.minimum is None or data.maximum is None:
        return None
    return data.minimum, data.maximum


def _image_size(data: Data | None) -> tuple[int, int] | None:
    """Height and width of the training images, from a shape (batch, height, width, channels)."""
    shape = None if data is None else data.image_shape
    if shape is None or len(shape) != 4 or shape[1] is None or shape[2] is None:
        return None
    return shape[1], shape[2]


def _with_status(cells: Sequence[Cell], outcomes: Sequence[CellOutcome]) -> tuple[Cell, ...]:
    by_position = {outcome.position: outcome for outcome in outcomes}
    return tuple(
        cell
        if (outcome := by_position.get(cell.position)) is None
        else cell.model_copy(update={"status": "ok" if outcome.ok else "failed", "seconds": outcome.seconds})
        for cell in cells
    )


def _shortened_calls(fits: Sequence[ObservedFit], outbox: Outbox) -> list[int]:
    """Prompt numbers of calls that were cut short; 0 where the place is unknown."""
    numbers = [fit.event.place.execution if fit.event.place else 0 for fit in fits if fit.event.shortened]
    others = [e for e in outbox.events if isinstance(e, EvaluateEvent | PredictEvent) and e.shortened]
    return numbers + [event.place.execution if event.place else 0 for event in others]


def weights_by_digest(pack: AssetPack) -> dict[str, str]:
    """Digest of a weights file's arrays → the file's name."""
    return {file.weights_digest: file.path for file in pack.files if file.weights_digest is not None}


def pack_facts(pack: AssetPack) -> Pack:
    """The pack as evidence names it."""
    return Pack(name=pack.name, digest=pack.digest, imagenet=pack.imagenet, notice=pack.notice)


def provenance(created: str) -> Provenance:
    """This grader, on this machine, at `created` (ISO 8601, UTC)."""
    return Provenance(
        grader_version=__version__, created=created,
        environment={"system": platform.system(), "machine": platform.machine(), **versions()},
    )  # fmt: skip
