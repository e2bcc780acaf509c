"""The trainings of a head, as phases of a recipe: which they are, and how each was compiled and called."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from grader.errors import EvidenceError
from grader.execution.timeline import CompileEvent, DataEntry, FitEvent
from grader.observation.fits import ObservedFit
from grader.replay import explaining, settings
from grader.replay.callbacks import may_change
from grader.replay.recipe import Named, Phase
from grader.replay.seen import Seen
from grader.replay.unfit import Unfit, short

MOST_EPOCHS = 200
"""Of all phases together: beyond, a replay is no longer much shorter than the training."""

HIGHEST_RATE = 0.5
"""Measured with plain SGD: far above, a training ends anywhere, and a replay ends elsewhere."""

GENTLE_RATE = 1.5e-4
"""Fine-tuning at a learning rate up to this does not undo what the head has learned (the tutorial's is 1e-5)."""


def the_head(fits: Sequence[ObservedFit], decides: bool) -> tuple[list[ObservedFit], list[ObservedFit]]:
    """The trainings with the base frozen, before any other; and the fine-tuning after them.

    Raises:
        Unfit: there is none, or what follows may change the whole model; says why.
    """
    started = [fit for fit in fits if fit.event.error is None]
    if not started:
        raise Unfit("it was never trained")
    if len(started) < len(fits) and decides:
        raise Unfit("a training ended with an error")
    number = next((n for n, fit in enumerate(started) if not _frozen(fit)), len(started))
    if number == 0:
        raise Unfit("its base was not frozen in the first training")
    later = started[number:]
    harsh = [fit for fit in later if (rate := fit.event.optimizer.learning_rate) is None or not rate <= GENTLE_RATE]
    if harsh and decides:
        raise Unfit("a later training of the base has a learning rate that may change the whole model")
    total = sum(_epochs(fit.event) for fit in started[:number])
    if total > MOST_EPOCHS and decides:
        raise Unfit(f"it trains for {total} epochs")
    return started[:number], later


def _frozen(fit: ObservedFit) -> bool:
    base = fit.fit.base
    return base is not None and base.frozen == "yes" and not base.moved


def _epochs(event: FitEvent) -> int:
    return max(0, event.epochs_requested - event.initial_epoch)


def phase(
    event: FitEvent, new_compile: bool, first: DataEntry, seen: Seen, usual: Named | None
) -> tuple[Phase, tuple[str, ...]]:
    """One training, and the parts of the notebook's own that Keras' usual ones stand for (`usual` is the loss).

    Raises:
        Unfit: it cannot be expressed as a phase; says why.
    """
    call, data = event.call, event.data if seen.decides else first
    if call is None or data is None or data.directory != first.directory or data.image_shape != first.image_shape:
        raise Unfit("its trainings with the frozen base are on different data")
    changing = event.callbacks[0] if event.callbacks else may_change(call)
    if changing is not None and seen.decides:
        raise Unfit(f"a callback may change the training ({short(changing)})")
    if (event.replaced or event.replaced_in_layers) and seen.decides:
        raise Unfit(f"it does not train as Keras does ({short((event.replaced or event.replaced_in_layers)[0])})")
    if (call.sample_weight or call.validation_split) and seen.decides:
        raise Unfit("it weighs single images, or splits its data in `fit`")
    if _epochs(event) < 1:
        raise Unfit("a training runs for no epoch")
    compiled = _compiled(event, seen)
    own_parts: list[str] = []
    try:
        optimizer = _optimizer(compiled, event, seen)
    except Unfit:
        if seen.decides:
            raise
        own_parts.append("optimizer")
        optimizer = explaining.usual_optimizer(event.optimizer.learning_rate, HIGHEST_RATE)
    try:
        loss = _loss(compiled, event)
    except Unfit:
        if usual is None:
            raise
        own_parts.append("loss")
        loss = usual
    if compiled.get("loss_weights") is not None:
        raise Unfit("it weighs several losses")
    batch_size = data.batch_size or call.batch_size
    if not batch_size or batch_size > 4096:
        raise Unfit("the size of its batches was not seen")
    steps, epochs = call.steps_per_epoch, _epochs(event)
    if data.batches is None and data.kind == "tf.data":
        if steps is None:
            raise Unfit("its training data has no end")
        # Data that repeats: an "epoch" of more steps than the data has goes over it again.
        whole = math.ceil((data.files or batch_size) / batch_size)
        epochs, steps = (max(1, round(epochs * steps / whole)), None) if steps > whole else (epochs, steps)
    phase = Phase(
        optimizer=optimizer, loss=loss, new_compile=new_compile,
        epochs=min(epochs, 1000 if seen.decides else MOST_EPOCHS), batch_size=batch_size, steps_per_epoch=steps or None,
        class_weight=_class_weight(call.class_weight),
    )  # fmt: skip
    return phase, tuple(own_parts)


def _loss(compiled: Mapping[str, Any], event: FitEvent) -> Named:
    loss, recorded = settings.loss(compiled.get("loss")), "" if event.loss is None else event.loss.name
    if settings.plain(loss.class_name) != settings.plain(settings.loss(recorded).class_name):
        raise Unfit("its loss is recorded in two ways")
    return loss


def _optimizer(compiled: Mapping[str, Any], event: FitEvent, seen: Seen) -> Named:
    """As compiled, with the learning rate that it had when the training ended."""
    named = settings.optimizer(compiled.get("optimizer"))
    if settings.plain(named.class_name) != settings.plain(event.optimizer.name):
        raise Unfit("its optimiser is recorded in two ways")
    rate = event.optimizer.learning_rate
    if named.schedule is not None or rate is None:
        return named
    if not seen.decides:
        rate = explaining.rate(rate, named.settings.get("learning_rate"), HIGHEST_RATE)
    if not 0 <= rate <= HIGHEST_RATE:
        raise Unfit("its learning rate is so high that the outcome is a matter of chance")
    return named.model_copy(update={"settings": {**named.settings, "learning_rate": rate}})


def _compiled(event: FitEvent, seen: Seen) -> Mapping[str, Any]:
    try:
        config = {} if event.config is None else seen.outbox.config(event.config)
    except (EvidenceError, OSError):
        config = {}
    compiled = config.get("compile_config")
    if isinstance(compiled, dict):
        return compiled
    if seen.decides:
        raise Unfit("how it was compiled was not recorded")
    return {}


def _class_weight(given: Mapping[str, float] | None) -> dict[int, float] | None:
    if given is None:
        return None
    if any(not key.isdigit() or not 0 <= weight <= 1e6 for key, weight in given.items()):
        raise Unfit("its class weights are unusual")
    return {int(key): weight for key, weight in given.items()}


def compiled_between(events: Sequence[object], one: ObservedFit, other: ObservedFit) -> bool:
    """Whether the model was compiled between two trainings."""
    at = [number for number, event in enumerate(events) if event is one.event or event is other.event]
    between = events[at[0] : at[-1]]
    return any(isinstance(event, CompileEvent) and event.uid == one.event.uid for event in between)
