"""Is the new head right: global pooling, dropout, one output?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from grader.checks.findings import Finding, FindingKind, Findings, Parameters, check
from grader.checks.graded import (
    NO_MODEL,
    UNREADABLE_MODEL,
    after_base,
    base_node,
    base_record,
    has_base,
    one_per_channel,
    structure_strength,
)
from grader.checks.output import Output, model_output
from grader.checks.places import distinct, observed_else_stated, statements_about
from grader.checks.unseen import (
    FEATURES_BEFOREHAND,
    NOT_REACHED,
    absence_strength,
    features_beforehand,
    not_reached,
)  # fmt: skip
from grader.checks.wording import number
from grader.evidence.model import Evidence, Node, Place, Strength

if TYPE_CHECKING:
    from grader.rubric.model import Criterion

_DENSE = "End the model with {wanted}."

LEAST_RATE = 0.001
"""A dropout that takes out less than one value in a thousand does nothing for a head of some 1,000."""

_REDUCTIONS = ("Mean", "Max", "Amax")
"""Operations that pool when written by hand, such as `tf.reduce_mean(x, axis=[1, 2])`."""


class Head(Parameters):
    """What the lab asks of the head."""

    units: Annotated[tuple[Annotated[int, Field(strict=True, ge=1)], ...], Field(min_length=1)] = (1,)
    """Widths of the last layer that are right."""
    dropout: Annotated[bool, Field(strict=True)] = True
    """Whether there must be dropout."""


KINDS = (
    FindingKind("right_head", 0.0, "The head has {parts}, in that order.", values=("parts",)),
    FindingKind("extra_layers", 0.0, "Between pooling and output there are more layers ({layers}); that costs nothing.",
                values=("layers",)),
    FindingKind(
        "flatten", 0.34,
        "The features are flattened and not pooled, so the head needs many more weights ({units} inputs) and "
        "overfits sooner.",
        "Use `GlobalAveragePooling2D()` after the base.",
        values=("units",),
    ),
    FindingKind(
        "no_pooling", 0.34,
        "Nothing turns the base's feature maps into one vector per image.",
        "Put `GlobalAveragePooling2D()` after the base.",
    ),
    FindingKind(
        "no_dropout", 0.33,
        "There is no dropout between the base and the output, so the head overfits sooner.",
        "Put `Dropout(0.2)` before the last layer.",
    ),
    FindingKind(
        "zero_dropout", 0.33,
        "The dropout layer does nothing ({why}).",
        "Give it a rate above 0, such as 0.2.",
        values=("why",),
    ),
    FindingKind(
        "unused_dropout", 0.33,
        "A dropout layer is created, but it does not lie between the base and the output.",
        "Call it on the pooled features and pass its result on to the last layer.",
    ),
    FindingKind(
        "two_units", 0.17,
        "The last layer is `Dense(2)`. The lab asks for {wanted}.",
        _DENSE,
        values=("wanted",),
    ),
    FindingKind(
        "one_unit", 0.17,
        "The last layer is `Dense(1)`. The lab asks for {wanted}.",
        _DENSE,
        values=("wanted",),
    ),
    FindingKind(
        "other_units", 0.33,
        "The last layer is `Dense({units})`. The lab asks for {wanted}.",
        _DENSE,
        values=("units", "wanted"),
    ),
    FindingKind("no_dense", 0.33, "The model does not end in a `Dense` layer.", _DENSE, values=("wanted",)),
    NO_MODEL,
    UNREADABLE_MODEL,
    NOT_REACHED,
    FEATURES_BEFOREHAND,
)  # fmt: skip


@check(Head, *KINDS)
def head(evidence: Evidence, parameters: Head, _criterion: Criterion) -> Findings:
    """On the base stands a new head: global pooling, dropout and an output of the right width."""
    graded = evidence.graded
    if graded is None or not has_base(evidence):
        waiting = not_reached(evidence, "pooling", "dropout", "classifier")
        waiting = waiting or features_beforehand(evidence)
        return (waiting or Finding("no_model", strength=absence_strength(evidence)),)
    if base_node(evidence) is None:
        problem = graded.problem or "its base could not be located among its layers"
        return (Finding("unreadable_model", {"problem": problem}, "observed"),)
    known = structure_strength(evidence)
    nodes = after_base(evidence)
    looked = {
        "pooling": _pooling(evidence, nodes, known),
        "dropout": _dropout(evidence, nodes, known) if parameters.dropout else None,
        "classifier": _last(evidence, known, parameters.units),
    }
    shortfalls = {topic: finding for topic, finding in looked.items() if finding is not None}
    if shortfalls:
        # What is missing may still stand in a cell that was not reached; what is stated nowhere is missing for good.
        waiting = not_reached(evidence, *shortfalls)
        return (waiting,) if waiting else tuple(shortfalls.values())
    places = observed_else_stated(evidence, [node.place for node in nodes], "pooling", "dropout", "classifier")
    last = model_output(evidence)
    hidden = [node for node in nodes if node.class_name == "Dense" and (last is None or node.id != last.node.id)]
    extra = Finding("extra_layers", {"layers": ", ".join(_written(node) for node in hidden)})
    output = model_output(evidence)
    parts = {"parts": parts_in_words(output.units if output is not None else None, parameters)}
    return (Finding("right_head", parts, known, places), *((extra,) if hidden else ()))


def parts_in_words(units: object, parameters: Head) -> str:
    """What a right head has, ending in `units` outputs."""
    last = "one output" if units == 1 else f"{units} outputs"
    return f"global pooling, dropout and {last}" if parameters.dropout else f"global pooling and {last}"


def _pooling(evidence: Evidence, nodes: tuple[Node, ...], known: Strength) -> Finding | None:
    """None where one vector per image reaches the head by pooling, however that is spelled."""
    base, record = base_node(evidence), base_record(evidence)
    assert base is not None
    if (record is not None and record.pooling in ("avg", "max")) or base.settings.get("pooling") in ("avg", "max"):
        return None
    idle = () if evidence.measurement is None else evidence.measurement.idle_layers
    for node in nodes:
        if node.name in idle:
            continue
        if node.class_name.startswith("Global") or node.class_name in _REDUCTIONS or one_per_channel(node, base):
            return None
    flat = next((node for node in nodes if node.class_name == "Flatten"), None)
    if flat is not None:
        units = flat.output_shape[-1] if flat.output_shape else None
        places = observed_else_stated(evidence, [flat.place], "pooling")
        return Finding("flatten", {"units": str(units) if units else "many"}, known, places)
    return Finding("no_pooling", {}, known, distinct([base.place]))


def _dropout(evidence: Evidence, nodes: tuple[Node, ...], known: Strength) -> Finding | None:
    layers = [node for node in nodes if node.class_name.endswith("Dropout")]
    idle = [_why_idle(evidence, node) for node in layers]
    if any(why is None for why in idle):
        return None
    if layers:
        places = observed_else_stated(evidence, [node.place for node in layers], "dropout")
        return Finding("zero_dropout", {"why": idle[0] or ""}, known, places)
    aside = [node for node in evidence.graded.nodes if node.class_name.endswith("Dropout")] if evidence.graded else []
    stated = [said.place for said in statements_about(evidence, "dropout")]
    if aside or stated:
        return Finding("unused_dropout", {}, known, distinct([*(node.place for node in aside), *stated]))
    return Finding("no_dropout", {}, known)


def _why_idle(evidence: Evidence, node: Node) -> str | None:
    if node.training_argument is False:
        return "it is called with training=False"
    rate = node.settings.get("rate")
    if rate is not None and (rate in (0, "0", "0.0") or (isinstance(rate, int | float) and rate < LEAST_RATE)):
        return f"its rate is {number(float(rate))}"
    measured = evidence.measurement
    if measured is not None and node.name in measured.idle_layers:
        return "measured: nothing of it reaches the output"
    return None


def _last(evidence: Evidence, known: Strength, wanted: tuple[int, ...]) -> Finding | None:
    output: Output | None = model_output(evidence)
    if output is None:
        return Finding("no_dense", {"wanted": _asked(wanted)}, known)
    if output.units in wanted:
        return None
    places = observed_else_stated(evidence, [output.node.place], "classifier")
    return width(output.units, wanted, known, places)


def width(units: object, wanted: tuple[int, ...], known: Strength, places: tuple[Place, ...]) -> Finding:
    """The finding for an output of another width than the lab wants; None: not known which."""
    values = {"units": "…" if units is None else str(units), "wanted": _asked(wanted)}
    code = "one_unit" if units == 1 else "two_units" if units == 2 else "other_units"
    return Finding(code, values, known, places)


def _asked(wanted: tuple[int, ...]) -> str:
    return " or ".join(f"`Dense({each})`" for each in wanted)


def _written(node: Node) -> str:
    units = node.settings.get("units")
    return f"{node.class_name}({units})" if units is not None else node.class_name
