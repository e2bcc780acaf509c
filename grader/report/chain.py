"""The graded model as a chain of steps, from the picture to the answer."""

from __future__ import annotations

from dataclasses import dataclass

from grader.evidence.model import BaseState, Evidence, GradedModel, Node, Role, Scalar
from grader.report.visible_text import prose
from grader.report.wording import counted, grouped, number

MOST_STEPS = 40
MOST_SETTINGS = 8

_TITLES: dict[Role, str] = {
    "input": "Input",
    "augmentation": "Augmentation",
    "preprocessing": "Preprocessing",
    "base": "Base",
    "pooling": "Pooling",
    "regularisation": "Dropout",
    "head": "Head",
    "other": "Other steps",
}


_UNTOLD = frozenset(
    {"dtype", "factor_low", "factor_high", "fill_mode", "backbone", "include_top", "layers", "nested", "cut_at", "seed"}
)
"""Settings that are said in other words beside the drawing, or that no student chose."""


@dataclass(frozen=True, slots=True)
class Step:
    """One node: the class in plain type, its settings in small type."""

    name: str
    settings: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """Neighbouring nodes with one role."""

    title: str
    role: Role
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """The model as drawn; `facts` are sentences under it; `unused` are nodes off the path."""

    links: tuple[Link, ...]
    unused: tuple[Step, ...]
    facts: tuple[str, ...]


def draw(evidence: Evidence) -> Chain | None:
    """The chain of the graded model; None when no model was found or it could not be read."""
    graded = evidence.graded
    if graded is None or not graded.nodes:
        return None
    used = [node for node in graded.nodes if node.on_path]
    left = len(used) - MOST_STEPS
    links: list[Link] = []
    for node in used[:MOST_STEPS]:
        step = _step(node, evidence)
        title = _TITLES[node.role]
        if links and links[-1].role == node.role:
            links[-1] = Link(title, node.role, (*links[-1].steps, step))
        else:
            links.append(Link(title, node.role, (step,)))
    unused = tuple(_step(node, evidence) for node in graded.nodes if not node.on_path)[:MOST_STEPS]
    facts = [_size(graded)]
    if left > 0:
        facts.append(f"{counted(left, 'more step')} not drawn.")
    if any(len(node.inputs) > 1 for node in used):
        facts.append("Some steps join several branches. They are drawn one after the other.")
    return Chain(tuple(links), unused, tuple(facts))


def _size(graded: GradedModel) -> str:
    trainable = grouped(graded.trainable_parameters)
    return f"{counted(graded.parameters, 'parameter')}; trainable at the end: {trainable}."


def _step(node: Node, evidence: Evidence) -> Step:
    name = prose(node.class_name, 60)
    told = [(key, value) for key, value in node.settings.items() if key not in _UNTOLD and value not in (None, False)]
    settings = [f"{prose(key, 40)} {_value(value)}" for key, value in told[:MOST_SETTINGS]]
    if node.training_argument is not None:
        settings.append(f"training={node.training_argument}")
    facts: tuple[str, ...] = ()
    if node.role == "base" and evidence.graded is not None and node.on_path:
        name = prose(evidence.graded.backbone or node.class_name, 60)
        facts = tuple(_base_facts(evidence.graded, evidence))
    if node.output_shape is not None:
        settings.append(f"→ {_shape(node.output_shape)}")
    return Step(name, " · ".join(settings), facts)


def _base_facts(graded: GradedModel, evidence: Evidence) -> list[str]:
    facts: list[str] = []
    if graded.include_top is not None:
        facts.append("with its 1000-class top" if graded.include_top else "without its top")
    if graded.cut_at is not None:
        facts.append(f"cut at {prose(graded.cut_at, 60)}")
    first = evidence.feature_extraction()
    if first is not None and first.base is not None:
        facts.append(frozen_words(first.base))
    return facts


def frozen_words(base: BaseState) -> str:
    """What the flags said about the base during one `fit`, and what its weights did."""
    if base.frozen == "yes":
        return "marked as frozen, but its weights changed" if base.moved else "frozen: its weights did not change"
    if base.frozen == "partial":
        return f"partly frozen: {base.frozen_layers} of {base.layers} layers"
    return "not frozen: its weights changed" if base.moved else "not frozen, though its weights did not change"


def _value(value: Scalar) -> str:
    if isinstance(value, float):
        return number(value, 4)
    return prose(str(value), 60)


def _shape(shape: tuple[int | None, ...]) -> str:
    """Without the batch: `160 × 160 × 3`."""
    return " × ".join("any" if size is None else number(size) for size in shape[1:8]) or "one number"
