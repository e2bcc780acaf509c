"""Where trained weights come from: from one recorded training to the next nothing may change them unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from grader.evidence.model import Contradiction
from grader.execution.recorder.digest import array_digest
from grader.execution.timeline import FitEvent, LayerEntry
from grader.observation.agreement.case import Case, contradiction
from grader.observation.fits import ObservedFit

ASSIGNING = re.compile(r"\bset_weights\b|\bload_weights\b|\.assign\(|\bload_own_variables\b")

STARTS_AT_ZERO = frozenset({"Dense", "Conv2D", "SeparableConv2D", "DepthwiseConv2D"})
"""Layers whose last weight is a bias that Keras sets to zero. Training moves it with the first step."""


def check_weights(case: Case) -> Iterator[Contradiction]:
    """Only trainings of the graded model, and of models that share layers with it, say where its weights come from."""
    graded = {entry.uid for fit in case.fits if _is_graded(case, fit) for entry in fit.event.layers}
    seen: dict[int, list[str]] = {}
    for fit in case.fits:
        changed, stale, unknown = [], [], []
        for entry in fit.event.layers:
            if not entry.after:
                continue
            if entry.uid in graded and entry.before:
                if entry.uid not in seen:
                    start = _start_of_bias(case, entry)
                    stale += [entry.path[-1]] if _not_fresh(fit, entry, start) else []
                    unknown += [entry.path[-1]] if start is None and _in_head(fit, entry) else []
                elif seen[entry.uid] != entry.before:
                    changed.append(entry.path[-1])
            seen[entry.uid] = list(entry.after)
        if changed:
            yield contradiction(
                "changed_between_trainings", "weights", f"The weights of {_listed(changed)} are not those with which "
                "the training before this one ended: something else than `fit` changed them.", fit.fit.place,
            )  # fmt: skip
        if stale:
            yield contradiction(
                "trained_elsewhere", "weights", f"The weights of {_listed(stale)} were not fresh when their first "
                "recorded training began: they were trained or loaded somewhere else.", fit.fit.place,
            )  # fmt: skip
        if unknown:
            yield contradiction(
                "start_unknown", "weights", f"The biases of {_listed(unknown)} begin with numbers of the notebook's "
                "own choice, so nobody can see whether these layers were fresh when their training began.",
                fit.fit.place,
            )  # fmt: skip
        if _is_graded(case, fit) and fit.event.callbacks and ASSIGNING.search(case.sources()):
            yield contradiction(
                "assigned_in_training", "weights", f"The notebook assigns weights, and this training ran with code of "
                f"its own in it ({_listed(fit.event.callbacks)}), which may have done so.", fit.fit.place,
            )  # fmt: skip


def _is_graded(case: Case, fit: ObservedFit) -> bool:
    return case.chosen is not None and fit.event.uid == case.chosen.event.uid


def _in_head(fit: ObservedFit, entry: LayerEntry) -> bool:
    """Whether it is a layer with a bias, outside the base. The base is compared with the pack's weights elsewhere."""
    members = set() if fit.base is None else {fit.base.uid, *fit.base.layers}
    return entry.uid not in members and entry.class_name in STARTS_AT_ZERO and len(entry.before) == len(entry.after) > 1


def _not_fresh(fit: ObservedFit, entry: LayerEntry, start: float | None) -> bool:
    """A new layer of the head whose bias is not what its configuration starts with."""
    if start is None or not _in_head(fit, entry):
        return False
    bias = _weight(fit.event, entry.after[-1])
    if bias is None or len(bias[0]) != 1 or bias[0][0] > 1_000_000:
        return False
    try:
        fresh = array_digest(np.full(bias[0], start, np.dtype(bias[1])))
    except (TypeError, ValueError, OverflowError):
        return False
    return entry.before[-1] != fresh


def _start_of_bias(case: Case, entry: LayerEntry) -> float | None:
    """What the bias begins with, by the exported configuration, from which the model is rebuilt; None for chance.

    Keras' default is zero; a constant says its value. Source: `keras.initializers`.
    """
    settings = _settings(case.config, entry.class_name, entry.path[-1])
    initializer = settings.get("bias_initializer")
    name = initializer.get("class_name") if isinstance(initializer, dict) else initializer
    if name is None or (isinstance(name, str) and name.casefold() == "zeros"):
        return 0.0
    if isinstance(name, str) and name.casefold() == "ones":
        return 1.0
    inner = initializer.get("config") if isinstance(initializer, dict) else None
    value = inner.get("value") if name == "Constant" and isinstance(inner, dict) else None
    return float(value) if isinstance(value, int | float) else None


def _settings(config: Any, class_name: str, name: str) -> Mapping[str, Any]:
    """The settings of that layer, wherever it lies in the model's configuration; empty when it is not there."""
    waiting = [config]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Mapping):
            inner = found.get("config")
            if found.get("class_name") == class_name and isinstance(inner, Mapping) and inner.get("name") == name:
                return inner
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
    return {}


def _weight(event: FitEvent, digest: str) -> tuple[tuple[int, ...], str] | None:
    """Shape and dtype of a recorded weight."""
    return next(((tuple(ref.shape), ref.dtype) for ref in event.weights if ref.digest == digest), None)


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name[:60]}`" for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more layers"
