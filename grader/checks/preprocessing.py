"""Do the images reach the base in the range it was trained with?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from grader.checks.findings import Finding, FindingKind, Findings, Parameters, check
from grader.checks.graded import NO_MODEL, base_node, base_record, before_base, has_base, training_fit
from grader.checks.places import observed_else_stated
from grader.checks.unseen import (
    FEATURES_BEFOREHAND,
    NOT_REACHED,
    absence_strength,
    features_beforehand,
    not_reached,
)  # fmt: skip
from grader.checks.wording import number
from grader.evidence.model import Evidence, Node, Place, Range, Strength
from grader.models.scaling import wanted_range

if TYPE_CHECKING:
    from grader.rubric.model import Criterion


class Preprocessing(Parameters):
    """How exactly the range must fit."""

    tolerance: Annotated[float, Field(ge=0, le=0.5, strict=True)] = 0.1
    """How far each end may lie outside the wanted range, as a fraction of that range's width."""


_RANGES = ("got", "wanted", "backbone")
_RIGHT_WAY = "Use the `preprocess_input` that belongs to {backbone}, once, on pixels from 0 to 255."

KINDS = (
    FindingKind("right_range", 0.0, "Images reach the base in the range it was trained with ({wanted}).",
                values=_RANGES),
    FindingKind(
        "scaled_twice", 1.0,
        "Images are scaled twice: {got} reaches the base, where {backbone} wants {wanted}. To the base all pictures "
        "look almost the same.",
        "Keep one of the two: remove your own `/255` (or `Rescaling`) or the `preprocess_input`.",
        values=_RANGES,
    ),
    FindingKind(
        "only_0_1", 0.5,
        "Images are scaled to {got}, but {backbone} was trained with {wanted}.",
        _RIGHT_WAY, values=_RANGES,
    ),
    FindingKind(
        "not_scaled", 1.0,
        "Images reach the base unscaled ({got}); {backbone} was trained with {wanted}.",
        _RIGHT_WAY, values=_RANGES,
    ),
    FindingKind(
        "wrong_range", 1.0,
        "Images reach the base as {got}; {backbone} was trained with {wanted}.",
        _RIGHT_WAY, values=_RANGES,
    ),
    FindingKind(
        "not_measured", "review",
        "What range reaches the base could not be measured ({why}), so a person looks at it.",
        values=("why",),
    ),
    NO_MODEL,
    NOT_REACHED,
    FEATURES_BEFOREHAND,
)  # fmt: skip

_LEAVE_VALUES = ("Identity", "Resizing", "CenterCrop", "Cropping2D", "Cast", "Reshape")


@check(Preprocessing, *KINDS)
def preprocessing(evidence: Evidence, parameters: Preprocessing, _criterion: Criterion) -> Findings:
    """Images reach the base in the range it was trained with."""
    if not has_base(evidence):
        # Some bases scale by themselves: where the source makes one, what reaches it is open until it has been seen.
        waiting = not_reached(evidence, "preprocessing", "base")
        waiting = waiting or features_beforehand(evidence)
        return (waiting or Finding("no_model", strength=absence_strength(evidence)),)
    backbone = _backbone(evidence)
    wanted = _wanted(evidence, backbone)
    arriving, delivered = _arriving(evidence), _pipeline(evidence)
    empty = delivered is not None and delivered.minimum == delivered.maximum
    if wanted is None or arriving is None or empty:
        waiting = not_reached(evidence, "preprocessing")
        why = f"nothing is known about the input of {backbone}" if wanted is None else _why_unknown(evidence)
        if empty and delivered is not None:
            # An array that was never filled, say, because the files for it are not here.
            why = f"the images that were seen hold nothing but the number {delivered.minimum:g}"
        return (waiting or Finding("not_measured", {"why": why}, places=_places(evidence)),)
    got, strength = arriving
    code = compare(got, delivered, wanted, parameters.tolerance)
    values = {"got": _written(got), "wanted": _written(wanted), "backbone": backbone}
    return (Finding(code, values, strength, _places(evidence)),)


def compare(got: Range, pipeline: Range | None, wanted: Range, tolerance: float) -> str:
    """Name what happened to the images, as the code of a finding.

    Args:
        got: what reaches the base when the ends of `pipeline` go in.
        pipeline: range of what the data pipeline delivered; None where unknown.
        wanted: what the base was trained with.
        tolerance: fraction of the wanted width by which each end may lie outside.

    Pipelines that deliver pixels (ends above 2, nothing below 0) rarely deliver both 0 and 255 in one batch, so for
    them the line through both ends is drawn on to 0 and 255. For pipelines that scale by themselves nothing says what
    black would have been; there the range must lie inside the wanted one and fill its outer thirds.
    """
    width = wanted.maximum - wanted.minimum
    slack = tolerance * width
    pixels = pipeline is not None and pipeline.minimum > -0.5 and pipeline.maximum > max(2, pipeline.minimum)
    low, high = _to_all_pixels(got, pipeline) if pixels and pipeline is not None else (got.minimum, got.maximum)
    inside = low >= wanted.minimum - slack and high <= wanted.maximum + slack
    reach = slack if pixels else 0.35 * width
    if inside and low <= wanted.minimum + reach and high >= wanted.maximum - reach:
        return "right_range"
    if high - low < 0.05 * min(width, 2.0) or _divided_again(low, high, wanted):
        return "scaled_twice"
    if low >= -0.05 and 0.3 < high <= 1.1:
        return "only_0_1"
    if low >= -5 and 100 < high < 1000:
        return "not_scaled"
    return "wrong_range"


