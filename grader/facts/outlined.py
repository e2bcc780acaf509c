"""Facts read from what the code builds, followed step by step without running it (`grader.source.tracing`)."""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.output import ACTIVATION_LAYERS
from grader.evidence.model import Place, Scalar
from grader.facts.flow import followed_augmentation, followed_preprocessing
from grader.facts.model import Fact, unknown
from grader.source.outline import Base, FitNote, Layer, Model, Outline, Step

POOLING = {
    "GlobalAveragePooling2D": "gap", "GlobalAvgPool2D": "gap", "GlobalMaxPooling2D": "gmp", "GlobalMaxPool2D": "gmp",
    "Flatten": "flatten", "reduce_mean": "gap", "reduce_max": "gmp",
}  # fmt: skip
HEAD_UNREAD = "how many units cannot be read"
UNREAD = "the source does not state it in a way that can be read"


def outlined(outline: Outline) -> dict[str, Fact]:
    """Facts by name; empty where no model on a base could be followed. What is not in it was not settled."""
    model, first = outline.graded()
    step = None if model is None else model.base_step()
    if model is None or step is None or not isinstance(step.thing, Base):
        return {}
    base, calls = step.thing, model.flat()
    after = calls[max(position for position, call in enumerate(calls) if call.thing is base) + 1 :]
    facts = {
        "backbone": _backbone(base),
        "include_top": _include_top(base, step, after),
        "frozen_at_first_fit": _frozen(first),
        "fine_tunes": _fine_tunes(outline, first),
        "pooling": _pooling(base, after),
        "base_training_false": _said("yes" if step.training is False else "no", base.place),
        **_of_head(model, after),
    }
    if first is None and outline.trained_unread:
        # Something is trained, and it may be this model.
        for name in ("frozen_at_first_fit", "fine_tunes"):
            facts[name] = unknown("the model that is trained cannot be followed")
    elif outline.trained_unread and outline.loaded_unread and facts["fine_tunes"].value == "no":
        facts["fine_tunes"] = unknown("a model is loaded from a file and trained; which it is cannot be followed")
    whole = first is not None and not after and base.settings.get("include_top") is True
    if not whole and not any(isinstance(call.thing, Layer) and call.thing.class_name == "Dense" for call in after):
        # A head that could not be followed says nothing about what is not in it.
        for name in ("pooling", "dropout", "head", "loss_matches_output"):
            if name in facts and facts[name].value in ("none", "unknown"):
                del facts[name]
    for name in ("flip", "rotation"):
        found = followed_augmentation(outline, name)
        if found is not None:
            facts[name] = found
    scaled = followed_preprocessing(outline)
    if scaled is not None:
        facts["preprocessing"] = scaled
    return facts


def on_features(outline: Outline) -> dict[str, Fact]:
    """Facts of the head where it is a model of its own, trained on what a base made beforehand: the one trained last,
    unless it looks at images itself."""
    model = outline.fits[-1].model
    steps = model.flat()
    looks = any("Conv" in each.thing.class_name for each in steps if isinstance(each.thing, Layer))
    return {} if looks or not _layers(steps, "Dense") else _of_head(model, steps)


def _of_head(model: Model, after: Sequence[Step]) -> dict[str, Fact]:
    """Facts of a model's layers behind its base, pooling aside."""
    facts = {
        "dropout": _dropout(after),
        "head": _head(_layers(after, "Dense"), after),
        "loss_matches_output": _loss(model, after),
    }
    for name, layer in (("head", "Dense"), ("dropout", "Dropout")):
        if any(call.repeated and isinstance(call.thing, Layer) and layer in call.thing.class_name for call in after):
            facts[name] = unknown("the head's layers stand in a loop, so that they cannot be counted")
    return facts


def graded_base(outline: Outline) -> Base | None:
    """The base of the graded model."""
    model, _ = outline.graded()
    step = None if model is None else model.base_step()
    return step.thing if step is not None and isinstance(step.thing, Base) else None


def _said(value: str, place: Place | None, reason: str = "") -> Fact:
    return Fact(value=value, strength="stated", place=place, reason=reason)


def _backbone(base: Base) -> Fact:
    if base.settings.get("hub"):
        if base.backbone == "TF-Hub module":
            return unknown("a TF-Hub module that is not one of keras.applications")
        return _said(base.backbone, base.place, "a TF-Hub module")
    if base.settings.get("preset"):
        return _said(base.backbone, base.place, f"KerasHub's {base.settings['preset']}")
    return _said(base.backbone, base.place)


def _include_top(base: Base, step: Step, after: Sequence[Step]) -> Fact:
    given = base.settings.get("include_top")
    if not isinstance(given, bool):
        return unknown(UNREAD)
    if given and step.how == "cut" and after:
        return _said("cut off", base.place)
    return _said("yes" if given else "no", base.place)


