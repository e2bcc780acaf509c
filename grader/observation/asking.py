"""After the notebook's end: ask the living kernel about a model that cannot be rebuilt."""

from __future__ import annotations

import time

from grader.assets.pack import AssetPack
from grader.errors import EvidenceError
from grader.evidence.model import Measurement
from grader.execution.outbox import Outbox, read_outbox
from grader.execution.run import Ask, RunOutcome
from grader.execution.timeline import FitEvent
from grader.execution.workspace import Workspace
from grader.models.admission import admit
from grader.models.asking import put_questions, questions, read_answers, score_answers
from grader.models.scaling import scale_from_range
from grader.observation.copies import with_copies
from grader.observation.fits import read_fits
from grader.observation.graded import choose
from grader.observation.places import Places

SECONDS = 120.0
"""As long as the measuring process may take for a model."""

ANSWER = "__import__('sys').modules['_lab_recorder.answers'].answer({uid}, {images!r}, {answers!r})"


class KernelAnswers:
    """The `at_end` of one run. `measurement` stays None where the model can be rebuilt, or was never trained."""

    def __init__(self, workspace: Workspace, pack: AssetPack) -> None:
        self._workspace = workspace
        self._pack = pack
        self.measurement: Measurement | None = None

    async def __call__(self, outcome: RunOutcome, ask: Ask) -> None:
        """Ask, if there is something that only the kernel can answer."""
        outbox = read_outbox(self._workspace.outbox, None if outcome.witness is None else outcome.witness.data)
        event = _graded(outbox)
        why = None if event is None else _why_not_rebuilt(event, outbox)
        if event is None or why is None or not self._pack.heldout_files:
            return
        started = time.monotonic()
        try:
            measured = await self._asked(event, ask, why)
        except (EvidenceError, OSError) as problem:
            told = f"{why} Its kernel was asked instead, in vain: {problem}"
            measured = Measurement(rebuilt=False, problem=told[:800], answered_by="kernel")
        self.measurement = measured.model_copy(update={"seconds": round(time.monotonic() - started, 3)})

    async def _asked(self, event: FitEvent, ask: Ask, why: str) -> Measurement:
        data = event.data
        shape = [] if data is None or data.image_shape is None else data.image_shape
        if data is None or len(shape) != 4 or not shape[1] or not shape[2] or shape[3] != 3:
            raise EvidenceError(expected="training images of a known size", received="none", where="recorded training")
        scale = None
        if data.minimum is not None and data.maximum is not None:
            scale = scale_from_range(data.minimum, data.maximum)
        if scale is None:
            raise EvidenceError(expected="a usual range of pixels", received="another", where="recorded training")
        asked = questions(self._pack, shape[1], shape[2], scale)
        images, answers = put_questions(self._workspace.outbox, asked.images)
        await ask(ANSWER.format(uid=event.uid, images=str(images), answers=str(answers)), SECONDS)
        return score_answers(
            read_answers(answers, len(asked.labels)), asked.labels, classes=len(self._pack.classes),
            loss=None if event.loss is None else event.loss.name,
            from_logits=None if event.loss is None else event.loss.from_logits, why=why,
        )  # fmt: skip


def _graded(outbox: Outbox) -> FitEvent | None:
    events = with_copies(outbox.events)
    chosen = choose(read_fits(events, Places(())), events)
    return chosen.event if chosen is not None and isinstance(chosen.event, FitEvent) else None


def _why_not_rebuilt(event: FitEvent, outbox: Outbox) -> str | None:
    """Why the model's configuration is not admitted, or None."""
    if event.config is None:
        return "The model has no configuration from which it could be rebuilt."
    try:
        admit(outbox.config(event.config))
    except (EvidenceError, OSError) as problem:
        return str(problem)[:500]
    return None
