"""Reading the graded model: what stands before the base, what after it, and how surely that is known."""

from __future__ import annotations

from collections.abc import Iterable

from grader.checks.findings import FindingKind
from grader.evidence.model import BaseRecord, Evidence, Fit, Node, Strength

NO_MODEL = FindingKind(
    "no_model",
    1.0,
    "There is no trained model with a pre-trained base to look at.",
    "Build a model on a pre-trained base and train it with `fit`; everything else is judged on that model.",
    absent=True,
    explains=False,
)
"""Shared by the checks that look into the graded model."""

UNREADABLE_MODEL = FindingKind(
    "unreadable_model",
    "review",
    "The model could not be read layer by layer ({problem}), so a person looks at it.",
    "A functional or Sequential model of Keras layers can always be read; a custom class often cannot.",
    values=("problem",),
)


def has_base(evidence: Evidence) -> bool:
    """Whether the graded model contains a pre-trained base."""
    graded = evidence.graded
    if graded is None:
        return False
    if graded.base_uid is not None or graded.backbone is not None or base_node(evidence) is not None:
        return True
    return any(fit.contains_base for fit in evidence.graded_fits())


def base_node(evidence: Evidence) -> Node | None:
    """The base as a step of the graded model."""
    if evidence.graded is None:
        return None
    bases = [node for node in evidence.graded.nodes if node.role == "base"]
    same = [node for node in bases if node.uid is not None and node.uid == evidence.graded.base_uid]
    return next(iter(same or bases), None)


def base_record(evidence: Evidence) -> BaseRecord | None:
    """The observed construction of the graded model's base; exploratory ones beside it do not count."""
    graded = evidence.graded
    if graded is None:
        return None
    by_identity = [base for base in evidence.bases if base.uid == graded.base_uid]
    return next(iter(by_identity or [base for base in evidence.bases if base.in_graded_model]), None)


def before_base(evidence: Evidence) -> tuple[Node, ...]:
    """The nodes on the path that feed the base, in the model's order."""
    base = base_node(evidence)
    if base is None or evidence.graded is None:
        return ()
    inputs = {node.id: node.inputs for node in evidence.graded.nodes}
    feeding = _closure(base.inputs, inputs)
    return tuple(node for node in evidence.graded.nodes if node.on_path and node.id in feeding)


def after_base(evidence: Evidence) -> tuple[Node, ...]:
    """The nodes on the path that the base feeds, in the model's order."""
    base = base_node(evidence)
    if base is None or evidence.graded is None:
        return ()
    outputs: dict[str, list[str]] = {}
    for node in evidence.graded.nodes:
        for source in node.inputs:
            outputs.setdefault(source, []).append(node.id)
    fed = _closure(outputs.get(base.id, ()), outputs)
    return tuple(node for node in evidence.graded.nodes if node.on_path and node.id in fed)


def base_fits(evidence: Evidence) -> tuple[Fit, ...]:
    """The fits of models that contain the graded base, in order; experiments with another base do not count."""
    fits = [fit for fit in evidence.fits if fit.contains_base]
    uid = evidence.graded.base_uid if evidence.graded is not None else None
    same = [fit for fit in fits if fit.base is not None and fit.base.uid == uid]
    return tuple(same or fits)


def training_fit(evidence: Evidence) -> Fit | None:
    """The fit in which the base was first trained on: feature extraction, if the base was frozen.

    A call that failed before its first step is no training; it is given only where there is nothing better.
    """
    fits = base_fits(evidence)
    return next((fit for fit in fits if started(fit)), fits[0] if fits else None)


def started(fit: Fit) -> bool:
    """Whether the call got as far as training."""
    if fit.epochs_run == 0 and fit.epochs_requested <= fit.initial_epoch:
        return False  # `epochs=0`
    if fit.error is None or fit.epochs_run > 0:
        return True
    return any(layer.moved for layer in fit.layers) or (fit.base is not None and fit.base.moved)


def one_per_channel(node: Node, base: Node) -> bool:
    """Whether a node gives one value per channel of the base: `(batch, channels)` or `(batch, 1, 1, channels)`."""
    shape, features = node.output_shape, base.output_shape
    if not shape or not features or len(features) != 4 or features[-1] is None or shape[-1] != features[-1]:
        return False
    return len(shape) == 2 or (len(shape) == 4 and shape[1:3] == (1, 1))


def changed_before_training(evidence: Evidence, record: BaseRecord) -> bool:
    """Whether the base had other weights when its first training began than when it was made.

    Told only where the model holds the whole base as it was made: a part of it has another digest.
    """
    fit, graded = training_fit(evidence), evidence.graded
    if fit is None or fit.base is None or record.weights_digest is None or fit.base.uid != record.uid:
        return False
    if graded is None or graded.cut_at is not None or graded.include_top not in (None, record.include_top):
        return False
    return fit.base.digest_before != record.weights_digest


def structure_strength(evidence: Evidence) -> Strength:
    """How surely the layers are known: rebuilt in a clean process, or recorded in the student's kernel."""
    return "verified" if evidence.measurement is not None and evidence.measurement.rebuilt else "observed"


def weakest(strengths: Iterable[Strength]) -> Strength | None:
    """The weakest of them; None of none."""
    order: tuple[Strength, ...] = ("stated", "observed", "verified")
    return min(strengths, key=order.index, default=None)


def _closure(start: Iterable[str], edges: dict[str, tuple[str, ...]] | dict[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(edges.get(name, ()))
    return seen