def _frozen(first: FitNote | None) -> Fact:
    if first is None:
        return _said("never fitted", None)
    if first.frozen == "unknown":
        return unknown("which of its layers are frozen cannot be read")
    place = first.frozen_at if first.frozen != "no" else first.place
    return _said(first.frozen, place or first.place)


def _fine_tunes(outline: Outline, first: FitNote | None) -> Fact:
    if first is None:
        return _said("no", None)
    fits = [fit for fit in outline.fits if fit.base is first.base and fit is not first]
    later = [fit for fit in fits if fit.frozen in ("no", "partial")]
    if later:
        return _said("yes", later[0].thawed_at or later[0].place)
    if any(fit.frozen == "unknown" for fit in fits):
        return unknown("which of its layers are trained in the later fit cannot be read")
    if first.in_loop and first.frozen != "yes":
        return unknown("the training stands in a loop: whether there is a later one cannot be read")
    return _said("no", None)


def _pooling(base: Base, after: Sequence[Step]) -> Fact:
    inside = base.settings.get("pooling")
    if inside in ("avg", "max"):
        # A Flatten behind it finds nothing left to flatten.
        why = "inside the module" if base.settings.get("hub") else "inside the base"
        return _said("gap" if inside == "avg" else "gmp", base.place, why)
    for call in after:
        if isinstance(call.thing, Layer) and call.thing.class_name in POOLING:
            return _said(POOLING[call.thing.class_name], call.thing.place)
    if base.settings.get("include_top") is True:
        return own_pooling(base.backbone, base.place)
    return _said("none", base.place)


def own_pooling(backbone: str, place: Place | None) -> Fact:
    """How a network that was made with its top brings its feature map into a vector: VGG flattens, all others average
    (`keras.applications`)."""
    return _said("flatten" if backbone.startswith("VGG") else "gap", place, "the network's own")


def _dropout(after: Sequence[Step]) -> Fact:
    layers = [call.thing for call in after if isinstance(call.thing, Layer) and "Dropout" in call.thing.class_name]
    if not layers:
        return _said("none", None)
    return rates([layer.settings.get("rate", "?") for layer in layers], layers[0].place)


def rates(given: Sequence[Scalar], place: Place | None) -> Fact:
    """Rates of dropout in order; "?" stands for one that cannot be read."""
    words = ", ".join(_short(rate) for rate in given)
    return unknown(f"{words}: a rate cannot be read") if "?" in given else _said(words, place)


def _layers(calls: Sequence[Step], name: str) -> list[Layer]:
    return [call.thing for call in calls if isinstance(call.thing, Layer) and call.thing.class_name == name]


def _activation(after: Sequence[Step], layer: Layer) -> str:
    """Of a dense layer: its own, or that of an `Activation` right behind it, or behind its normalisation."""
    own = layer.settings.get("activation")
    if own not in (None, "linear"):
        return str(own)
    behind = [call.thing for call in after if isinstance(call.thing, Layer)]
    rest = behind[behind.index(layer) + 1 :]
    following = next((each for each in rest if each.class_name != "BatchNormalization"), None)
    if following is None:
        return "linear"
    if following.class_name == "Activation":
        return str(following.settings.get("activation") or "activation")
    return ACTIVATION_LAYERS.get(following.class_name, "linear")


def _head(dense: Sequence[Layer], after: Sequence[Step]) -> Fact:
    if not dense:
        return _said("none", None)
    words = ", ".join(
        f"Dense({_short(layer.settings.get('units', '?'))}, {_activation(after, layer)})" for layer in dense
    )
    if "?" in words:
        return unknown(f"{words}: {HEAD_UNREAD}")
    return _said(words, dense[-1].place)


def _loss(model: Model, after: Sequence[Step]) -> Fact:
    dense = _layers(after, "Dense")
    compiled = model.compiled or {}
    if not dense or not compiled.get("loss"):
        return unknown(UNREAD)
    last, loss = dense[-1], str(compiled["loss"]).lower().replace("_", "")
    units, activation = last.settings.get("units"), _activation(after, last)
    logits = compiled.get("from_logits")
    place = model.compiled_at
    if "entropy" not in loss:
        return unknown("the loss is no cross-entropy")
    if not isinstance(logits, bool):
        return unknown("whether the loss expects logits cannot be read")
    if units == 1 and activation == "softmax":
        return _said("no", place, "softmax over a single unit")
    if units == 1 and "categorical" in loss:
        return _said("no", place, "a loss for several outputs with one output")
    if activation == "sigmoid" and "categorical" in loss:
        return _said("no", place, "a sigmoid for each class, and a loss for one choice among them")
    if activation not in ("linear", "sigmoid", "softmax"):
        return _said("no", place, f"{activation} gives neither logits nor probabilities")
    if (activation != "linear") == logits:
        return _said("no", place)
    if isinstance(units, int) and units > 1 and loss.startswith("binary") and activation == "softmax":
        # Right with one-hot labels, wrong with class numbers: that is seen in the data.
        return _said("yes", place, "provided that the labels are one-hot")
    return _said("yes", place)


def _short(value: Scalar) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
