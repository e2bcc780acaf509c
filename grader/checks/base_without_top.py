"""Is the base the right pre-trained network, without its classifier?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from grader.checks.findings import A_THIRD, Finding, FindingKind, Findings, Parameters, check
from grader.checks.graded import (
    base_node,
    base_record,
    changed_before_training,
    has_base,
    structure_strength,
)
from grader.checks.places import distinct, observed_else_stated
from grader.checks.unseen import (
    FEATURES_BEFOREHAND,
    NOT_REACHED,
    absence_strength,
    features_beforehand,
    not_reached,
)  # fmt: skip
from grader.checks.wording import listed
from grader.evidence.model import BaseRecord, Evidence, Place, Strength
from grader.models.published_weights import is_module, trained_on_imagenet

if TYPE_CHECKING:
    from grader.rubric.model import Criterion


class BaseWithoutTop(Parameters):
    """What the lab asks of the base."""

    backbones: Annotated[tuple[str, ...], Field(min_length=1)] = ("MobileNetV2",)
    """Architectures that count, as named in `keras.applications`."""
    related: tuple[str, ...] = ()
    """Other architectures that this lab prices apart, as `related_backbone`."""
    include_top: Annotated[bool, Field(strict=True)] = False
    """Whether the base keeps its own classifier."""
    pretrained: Annotated[bool, Field(strict=True)] = True
    """Whether the base must start from the asset pack's pre-trained weights."""


KINDS = (
    FindingKind("right_base", 0.0, "The model stands on {backbone} {top} its top, {weights}.",
                values=("backbone", "top", "weights")),
    FindingKind(
        "top_cut_off", 0.0,
        "The network was made with its top and then cut open before it: the effect is the same.",
    ),
    FindingKind(
        "related_backbone", 0.0,
        "The model stands on {backbone}, which does the same work as {wanted} here.",
        values=("backbone", "wanted"),
    ),
    FindingKind(
        "other_backbone", A_THIRD,
        "The model stands on {backbone}; the lab asks for {wanted}.",
        "Load {wanted} from keras.applications instead, with its own preprocessing.",
        values=("backbone", "wanted"),
    ),
    FindingKind(
        "top_kept", 1.0,
        "The base still has its 1000-way ImageNet classifier, so your head sees class scores and not image features.",
        "Pass `include_top=False` when you create the base.",
    ),
    FindingKind(
        "top_missing", 1.0, "The base has no top, but the lab asks for one.", "Pass `include_top=True`.",
    ),
    FindingKind(
        "random_weights", 1.0,
        "The base starts from random weights (`weights={given}`), so there is nothing learned to transfer.",
        'Pass `weights="imagenet"` when you create the base.',
        values=("given",),
    ),
    FindingKind(
        "unknown_weights", "review",
        "Where the base's weights come from could not be established: {why}.",
        'Use `weights="imagenet"` and train the model that contains this base.',
        values=("why",),
    ),
    FindingKind(
        "unknown_backbone", "review",
        "The model has a pre-trained base, but its architecture was not recognised.",
        "Use a network from keras.applications.",
    ),
    FindingKind(
        "construction_failed", "review",
        "Creating {backbone} failed: {error}. This may be the grading machine's fault, so a person looks at it.",
        values=("backbone", "error"),
    ),
    FindingKind(
        "base_unused", 1.0,
        "{backbone} is created, but no trained model contains it.",
        "Put the base into the model that you train: call it on your inputs.",
        values=("backbone",), absent=True, explains=False,
    ),
    FindingKind(
        "no_base", 1.0,
        "No pre-trained base was found in the notebook.",
        "Create one with `tf.keras.applications.{wanted}(include_top=False, weights=\"imagenet\")`.",
        values=("wanted",), absent=True, explains=False,
    ),
    NOT_REACHED,
    FEATURES_BEFOREHAND,
)  # fmt: skip


@check(BaseWithoutTop, *KINDS)
def base_without_top(evidence: Evidence, parameters: BaseWithoutTop, _criterion: Criterion) -> Findings:
    """The model stands on the pre-trained base the lab asks for, without its classifier."""
    if not has_base(evidence):
        return (_missing(evidence, parameters),)
    backbone = _backbone(evidence)
    places = _places(evidence)
    if backbone is None:
        return (Finding("unknown_backbone", strength="observed", places=places),)
    known = structure_strength(evidence)
    findings: list[Finding] = []
    if other := backbone_code(backbone, parameters):
        values = {"backbone": backbone, "wanted": listed(parameters.backbones)}
        findings.append(Finding(other, values, known, places))
    findings += _of_top(evidence, parameters, known, places)
    weights = _of_weights(evidence, places) if parameters.pretrained else Finding("pretrained", strength=known)
    if weights.code != "pretrained":
        findings.append(weights)
    if any(finding.code != "top_cut_off" for finding in findings):
        return tuple(findings)
    values = {
        "backbone": backbone,
        "top": "with" if parameters.include_top else "without",
        "weights": "starting from pre-trained weights" if parameters.pretrained else "as asked",
    }
    return (Finding("right_base", values, weights.strength, places), *findings)


