"""Facts from evidence: what was measured or observed; where nothing was, what the source states."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from grader.checks.augmentation import may_hide
from grader.checks.findings import Finding
from grader.checks.graded import (
    after_base,
    base_fits,
    base_node,
    base_record,
    before_base,
    has_base,
    one_per_channel,
    started,
    structure_strength,
    training_fit,
)  # fmt: skip
from grader.checks.output import activation_behind
from grader.checks.registry import CHECKS
from grader.evidence.model import BaseRecord, Evidence, Fit, Node, Substitution
from grader.facts.doubts import other_motion
from grader.facts.flow import acts_elsewhere
from grader.facts.model import UNKNOWN, Fact, Facts, unknown
from grader.facts.outlined import HEAD_UNREAD, own_pooling
from grader.facts.stated import stated_facts
from grader.models.published_weights import is_imagenet_file, is_module, trained_on_imagenet
from grader.source.tracing import read_outline

POOLING = {
    "GlobalAveragePooling2D": "gap", "GlobalMaxPooling2D": "gmp", "Flatten": "flatten", "Mean": "gap", "Max": "gmp",
    "Amax": "gmp",
}  # fmt: skip
WINDOWED = {"AveragePooling2D": "gap", "MaxPooling2D": "gmp"}
"""Pooling whose window may be as large as the feature map."""
PREPROCESSING = {
    "right_range": "right", "scaled_twice": "scaled twice", "only_0_1": "only [0, 1]", "not_scaled": "not scaled",
    "wrong_range": "other range",
}  # fmt: skip
LOSS_WRONG = frozenset(
    {
        "sigmoid_with_from_logits", "softmax_with_from_logits", "logits_without_from_logits", "softmax_one_unit",
        "categorical_with_one_unit", "sigmoid_with_categorical", "wrong_activation", "label_shape", "wrong_loss",
    }
)  # fmt: skip


KNOWN_SETS = ("flower_photos", "kagglecatsanddogs", "petimages", "cats_and_dogs_filtered")
"""Parts of the names of published archives and folders: what stands in for them has their classes."""


def read_facts(evidence: Evidence) -> Facts:
    """The facts of one submission. Pure: evidence in, facts out."""
    stated = stated_facts(evidence)
    if not has_base(evidence):
        return stated
    seen = _seen(evidence, stated)
    # A model that was built and never trained still has its training stated in the source.
    return Facts(**{name: _better(fact, getattr(stated, name)) for name, fact in seen.items()})


def _better(seen: Fact | None, stated: Fact) -> Fact:
    """What was seen; what the source states where nothing was seen, or it could not be told from what was."""
    if seen is None or (seen.value == UNKNOWN and stated.value != UNKNOWN):
        return stated
    return seen


def _seen(evidence: Evidence, stated: Facts) -> dict[str, Fact | None]:
    graded, strength = evidence.graded, structure_strength(evidence)
    base, record = base_node(evidence), base_record(evidence)
    place = base.place if base is not None else None
    fit = training_fit(evidence)
    fit = fit if fit is not None and started(fit) else None
    # Where the base hides in a layer of the notebook's own making, nothing tells what lies before it and what behind.
    readable = graded is not None and base is not None
    backbone = (graded.backbone if graded else None) or (record.backbone if record else None)
    nested = base is not None and base.training_argument is False
    return {
        "backbone": Fact(value=backbone, strength=strength, place=place, reason=_of_hub(record)) if backbone else None,
        "include_top": _include_top(evidence),
        "weights": _weights(evidence),
        "frozen_at_first_fit": _frozen(fit),
        "fine_tunes": _fine_tunes(evidence, fit),
        "flip": _augmentation(evidence, fit, "flip") if readable else None,
        "rotation": _augmentation(evidence, fit, "rotat") if readable else None,
        "pooling": _pooling(evidence) if readable else None,
        "dropout": _dropout(evidence) if readable else None,
        "head": _head(evidence, stated.head) if readable else None,
        "loss_matches_output": _loss(evidence),
        "base_training_false": Fact(value="yes" if nested else "no", strength=strength, place=place)
        if readable and base is not None
        else None,
        "preprocessing": _preprocessing(evidence),
    }


def _of_hub(record: BaseRecord | None) -> str:
    return "a TF-Hub module" if record is not None and is_module(record.weights) else ""


def _findings(evidence: Evidence, name: str) -> tuple[Finding, ...]:
    """What a check finds with its default parameters: facts and marks must never tell different stories."""
    check = CHECKS[name]
    return check.find(evidence, check.parameters(), cast(Any, None))


def _include_top(evidence: Evidence) -> Fact | None:
    graded, record, base = evidence.graded, base_record(evidence), base_node(evidence)
    place = base.place if base is not None else None
    if graded is not None and graded.include_top is not None:
        value = "yes" if graded.include_top else "no"
        made_with_top = record is not None and record.include_top
        if (made_with_top and not graded.include_top) or (graded.include_top and graded.cut_at is not None):
            # Dense layers of its own may be left; the classifier is gone.
            value = "cut off"
        return Fact(value=value, strength=structure_strength(evidence), place=place)
    if record is None:
        return None
    return Fact(value="yes" if record.include_top else "no", strength="observed", place=record.place)


def _weights(evidence: Evidence) -> Fact | None:
    record, measured = base_record(evidence), evidence.measurement
    place = record.place if record is not None else None
    if record is not None and is_module(record.weights):
        value = "imagenet" if trained_on_imagenet(str(record.weights)) else "other"
        why = f"asked for (the TF-Hub module {record.weights}); the network of keras.applications stood in"
        return Fact(value=value, strength="observed", place=place, reason=why)
    if measured is not None and measured.base_weights_are is not None:
        return Fact(value="imagenet", strength="verified", place=place, reason=measured.base_weights_are)
    if record is None:
        return None
    if record.pack_weights is not None:
        return Fact(value="imagenet", strength="observed", place=place, reason=record.pack_weights)
    if record.weights is None:
        if any(finding.code == "unknown_weights" for finding in _findings(evidence, "base_without_top")):
            # Others were loaded, or should have been: what the source says of them is all that is known.
            return None
        return Fact(value="none", strength="observed", place=place)
    if record.weights == "imagenet" or is_imagenet_file(record.weights):
        why = f"asked for ({record.weights}); our asset pack does not hold these weights, so nothing was compared"
        return Fact(
            value="imagenet", strength="stated" if not record.substituted else "observed", place=place, reason=why
        )
    return Fact(value="other", strength="observed", place=place, reason=record.weights)


def _frozen(fit: Fit | None) -> Fact | None:
    if fit is None or fit.base is None:
        return None
    state = fit.base
    value = "no" if state.frozen == "yes" and state.moved else state.frozen
    reason = "marked as frozen, yet its weights changed" if value != state.frozen else ""
    return Fact(value=value, strength="observed", place=fit.place, reason=reason)


def _fine_tunes(evidence: Evidence, first: Fit | None) -> Fact | None:
    if first is None:
        return None
    later = [f for f in base_fits(evidence) if f.index > first.index and f.base is not None and f.base.frozen != "yes"]
    if later:
        return Fact(value="yes", strength="observed", place=later[0].place)
    if any(error.place.code_cell for error in evidence.run.errors):
        return None
    return Fact(value="no", strength="observed")


def _augmentation(evidence: Evidence, fit: Fit | None, word: str) -> Fact | None:
    strength = structure_strength(evidence)
    layers = [node for node in before_base(evidence) if word in node.class_name.lower()]
    if layers:
        return Fact(value="in-model", strength=strength, place=layers[0].place)
    if fit is None:
        # Nothing was trained, so no data pipeline was seen.
        return None
    for each in (fit, *(other for other in base_fits(evidence) if other is not fit)):
        # As in the check `augmentation`: a later training on augmented images counts as well.
        seen = [name for name in each.data.pipeline_operations if word in name] if each.data is not None else []
        if seen and each.data is not None:
            where = "ImageDataGenerator" if each.data.kind == "ImageDataGenerator" else "ds.map"
            return Fact(value=where, strength="observed", place=each.place, reason=", ".join(seen)[:200])
    doubt = other_motion(evidence, "flip" if word == "flip" else "rotation")
    if doubt is not None and may_hide(evidence):
        return doubt
    made = [s for s in evidence.statements if s.topic == "augmentation" and word in str(s.settings).lower()]
    if made and not _augments_another(evidence, fit, word):
        return Fact(value="unused", strength=strength, place=made[0].place)
    return Fact(value="none", strength=strength)


def _augments_another(evidence: Evidence, fit: Fit, word: str) -> bool:
    """Whether what was made acts on another model that is trained: then it is no loose end of this one."""
    others = [other for other in evidence.fits if other.model_uid != fit.model_uid and other.data is not None]
    if any(word in operation for other in others if other.data for operation in other.data.pipeline_operations):
        return True
    return acts_elsewhere(read_outline(evidence.cells), "flip" if word == "flip" else "rotation")


def _pooling(evidence: Evidence) -> Fact:
    strength = structure_strength(evidence)
    base, record = base_node(evidence), base_record(evidence)
    inside = (base.settings.get("pooling") if base is not None else None) or (record.pooling if record else None)
    if inside in ("avg", "max"):
        # A Flatten behind it finds nothing left to flatten.
        value = "gap" if inside == "avg" else "gmp"
        return Fact(value=value, strength=strength, place=base.place if base else None, reason="inside the base")
    for node in after_base(evidence):
        if node.class_name in POOLING:
            return Fact(value=POOLING[node.class_name], strength=strength, place=node.place)
        if node.class_name in WINDOWED and base is not None and one_per_channel(node, base):
            return Fact(
                value=WINDOWED[node.class_name], strength=strength, place=node.place, reason="its window is whole"
            )
    made_with_top = record is not None and record.include_top
    whole = evidence.graded is not None and evidence.graded.include_top is True
    if (
        made_with_top
        and base is not None
        and (whole or (base.output_shape is not None and len(base.output_shape) == 2))
    ):
        # Its own pooling lies inside the base then.
        own = own_pooling(record.backbone if record is not None else "", base.place)
        return own.model_copy(update={"strength": strength})
    return Fact(value="none", strength=strength)


def _dropout(evidence: Evidence) -> Fact:
    layers = [node for node in after_base(evidence) if "Dropout" in node.class_name]
    rates = ", ".join(_short(node.settings.get("rate")) for node in layers)
    return Fact(value=rates or "none", strength=structure_strength(evidence), place=_first_place(layers))


def _head(evidence: Evidence, stated: Fact) -> Fact:
    nodes = after_base(evidence)
    layers = [node for node in nodes if node.class_name == "Dense"]
    words = ", ".join(f"Dense({_short(n.settings.get('units'))}, {activation_behind(n, nodes)})" for n in layers)
    if HEAD_UNREAD in stated.reason and any(_other_classes(each) for each in evidence.run.substitutions):
        return unknown(f"{words} here; how many units follows from data that the asset pack does not hold")
    return Fact(value=words or "none", strength=structure_strength(evidence), place=_first_place(layers[-1:]))


def _other_classes(stood_in: Substitution) -> bool:
    """Whether what stood in may have another number of classes; data sets known by name have their own."""
    asked = stood_in.asked
    if stood_in.kind == "data":
        return not (asked.startswith(("tfds.load(", "keras.datasets.")) or any(s in asked.lower() for s in KNOWN_SETS))
    # What lies on Drive is asked for by itself once it is used.
    return stood_in.kind == "missing" and not asked.endswith(".h5") and not asked.startswith("google.colab.")


def _loss(evidence: Evidence) -> Fact | None:
    for finding in _findings(evidence, "output_and_loss"):
        place = finding.places[0] if finding.places else None
        if finding.code == "agree":
            return Fact(value="yes", strength=finding.strength, place=place)
        if finding.code in LOSS_WRONG:
            return Fact(value="no", strength=finding.strength, place=place, reason=finding.code)
    return None


def _preprocessing(evidence: Evidence) -> Fact | None:
    for finding in _findings(evidence, "preprocessing"):
        if finding.code in PREPROCESSING:
            place = finding.places[0] if finding.places else None
            reason = finding.values.get("got", "")
            return Fact(value=PREPROCESSING[finding.code], strength=finding.strength, place=place, reason=reason)
        if finding.code == "not_measured":
            return unknown(finding.values.get("why", "not measured"))
    return None


def _first_place(nodes: Iterable[Node]) -> Any:
    return next((node.place for node in nodes), None)


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
