"""Measure one rebuilt model: held-out accuracy, what reaches the base, augmentation, and whose weights the base has.

Runs in the measuring process (`grader.models.measuring_process`), which never saw student code.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from grader.errors import EvidenceError
from grader.evidence.model import Measurement, Range
from grader.execution.recorder import probe
from grader.execution.recorder.digest import array_digest, combined_digest
from grader.models import array_files, predictions, probing, scaling
from grader.models.heldout import HeldOutImages
from grader.models.measure_request import MeasureRequest
from grader.models.rebuilding import Rebuilt, rebuild

BATCH = 32
BATCH_PIXELS = BATCH * 192 * 192
"""Larger images go in smaller batches, so that memory does not grow with their size."""

SEED = 20_240_617
PROBES = 8


def measure(request: MeasureRequest, heldout: HeldOutImages) -> Measurement:
    """Rebuild and measure one model.

    Args:
        request: what to measure.
        heldout: decoded held-out images, shared between requests.

    Returns:
        The measurement. A model that cannot be rebuilt or measured has a `problem` that says why.

    Raises:
        InfrastructureError: the held-out images are missing: our fault, not the model's.
    """
    import keras

    started = time.monotonic()
    keras.utils.set_random_seed(SEED)
    try:
        rebuilt = rebuild(request)
        facts = _facts(rebuilt, request, heldout)
    except EvidenceError as error:
        facts = {"rebuilt": False, "problem": str(error)}
    if facts.get("problem"):
        facts["problem"] = facts["problem"].encode("utf-8", "replace").decode()
    return Measurement(**facts, seconds=round(time.monotonic() - started, 3))


def _facts(rebuilt: Rebuilt, request: MeasureRequest, heldout: HeldOutImages) -> dict[str, Any]:
    digest = combined_digest(digests) if (digests := rebuilt.base_digests()) else None
    facts: dict[str, Any] = {
        "rebuilt": True,
        "not_finite": not rebuilt.finite,
        "base_weights_digest": digest,
        "base_weights_are": next((name for name, wanted in request.wanted_weights.items() if wanted == digest), None),
    }
    if request.earlier_base:
        facts["feature_extraction_base_is"] = _earlier_base(request)
    shape = _input(rebuilt.model, request)
    if isinstance(shape, str):
        return {**facts, "problem": shape}
    facts |= _agreement(rebuilt, request)
    batch, size = shape
    scale = request.pipeline_scale
    if scale is None and request.pipeline_range is not None:
        scale = scaling.scale_from_range(*request.pipeline_range)
    facts |= _probed(rebuilt, request, scale, size, batch)
    if request.heldout is None:
        return facts
    problem = None
    if size[2] != 3:
        problem = f"the model takes images of {size[2]} channels; the held-out images have 3"
    elif scale is None:
        problem = f"the data pipeline scales pixels in a way that is not known here ({_told(request)})"
    if problem is not None or scale is None:
        return {**facts, "problem": problem}
    if not request.predicts:
        return facts
    images, labels = heldout.load(request.heldout, request.classes, size[0], size[1])
    try:
        outputs = predict(rebuilt.model, images, scale, batch)
    except Exception as error:  # noqa: BLE001 -- a hostile model may fail in any way
        return {**facts, "problem": f"the model fails on the held-out images: {type(error).__name__}: {error}"[:500]}
    return {**facts, **_scored(rebuilt, request, outputs, labels)}


def _earlier_base(request: MeasureRequest) -> str | None:
    """Read the arrays and compare their digests: a name alone proves nothing about what was exported."""
    try:
        with array_files.opened(request.arrays) as files:
            digest = combined_digest(array_digest(files.read(ref)) for ref in request.earlier_base)
    except EvidenceError:
        return None
    return next((name for name, wanted in request.wanted_weights.items() if wanted == digest), None)


def _agreement(rebuilt: Rebuilt, request: MeasureRequest) -> dict[str, Any]:
    """How far the rebuilt model's answers to test pictures are from the kernel's."""
    asked = request.probe
    if asked is None:
        return {}
    try:
        mine = probe.answers(rebuilt.model, asked.height, asked.width, asked.minimum, asked.maximum)
    except Exception:  # noqa: BLE001 -- a model that fails on pictures has that named when it is measured
        return {}
    if mine is None or len(mine) != len(asked.outputs):
        return {"probe_difference": 1.0}
    ours, theirs = np.asarray(mine), np.asarray(asked.outputs)
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return {"probe_difference": float(not np.array_equal(np.isfinite(ours), np.isfinite(theirs)))}
    size = max(float(np.abs(ours).max(initial=0)), float(np.abs(theirs).max(initial=0)), 0.01)
    return {"probe_difference": round(float(np.abs(ours - theirs).max(initial=0)) / size, 6)}


def _scored(rebuilt: Rebuilt, request: MeasureRequest, outputs: Any, labels: Any) -> dict[str, Any]:
    if isinstance(outputs, list | tuple | dict):
        return {"problem": f"the model has {len(outputs)} outputs"}
    result = predictions.score(
        outputs,
        labels,
        classes=len(request.classes),
        activation=predictions.last_activation(rebuilt.graph),
        loss=request.loss,
        loss_from_logits=request.loss_from_logits,
    )
    if isinstance(result, str):
        return {"problem": result}
    spread = None
    if result.minimum is not None and result.maximum is not None:
        spread = Range(minimum=result.minimum, maximum=result.maximum)
    swapped = None if result.swapped_correct is None else result.swapped_correct / result.examples
    return {
        "accuracy": result.correct / result.examples,
        "correct": result.correct,
        "examples": result.examples,
        "labels_swapped_accuracy": swapped,
        "constant_prediction": result.constant,
        "not_finite": result.not_finite or not rebuilt.finite,
        "threshold": result.threshold,
        "output_kind": result.kind,
        "output_range": spread,
    }


def _probed(
    rebuilt: Rebuilt,
    request: MeasureRequest,
    scale: scaling.Scale | None,
    size: tuple[int, int, int],
    batch: int | None,
) -> dict[str, Any]:
    base = rebuilt.base
    if base is None:
        return {}
    wanted = scaling.wanted_range(base.backbone, base.include_preprocessing) if base.backbone else None
    pixels = scaling.ends(scale) if scale is not None else None
    if pixels is None and request.pipeline_range is not None:
        low, high = request.pipeline_range
        pixels = Range(minimum=low, maximum=high) if np.isfinite([low, high]).all() else None
    facts: dict[str, Any] = {"wanted_base_input_range": wanted, "pipeline_range": pixels}
    if pixels is None:
        return facts
    try:
        facts["base_input_range"] = probing.base_input_range(rebuilt, pixels, size, batch or 3)
        facts["base_input_scale"] = probing.base_input_scale(rebuilt, pixels, size, batch or 2)
        effect = probing.augmentation_effect(rebuilt, pixels, size, batch or PROBES)
        facts["idle_layers"] = (
            *probing.idle_augmentation(rebuilt, pixels, size, batch or PROBES),
            *probing.idle_head(rebuilt, pixels, size, batch or 1),
        )
    except Exception as error:  # noqa: BLE001 -- a hostile model may fail in any way; what was found so far stays
        return {**facts, "problem": f"the part before the base fails: {type(error).__name__}: {error}"[:500]}
    if effect is not None:
        facts["augmentation_changes_training"], facts["augmentation_changes_prediction"] = effect
    return facts


def predict(model: Any, images: np.ndarray[Any, Any], scale: scaling.Scale, batch: int | None) -> Any:
    """The model's outputs for pixels in [0, 255], scaled as its data pipeline scaled them.

    Eager calls on batches: for one pass over a few hundred images, tracing a graph costs more than it saves.

    Args:
        model: a Keras model with one image input.
        images: shape (n, height, width, 3), float32.
        scale: of the data pipeline.
        batch: the batch size the model is built for, if it is.

    Returns:
        An array with n rows; for a model with several outputs, the structure that Keras returned for the first batch.
    """
    step = batch or max(1, min(BATCH, BATCH_PIXELS // (images.shape[1] * images.shape[2])))
    rows = []
    for start in range(0, len(images), step):
        part = images[start : start + step]
        missing = step - len(part) if batch else 0
        part = np.concatenate([part, np.repeat(part[-1:], missing, axis=0)]) if missing else part
        if scale != scaling.UNCHANGED:
            part = part * np.float32(scale[0]) + np.float32(scale[1])
        outputs = model(part, training=False)
        if isinstance(outputs, list | tuple | dict):
            return outputs
        rows.append(np.asarray(outputs, np.float32)[: step - missing])
    return np.concatenate(rows)


def _input(model: Any, request: MeasureRequest) -> tuple[int | None, tuple[int, int, int]] | str:
    """Batch size if fixed, and height, width, channels of the model's input, or why there is no such thing."""
    inputs = model.inputs
    if len(inputs) != 1:
        return f"the model has {len(inputs)} inputs"
    batch, *shape = inputs[0].shape
    if len(shape) != 3:
        return f"the model takes no images: its input has shape {(batch, *shape)}"
    height, width, channels = shape
    wanted = request.image_size or (None, None)
    height, width = height or wanted[0], width or wanted[1]
    if not height or not width or not channels:
        return "the model takes images of any size, and the size it was trained with is not known"
    if max(height, width) > 1024:
        return f"the model takes images of {height} × {width} pixels"
    return batch, (height, width, channels)


def _told(request: MeasureRequest) -> str:
    if request.pipeline_range is None:
        return "no training batch was seen"
    low, high = request.pipeline_range
    return f"a training batch lay between {low:g} and {high:g}"