def _missing(evidence: Evidence, parameters: BaseWithoutTop) -> Finding:
    failed = next((base for base in evidence.bases if base.error), None)
    if failed is not None and all(base.error for base in evidence.bases):
        values = {"backbone": failed.backbone, "error": (failed.error or "").rstrip(".")}
        return Finding("construction_failed", values, "observed", distinct([failed.place]))
    waiting = not_reached(evidence, "base")
    if waiting is not None:
        return waiting
    apart = features_beforehand(evidence)
    if apart is not None:
        return apart
    made = [base for base in evidence.bases if not base.error]
    if made:
        places = distinct(base.place for base in made)
        return Finding("base_unused", {"backbone": made[-1].backbone}, "observed", places)
    return Finding("no_base", {"wanted": parameters.backbones[0]}, absence_strength(evidence))


def _backbone(evidence: Evidence) -> str | None:
    if evidence.graded is not None and evidence.graded.backbone is not None:
        return evidence.graded.backbone
    record = base_record(evidence)
    return record.backbone if record else None


def backbone_code(backbone: str, parameters: BaseWithoutTop) -> str:
    """The finding for an architecture that the lab does not ask for; empty where it does."""
    if backbone in parameters.backbones:
        return ""
    return "related_backbone" if backbone in parameters.related else "other_backbone"


def _of_top(
    evidence: Evidence, parameters: BaseWithoutTop, known: Strength, places: tuple[Place, ...]
) -> list[Finding]:
    record = base_record(evidence)
    built = evidence.graded.include_top if evidence.graded else None
    has_top = built if built is not None else (record.include_top if record else None)
    if built and evidence.graded is not None and evidence.graded.cut_at is not None and not parameters.include_top:
        # Dense layers of the network's own are left (VGG's fc1 and fc2), the 1000-way classifier is gone.
        return [Finding("top_cut_off", places=places)]
    if has_top is None or has_top == parameters.include_top:
        cut = has_top is False and record is not None and record.include_top
        return [Finding("top_cut_off", places=places)] if cut else []
    return [Finding("top_kept" if has_top else "top_missing", {}, known, places)]


def _of_weights(evidence: Evidence, places: tuple[Place, ...]) -> Finding:
    """Where the weights come from, by their digest; the argument alone proves nothing.

    The rebuilt base proves it as long as the base was never fine-tuned; after that, the digest right after
    construction does, if training began from it. Where others stood in for published weights that the pack lacks, what
    was asked for is known all the same, if training began from what stood in.
    """
    measurement, record = evidence.measurement, base_record(evidence)
    if measurement is not None and measurement.base_weights_are is not None:
        return Finding("pretrained", strength="verified")
    if record is None:
        why = "the base was not made by keras.applications"
        return Finding("unknown_weights", {"why": why}, "observed", places)
    if record.pack_weights is not None:
        if changed_before_training(evidence, record):
            why = "they were changed between the base's creation and its first training"
            return Finding("unknown_weights", {"why": why}, "observed", places)
        return Finding("pretrained", strength="observed")
    if record.substituted:
        # Who asks by a name that means one thing would have got it: that our pack lacks it is not the notebook's.
        if _known_by_name(record) and not changed_before_training(evidence, record):
            return Finding("pretrained", strength="observed")
        why = f"our asset pack does not hold {record.backbone} with {record.weights}, so random weights stood in"
        return Finding("unknown_weights", {"why": why}, "observed", places)
    if record.weights is None:
        if changed_before_training(evidence, record):
            why = "the base was created with random weights, and others were loaded before training"
            return Finding("unknown_weights", {"why": why}, "observed", places)
        if _loading_failed(evidence):
            why = "the cell that loads them failed"
            return Finding("unknown_weights", {"why": why}, "observed", places)
        return Finding("random_weights", {"given": "None"}, "observed", places)
    why = f"the weights asked for ({record.weights}) are not the ones in the asset pack"
    return Finding("unknown_weights", {"why": why}, "observed", places)


def _known_by_name(record: BaseRecord) -> bool:
    """Whether only one set of weights can be meant by what was asked for."""
    return record.weights == "imagenet" or (is_module(record.weights) and trained_on_imagenet(str(record.weights)))


def _loading_failed(evidence: Evidence) -> bool:
    """Whether the notebook says that weights are loaded, in a cell that did not come to its end."""
    return any("load_weights(" in cell.source for cell in evidence.cells if cell.kind == "code" and cell.status != "ok")


def _places(evidence: Evidence) -> tuple[Place, ...]:
    record, node = base_record(evidence), base_node(evidence)
    return observed_else_stated(evidence, [record.place if record else None, node.place if node else None], "base")
