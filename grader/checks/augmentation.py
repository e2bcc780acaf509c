"""Are training images flipped and rotated at random, and only those?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from grader.checks.findings import A_THIRD, Finding, FindingKind, Findings, NoParameters, check
from grader.checks.graded import NO_MODEL, UNREADABLE_MODEL, base_fits, before_base, has_base, structure_strength
from grader.checks.places import distinct, observed_else_stated, statements_about
from grader.checks.unseen import (
    FEATURES_BEFOREHAND,
    NOT_REACHED,
    absence_strength,
    features_beforehand,
    not_reached,
)  # fmt: skip
from grader.checks.wording import listed
from grader.evidence.model import Evidence, Node, Place, Strength

if TYPE_CHECKING:
    from grader.rubric.model import Criterion

Motion = Literal["flip", "rotation"]
_MOTIONS: tuple[Motion, ...] = ("flip", "rotation")
_LAYER = {"flip": "RandomFlip", "rotation": "RandomRotation"}
_WORDS = {"flip": ("flip", "mirror"), "rotation": ("rotat", "rot90")}

_DOORS = {
    "ImageDataGenerator": ("preprocessing_function",),
    "tf.data": ("py_function", "numpy_function", "py_func", "from_generator", "from_tensor_slices"),
}
"""By kind of data, the words for ways by which what other libraries do comes into it; any other kind is open."""

_ADD = "Add `{layer}` to the model before the base."

KINDS = (
    FindingKind("in_model", 0.0, "RandomFlip and RandomRotation act on training images inside the model, "
                "and leave images alone at prediction."),
    FindingKind("in_pipeline", 0.0, "Training images are flipped and rotated at random on their way into the model "
                "({seen}).",
                values=("seen",)),
    FindingKind("in_generator", 0.0, "An ImageDataGenerator flips and rotates training images at random ({seen}).",
                values=("seen",)),
    FindingKind("flip_only", 0.5, "Images are flipped at random, but not rotated.", _ADD, values=("layer",)),
    FindingKind("rotation_only", 0.5, "Images are rotated at random, but not flipped.", _ADD, values=("layer",)),
    FindingKind(
        "unused", 0.5,
        "`{layer}` is created but does not act on the images that the model is trained on.",
        "Call it on the model's inputs (or on the training data) and pass its result on to the base.",
        values=("layer",),
    ),
    FindingKind(
        "no_effect", 0.5,
        "`{layer}` is in the model, but it never changes an image ({why}).",
        "Give it a factor above 0, such as 0.2, and do not call it with `training=False`.",
        values=("layer", "why"),
    ),
    FindingKind(
        "after_base", 0.5,
        "`{layer}` stands after the base, where there are features and no longer images.",
        "Move it before the base.",
        values=("layer",),
    ),
    FindingKind(
        "active_at_prediction", 0.5,
        "Augmentation also changes images at prediction, so the same picture gets a different answer each time.",
        "Call the augmentation layers without `training=True`: Keras then uses them only in training.",
    ),
    FindingKind(
        "augments_validation", A_THIRD,
        "The validation images are augmented too ({seen}), so the validation accuracy is not that of real pictures.",
        "Apply augmentation to the training data only.",
        values=("seen",),
    ),
    FindingKind(
        "unrecognised", "review",
        "Something changes the images at random during training, but a flip and a rotation were not recognised in it.",
        "Use the layers `RandomFlip` and `RandomRotation`.",
    ),
    FindingKind(
        "other_way", "review",
        "The code mirrors or turns pictures by `{call}`; whether training images as well could not be seen.",
        "Use the layers `RandomFlip` and `RandomRotation`.",
        values=("call",),
    ),
    FindingKind(
        "none", 1.0,
        "The training images are not augmented, so the network sees exactly the same pictures in every epoch.",
        "Put `RandomFlip(\"horizontal\")` and `RandomRotation(0.2)` before the base.",
        absent=True, explains=False,
    ),
    NO_MODEL,
    UNREADABLE_MODEL,
    NOT_REACHED,
    FEATURES_BEFOREHAND,
)  # fmt: skip


@check(NoParameters, *KINDS)
def augmentation(evidence: Evidence, _parameters: NoParameters, _criterion: Criterion) -> Findings:
    """Training images are flipped and rotated at random, and only during training."""
    if not has_base(evidence):
        waiting = not_reached(evidence, "augmentation")
        waiting = waiting or features_beforehand(evidence)
        return (waiting or Finding("no_model", strength=absence_strength(evidence)),)
    piped = _pipeline_operations(evidence)
    shortfalls = {motion: _shortfall(evidence, motion) for motion in _MOTIONS if not _in_pipeline(piped, motion)}
    working = [motion for motion in _MOTIONS if shortfalls.get(motion) is None]
    missing = [finding for finding in shortfalls.values() if finding is not None]
    if missing and (other := _other_way(evidence, [motion for motion in _MOTIONS if motion not in working])):
        return (other,)
    if not working:
        doubt = _in_doubt(evidence, explained=any(finding.code == "after_base" for finding in missing))
        if doubt is not None:
            return (doubt,)
    elif missing:
        waiting = not_reached(evidence, "augmentation")
        if waiting is not None:
            return (waiting,)
    if all(finding.code in ("flip_only", "rotation_only") for finding in missing) and not working:
        return (Finding("none", strength=structure_strength(evidence)),)
    misplaced = _outside_training(evidence)
    if missing or misplaced:
        return (*missing, *misplaced)
    return (_right(evidence, shortfalls, piped),)


def _shortfall(evidence: Evidence, motion: Motion) -> Finding | None:
    """Why this motion does not act on training images inside the model; None when it does."""
    assert evidence.graded is not None
    layer, known = _LAYER[motion], structure_strength(evidence)
    nodes = [node for node in evidence.graded.nodes if _is(node, motion)]
    before = {node.id for node in before_base(evidence)}
    acting = [node for node in nodes if node.id in before]
    idle = {node.id: _why_idle(evidence, node) for node in acting}
    if any(why is None for why in idle.values()):
        return None
    if acting:
        values = {"layer": layer, "why": idle[acting[0].id] or ""}
        return Finding("no_effect", values, known, _places(evidence, acting))
    late = [node for node in nodes if node.on_path]
    if late:
        return Finding("after_base", {"layer": layer}, known, _places(evidence, late))
    said = [said for said in statements_about(evidence, "augmentation") if not said.settings.get("other")]
    stated = [each.place for each in said if _mentions(each.detail, motion)]
    if nodes or stated:
        return Finding("unused", {"layer": layer}, known, distinct([*(node.place for node in nodes), *stated]))
    return Finding("rotation_only" if motion == "flip" else "flip_only", {"layer": layer}, known)


def _other_way(evidence: Evidence, missing: list[Motion]) -> Finding | None:
    """Flips and rotations by functions of other libraries, whose way cannot be followed from outside."""
    if not may_hide(evidence):
        return None
    said = [each for each in statements_about(evidence, "augmentation") if each.settings.get("other")]
    found = [each for each in said if any(_mentions(str(each.settings.get("name")), motion) for motion in missing)]
    if not found:
        return None
    return Finding(
        "other_way", {"call": str(found[0].settings.get("name"))}, "stated", distinct(s.place for s in found)
    )


def may_hide(evidence: Evidence) -> bool:
    """Whether functions of other libraries can act on the training images unseen: not in a generator of Keras or a
    `tf.data` pipeline that nothing else feeds."""
    kinds = {fit.data.kind for fit in base_fits(evidence) if fit.data is not None}
    code = "\n".join(cell.source for cell in evidence.cells if cell.kind == "code")
    return not kinds or any(any(word in code for word in _DOORS.get(kind, ("",))) for kind in kinds)


def _why_idle(evidence: Evidence, node: Node) -> str | None:
    measurement = evidence.measurement
    acts = measurement is not None and measurement.augmentation_changes_training
    # Keras 3 hands its own `training` on to every layer of a model, over the literal: what was measured decides.
    if node.training_argument is False and not acts:
        return "it is called with training=False"
    factor = node.settings.get("factor")
    if "rotation" in node.class_name.lower() and factor is not None and _is_zero(factor):
        return "its factor is 0"
    if measurement is not None and (
        measurement.augmentation_changes_training is False or node.name in measurement.idle_layers
    ):
        return "measured: training images come out unchanged"
    return None


def _is_zero(factor: str | float | bool) -> bool:
    if isinstance(factor, str):
        digits = factor.strip("()[] ").replace(",", " ").split()
        return bool(digits) and all(part.strip("-+0.") == "" for part in digits)
    return factor == 0


def _in_doubt(evidence: Evidence, *, explained: bool) -> Finding | None:
    """Reasons to ask a person before saying that nothing is augmented; `explained` if its randomness is known."""
    waiting = not_reached(evidence, "augmentation")
    if waiting is not None:
        return waiting
    graded, measurement = evidence.graded, evidence.measurement
    if graded is not None and graded.problem is not None and not graded.nodes:
        return Finding("unreadable_model", {"problem": graded.problem}, "observed")
    if not explained and measurement is not None and measurement.augmentation_changes_training:
        return Finding("unrecognised", strength="verified", places=_places(evidence, list(before_base(evidence))))
    return None


def _outside_training(evidence: Evidence) -> list[Finding]:
    findings = []
    measurement = evidence.measurement
    always = [node for node in before_base(evidence) if node.role == "augmentation" and node.training_argument is True]
    measured = measurement.augmentation_changes_prediction if measurement is not None else None
    if measured or (measured is None and always):
        strength: Strength = "verified" if measured else "observed"
        places = _places(evidence, always or [node for node in before_base(evidence) if node.role == "augmentation"])
        findings.append(Finding("active_at_prediction", {}, strength, places))
    validated = [fit for fit in base_fits(evidence) if fit.validation is not None]
    seen = [name for fit in validated if fit.validation for name in fit.validation.pipeline_operations if _acts(name)]
    if seen:
        places = distinct(fit.place for fit in validated)
        findings.append(Finding("augments_validation", {"seen": listed(seen)}, "observed", places))
    return findings


def _right(evidence: Evidence, shortfalls: dict[Motion, Finding | None], piped: list[str]) -> Finding:
    if len(shortfalls) < len(_MOTIONS):
        places = observed_else_stated(evidence, [], "augmentation")
        layers = [_LAYER[motion] for motion in shortfalls]
        code = "in_generator" if _by_generator(evidence) else "in_pipeline"
        return Finding(code, {"seen": listed([*piped, *layers])}, "observed", places)
    measurement = evidence.measurement
    measured = measurement is not None and measurement.augmentation_changes_training is True
    nodes = [node for node in before_base(evidence) if node.role == "augmentation"]
    return Finding("in_model", {}, "verified" if measured else "observed", _places(evidence, nodes))


def _pipeline_operations(evidence: Evidence) -> list[str]:
    fits = [fit for fit in base_fits(evidence) if fit.data is not None]
    return list(dict.fromkeys(name for fit in fits if fit.data for name in fit.data.pipeline_operations if _acts(name)))


def _by_generator(evidence: Evidence) -> bool:
    return any(fit.data is not None and fit.data.kind == "ImageDataGenerator" for fit in base_fits(evidence))


def _in_pipeline(operations: list[str], motion: Motion) -> bool:
    return any(_mentions(name, motion) for name in operations)


def _acts(operation: str) -> bool:
    """`rotation_range=0` and `horizontal_flip=False` are settings that do nothing."""
    _, equals, value = operation.partition("=")
    motion = any(_mentions(operation, motion) for motion in _MOTIONS)
    return motion and not (equals and (value.strip() in ("False", "None") or _is_zero(value)))


def _is(node: Node, motion: Motion) -> bool:
    """A layer's class decides: behind the base, where it does not belong, it has no such role."""
    return (node.role == "augmentation" or node.class_name.startswith("Random")) and _mentions(node.class_name, motion)


def _mentions(text: str, motion: Motion) -> bool:
    return any(word in text.lower() for word in _WORDS[motion])


def _places(evidence: Evidence, nodes: list[Node]) -> tuple[Place, ...]:
    return observed_else_stated(evidence, [node.place for node in nodes], "augmentation")
