"""Train a student's head anew on features, and measure it. Runs in the measuring process; needs Keras."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from grader.evidence.replay import Replay, ReplayedPhase
from grader.models import predictions
from grader.replay.head_training import HeadTraining
from grader.replay.recipe import REPLAY_GAP, Named, Phase, ReplayRequest

SEED = 20_240_617
LEAST_TRAININGS = 2
MOST_TRAININGS = 8
"""A head on few features (a top that was kept) may reach 50 % from one random start and 95 % from the next. So many are
tried before it is said that a training does not explain a result."""
Array = np.ndarray[Any, Any]


def replay(request: ReplayRequest) -> Replay:
    """Train the head as the student asked for, and measure it on the held-out images' features.

    Returns:
        What came of it. A head that Keras cannot build or train has a `problem` that says why.
    """
    import keras

    started = time.monotonic()
    keras.utils.set_random_seed(SEED)
    try:
        found = _replay(request)
    except Exception as error:  # noqa: BLE001 -- a hostile configuration may fail in any way
        told = f"{type(error).__name__}: {error}"[:400].encode("utf-8", "replace").decode()
        found = Replay(applies=False, problem=f"the head could not be trained again ({told})")
    return found.model_copy(update={"seconds": round(time.monotonic() - started, 3)})


def _replay(request: ReplayRequest) -> Replay:
    recipe = request.recipe
    features, labels = _sample(*_load(request.training), recipe.examples)
    seen, wanted = _load((request.heldout,))
    order = np.asarray(recipe.label_order)
    targets = np.eye(request.classes, dtype=np.float32)[order[labels]] if recipe.one_hot else order[labels]
    loss = recipe.phases[-1].loss
    training = HeadTraining(recipe, features, targets)
    results: list[predictions.Score] = []
    reachable = 0.0
    while len(results) < LEAST_TRAININGS or (len(results) < MOST_TRAININGS and _unexplained(request, reachable)):
        outputs = training.outputs(seen, SEED + len(results))
        result = predictions.score(
            outputs, wanted, classes=request.classes, activation=recipe.activation, loss=loss.class_name,
            loss_from_logits=_from_logits(loss),
        )  # fmt: skip
        if isinstance(result, str):
            return Replay(applies=False, problem=result)
        results.append(result)
        reachable = max(reachable, predictions.best_accuracy(outputs, wanted, result))
    result = results[0]
    swapped = None if result.swapped_correct is None else result.swapped_correct / result.examples
    return Replay(
        applies=True, accuracy=result.correct / result.examples, correct=result.correct, examples=result.examples,
        again=results[1].correct / results[1].examples, reachable=reachable, trainings=len(results),
        constant_prediction=result.constant, not_finite=result.not_finite, labels_swapped_accuracy=swapped,
        phases=tuple(_told(phase) for phase in recipe.phases), training_images=len(features),
        left_out=recipe.left_out, fine_tuned=recipe.fine_tuned, in_place_of=recipe.in_place_of,
    )  # fmt: skip


def _unexplained(request: ReplayRequest, reachable: float) -> bool:
    return request.measured is not None and request.measured - reachable > REPLAY_GAP


def _load(paths: Any) -> tuple[Array, Array]:
    parts = []
    for path in paths:
        with np.load(path, allow_pickle=False) as file:
            parts.append((file["features"].astype(np.float32), file["labels"]))
    return np.concatenate([one for one, _ in parts]), np.concatenate([other for _, other in parts])


def _sample(features: Array, labels: Array, examples: int) -> tuple[Array, Array]:
    if examples >= len(labels):
        return features, labels
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(labels))[:examples])
    return features[chosen], labels[chosen]


def _from_logits(loss: Named) -> bool | None:
    if "Crossentropy" not in loss.class_name:
        return None
    return bool(loss.settings.get("from_logits", False))


def _told(phase: Phase) -> ReplayedPhase:
    rate = phase.optimizer.settings.get("learning_rate")
    return ReplayedPhase(
        epochs=phase.epochs, batch_size=phase.batch_size, optimizer=phase.optimizer.class_name,
        learning_rate=float(rate) if isinstance(rate, int | float) else None, loss=phase.loss.class_name,
    )  # fmt: skip