def _divided_again(low: float, high: float, wanted: Range) -> bool:
    """Whether what the base wants was divided by 255 once more (as `rescale=1/255` does after `preprocess_input`)."""
    least, most = wanted.minimum / 255, wanted.maximum / 255
    slack = 0.1 * (most - least)
    return least - slack <= low < -slack and slack < high <= most + slack and high - low > 0.6 * (most - least)


def _to_all_pixels(got: Range, pipeline: Range) -> tuple[float, float]:
    slope = (got.maximum - got.minimum) / (pipeline.maximum - pipeline.minimum)
    black = got.minimum - slope * pipeline.minimum
    return black, black + 255 * slope


def _arriving(evidence: Evidence) -> tuple[Range, Strength] | None:
    """What reaches the base: measured, or worked out from the observed data and the layers on its way."""
    measurement = evidence.measurement
    if measurement is not None and _usable(measurement.base_input_range):
        assert measurement.base_input_range is not None
        return measurement.base_input_range, "verified"
    arriving = _delivered(evidence)
    if arriving is None or base_node(evidence) is None:
        # A model that hides its graph may scale inside: what the pipeline delivers says nothing then.
        return None
    for node in before_base(evidence):
        if node.role in ("input", "augmentation"):
            continue
        line = _line(node)
        if line is None:
            return None
        scale, offset = line
        ends = (arriving.minimum * scale + offset, arriving.maximum * scale + offset)
        arriving = Range(minimum=min(ends), maximum=max(ends))
    return arriving, "observed"


def _line(node: Node) -> tuple[float, float] | None:
    """A step's `(scale, offset)`; None where it is no straight line that its settings tell."""
    if node.class_name in _LEAVE_VALUES:
        return 1.0, 0.0
    if node.class_name == "Rescaling":
        scale, offset = node.settings.get("scale"), node.settings.get("offset", 0.0)
        known = isinstance(scale, int | float) and isinstance(offset, int | float)
        return (float(scale), float(offset)) if known else None  # type: ignore[arg-type]
    operand = node.settings.get("operand")
    if not isinstance(operand, int | float) or node.settings.get("operand_first"):
        return None
    # Keras 2 has one class for all of them, and names the function of TensorFlow.
    word = str(node.settings.get("function", "")).rsplit(".", 1)[-1] or node.class_name.lower()
    lines = {"subtract": (1.0, -operand), "add": (1.0, operand), "multiply": (operand, 0.0)}
    lines |= {"sub": lines["subtract"], "radd": lines["add"], "mul": lines["multiply"]}
    if word in ("truedivide", "truediv", "divide") and operand:
        return 1.0 / operand, 0.0
    return lines.get(word)


def _pipeline(evidence: Evidence) -> Range | None:
    measurement = evidence.measurement
    if measurement is not None and _usable(measurement.pipeline_range):
        return measurement.pipeline_range
    return _delivered(evidence)


def _delivered(evidence: Evidence) -> Range | None:
    fit = training_fit(evidence)
    if fit is None or fit.data is None or fit.data.minimum is None or fit.data.maximum is None:
        return None
    delivered = Range(minimum=fit.data.minimum, maximum=fit.data.maximum)
    return delivered if _usable(delivered) else None


def _usable(span: Range | None) -> bool:
    return span is not None and math.isfinite(span.minimum) and math.isfinite(span.maximum)


def _why_unknown(evidence: Evidence) -> str:
    measurement = evidence.measurement
    if measurement is None:
        return "the model was not rebuilt"
    return measurement.problem or "the model could not be probed"


def _backbone(evidence: Evidence) -> str:
    record = base_record(evidence)
    named = evidence.graded.backbone if evidence.graded else None
    return named or (record.backbone if record else None) or "the base"


def _wanted(evidence: Evidence, backbone: str) -> Range | None:
    measurement = evidence.measurement
    if measurement is not None and _usable(measurement.wanted_base_input_range):
        return measurement.wanted_base_input_range
    base = base_node(evidence)
    if base is not None and base.settings.get("include_preprocessing") is False:
        return None
    return wanted_range(backbone, None)


def _written(span: Range) -> str:
    return f"[{number(span.minimum)}, {number(span.maximum)}]"


def _places(evidence: Evidence) -> tuple[Place, ...]:
    scaling = [node.place for node in before_base(evidence) if node.role == "preprocessing"]
    return observed_else_stated(evidence, scaling, "preprocessing")
