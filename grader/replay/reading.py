"""Can this training be replayed, and what does it consist of? Reads what was recorded; starts nothing."""

from __future__ import annotations

from collections.abc import Sequence

from grader.assets.pack import AssetPack, PackFile
from grader.errors import EvidenceError
from grader.evidence.model import Measurement
from grader.execution.timeline import BaseEvent, DataEntry, FitEvent
from grader.models.admission import admit
from grader.models.backbones import Base, find_bases
from grader.models.calls import Calls
from grader.models.flattening import Unreadable, flatten
from grader.models.predictions import last_activation
from grader.models.scaling import scale_from_range
from grader.observation.fits import ObservedFit
from grader.observation.graded import base_layer_names
from grader.replay import explaining, head_phases
from grader.replay.data import groups_of, label_order
from grader.replay.head import read_head
from grader.replay.recipe import BaseFunction, Phase, Recipe
from grader.replay.seen import Seen
from grader.replay.unfit import Unfit, short

_AUGMENTATION = "random changes of the images (augmentation)"


def read_recipe(seen: Seen) -> Recipe:
    """The training of the head, as data.

    Raises:
        Unfit: it cannot be expressed that way; says why.
    """
    base_event = seen.chosen.base
    if base_event is None:
        raise Unfit("the trained model has no pre-trained base")
    fits = [fit for fit in seen.fits if fit.event.uid == seen.chosen.event.uid]
    phases, later = head_phases.the_head(fits, seen.decides)
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
        head_phases.phase(
            fit.event, number == 0 or head_phases.compiled_between(observed, phases[number - 1], fit), data, seen, usual
        )
        for number, fit in enumerate(phases)
    ]
    return Recipe(
        function=function, groups=groups, examples=_examples(data), label_order=label_order(data, seen.pack),
        one_hot=one_hot, head=head, phases=tuple(phase for phase, _ in read), activation=activation,
        left_out=_left_out(graph, phases, later), fine_tuned=bool(later),
        in_place_of=_in_place_of(base, read),
    )  # fmt: skip


def _in_place_of(base: Base, read: Sequence[tuple[Phase, Sequence[str]]]) -> tuple[str, ...]:
    """What something usual stands for."""
    whole = ["base"] if base.cut_at is not None else []
    return tuple(dict.fromkeys([*whole, *(name for _, names in read for name in names)]))


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
    # To explain weights the whole base may stand for a part of it: it tells what a head on it can learn here.
    if base.backbone is None or (base.cut_at is not None and (seen.decides or base.include_top)):
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


def _left_out(graph: Calls, phases: Sequence[ObservedFit], later: Sequence[ObservedFit]) -> tuple[str, ...]:
    found: list[str] = []
    in_pipeline = any(fit.event.data is not None and fit.event.data.pipeline_operations for fit in phases)
    if in_pipeline or any(call.class_name.startswith("Random") for call in graph.calls):
        found.append(_AUGMENTATION)
    found += sorted({name for fit in phases if fit.event.call for name in fit.event.call.callbacks})
    if later:
        found.append("fine-tuning")
    return tuple(found)
