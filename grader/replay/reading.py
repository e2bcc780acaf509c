"""Can this training be replayed, and what does it consist of? Reads what was recorded; starts nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.assets.pack import AssetPack, PackFile
from grader.errors import EvidenceError
from grader.evidence.model import Measurement
from grader.execution.outbox import Outbox
from grader.execution.timeline import BaseEvent, CompileEvent, DataEntry, FitEvent
from grader.models.admission import admit
from grader.models.backbones import Base, find_bases
from grader.models.calls import Calls
from grader.models.flattening import Unreadable, flatten
from grader.models.predictions import last_activation
from grader.models.scaling import scale_from_range
from grader.observation.fits import ObservedFit
from grader.observation.graded import Chosen, base_layer_names
from grader.replay import explaining, settings
from grader.replay.data import groups_of, label_order
from grader.replay.head import read_head
from grader.replay.recipe import BaseFunction, Named, Phase, Recipe
from grader.replay.unfit import Unfit, short

MOST_EPOCHS = 200
"""Of all phases together: beyond, a replay is no longer much shorter than the training."""

HIGHEST_RATE = 0.5
"""Measured with plain SGD: far above, a training ends anywhere, and a replay ends elsewhere."""

GENTLE_RATE = 1.5e-4
"""Fine-tuning at a learning rate up to this does not undo what the head has learned (the tutorial's is 1e-5)."""

IGNORED_CALLBACKS = frozenset(
    {"EarlyStopping", "ModelCheckpoint", "TensorBoard", "CSVLogger", "ProgbarLogger", "History", "TerminateOnNaN",
     "BackupAndRestore", "ReduceLROnPlateau"}
)  # fmt: skip
"""Keras' own that stop a training early, save something, or lower the learning rate when nothing is gained."""

_AUGMENTATION = "random changes of the images (augmentation)"


@dataclass(frozen=True)
class Seen:
    """What was observed of one submission, as far as a replay needs it."""

    chosen: Chosen
    fits: Sequence[ObservedFit]
    outbox: Outbox
    measurement: Measurement | None
    pack: AssetPack
    decides: bool = True
    """Whether the mark may rest on the replay. Otherwise it only has to explain weights, and more is assumed."""


def read_recipe(seen: Seen) -> Recipe:
    """The training of the head, as data.

    Raises:
        Unfit: it cannot be expressed that way; says why.
    """
    base_event = seen.chosen.base
    if base_event is None:
        raise Unfit("the trained model has no pre-trained base")
    fits = [fit for fit in seen.fits if fit.event.uid == seen.chosen.event.uid]
    phases, later = _phases(fits, seen.decides)
    first = phases[0]
    graph, base = _structure(first.event, seen)
    file = _weights(base, base_event, seen.pack)
    pooling, head = read_head(graph, base, written_down=not seen.decides)
    data = first.event.data
    if not seen.decides:
        data = explaining.images(data, base_event, seen.pack)
    if data is None:
        raise Unfit("its training data was not seen")
    height, width = _size(data)
    scale, offset = _scale(data, seen.measurement)
    groups = groups_of(data, seen.pack) if seen.decides else explaining.groups(data, seen.pack)
    function = BaseFunction(
        backbone=base.backbone or "", alpha=base.alpha, include_top=bool(base.include_top),
        include_preprocessing=base.include_preprocessing, weights_file=file.path,
        weights_digest=file.weights_digest or "", height=height, width=width, scale=scale, offset=offset,
        pooling=pooling,
    )  # fmt: skip
    observed, one_hot, activation = seen.outbox.events, _one_hot(data, len(seen.pack.classes)), last_activation(graph)
    usual = None if seen.decides else explaining.usual_loss(activation, head, one_hot)
    read = [
        _phase(fit.event, number == 0 or _compiled_between(observed, phases[number - 1], fit), data, seen, usual)
        for number, fit in enumerate(phases)
    ]
    return Recipe(
        function=function, groups=groups, examples=_examples(data), label_order=label_order(data, seen.pack),
        one_hot=one_hot, head=head, phases=tuple(phase for phase, _ in read), activation=activation,
        left_out=_left_out(graph, phases, later), fine_tuned=bool(later),
        in_place_of=tuple(dict.fromkeys(name for _, names in read for name in names)),
    )  # fmt: skip


def _phases(fits: Sequence[ObservedFit], decides: bool) -> tuple[list[ObservedFit], list[ObservedFit]]:
    """The trainings with the base frozen, before any other; and the fine-tuning after them."""
    started = [fit for fit in fits if fit.event.error is None]
    if not started:
        raise Unfit("it was never trained")
    if len(started) < len(fits):
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


def _structure(event: FitEvent, seen: Seen) -> tuple[Calls, Base]:
    if event.config is None:
        raise Unfit("its model is of a class of its own, which cannot be read as a graph of layers")
    try:
        config = seen.outbox.config(event.config)
        admit(config)
        graph = flatten(config)
    except (EvidenceError, OSError) as problem:
        raise Unfit(f"its model cannot be rebuilt ({short(problem)}…)") from problem
    except Unreadable as problem:
        raise Unfit(f"its model cannot be read as a graph of layers: {problem}") from problem
    bases = find_bases(graph, base_layer_names(seen.chosen))
    if len(bases) != 1:
        raise Unfit("it has several bases" if bases else "no base was found in its model")
    base = bases[0]
    if base.backbone is None or base.cut_at is not None:
        raise Unfit("it uses only a part of a network as its base")
    if base.pooling is not None and base.backbone.startswith("ConvNeXt"):
        raise Unfit("its base ends with a layer of its own after the pooling")
    around = graph.containers.get(base.container) if base.container else None
    if (around is not None and around.training) or any(graph.calls[p].training for p in base.positions):
        raise Unfit("its base is called with `training=True`")
    return graph, base


def _weights(base: Base, event: BaseEvent, pack: AssetPack) -> PackFile:
    file = pack.weights_with(event.weights_digest)
    if file is None:
        raise Unfit("its base does not have weights of the asset pack")
    if file.backbone != base.backbone or file.include_top != bool(base.include_top):
        raise Unfit("its base is another network than the weights are for")
    return file


def _size(data: DataEntry) -> tuple[int, int]:
    shape = data.image_shape
    if shape is None or len(shape) != 4 or not shape[1] or not shape[2] or shape[3] != 3:
        raise Unfit("the size of its training images was not seen")
    height, width = shape[1], shape[2]
    if not (32 <= height <= 512 and 32 <= width <= 512):
        raise Unfit(f"its images have {height} × {width} pixels")
    return height, width


def _scale(data: DataEntry, measurement: Measurement | None) -> tuple[float, float]:
    """From pixels to what the base receives: what the data pipeline did, as observed, and what the model does."""
    if data.minimum is None or data.maximum is None:
        raise Unfit("no batch of its training data was seen")
    pipeline = scale_from_range(data.minimum, data.maximum)
    if pipeline is None:
        raise Unfit("its data pipeline changes the range of pixels in an unusual way")
    if measurement is None or not measurement.rebuilt:
        raise Unfit(f"its model could not be rebuilt ({short(None if measurement is None else measurement.problem)}…)")
    inside = measurement.base_input_scale
    if inside is None:
        raise Unfit("the part of the model before the base does more than scale the pixels")
    return _rounded(pipeline[0] * inside[0]), _rounded(pipeline[1] * inside[0] + inside[1])


def _rounded(value: float) -> float:
    """To five significant digits: 1/127.5 and 0.0078431 are the same function."""
    return 0.0 if abs(value) < 1e-6 else float(f"{value:.5g}")


def _examples(data: DataEntry) -> int:
    files = data.files or 0
    if data.batches is None or not data.batch_size:
        return files
    return max(1, min(files, data.batches * data.batch_size))


def _one_hot(data: DataEntry, classes: int) -> bool:
    shape = data.label_shape or [None]
    if len(shape) == 1 or (len(shape) == 2 and shape[1] == 1):
        return False
    if len(shape) == 2 and shape[1] == classes:
        return True
    raise Unfit("its labels have an unusual shape")


def _phase(
    event: FitEvent, new_compile: bool, first: DataEntry, seen: Seen, usual: Named | None
) -> tuple[Phase, tuple[str, ...]]:
    """One training, and the parts of the notebook's own that Keras' usual ones stand for (`usual` is the loss)."""
    call, data = event.call, event.data if seen.decides else first
    if call is None or data is None or data.directory != first.directory or data.image_shape != first.image_shape:
        raise Unfit("its trainings with the frozen base are on different data")
    own = [name for name in call.callbacks if name not in IGNORED_CALLBACKS]
    if (event.callbacks or own) and seen.decides:
        raise Unfit(f"a callback may change the training ({short((event.callbacks or own)[0])})")
    if call.sample_weight or call.validation_split:
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


def _compiled_between(events: Sequence[object], one: ObservedFit, other: ObservedFit) -> bool:
    """Whether the model was compiled between two trainings."""
    at = [number for number, event in enumerate(events) if event is one.event or event is other.event]
    between = events[at[0] : at[-1]]
    return any(isinstance(event, CompileEvent) and event.uid == one.event.uid for event in between)


def _left_out(graph: Calls, phases: Sequence[ObservedFit], later: Sequence[ObservedFit]) -> tuple[str, ...]:
    found: list[str] = []
    in_pipeline = any(fit.event.data is not None and fit.event.data.pipeline_operations for fit in phases)
    if in_pipeline or any(call.class_name.startswith("Random") for call in graph.calls):
        found.append(_AUGMENTATION)
    found += sorted({name for fit in phases if fit.event.call for name in fit.event.call.callbacks})
    if later:
        found.append("fine-tuning")
    return tuple(found)
