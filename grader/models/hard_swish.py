"""Hard-swish written out as four calls becomes the one activation it is.

hard_swish(x) = x * relu6(x + 3) / 6 (A. Howard et al., "Searching for MobileNetV3", ICCV 2019, section 5.2). Keras 3
writes `Activation("hard_silu")`, Keras 2 an addition, a `ReLU(6.)` and two multiplications
(`tf_keras/src/applications/mobilenet_v3.py`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from grader.models.calls import Call, Calls, Tensor

_ADDING = frozenset({"__operators__.add", "math.add", "Add"})
_MULTIPLYING = frozenset({"__operators__.mul", "math.multiply", "Multiply"})


def fold_hard_swish(graph: Calls) -> Calls:
    """The same model with every written-out hard-swish as one `Activation`; the model itself where there is none.

    The three calls inside are left out. Where anything else takes what one of them gives, all four stay as they are.
    """
    consumers = graph.consumers()
    ends = {position for position, _ in graph.outputs}
    ends |= {position for container in graph.containers.values() for position, _ in container.outputs}
    folded: dict[int, Call] = {}
    left_out: set[int] = set()
    for position, call in enumerate(graph.calls):
        chain = _chain(graph, call)
        if chain is None or any(len(consumers[inner]) != 1 or inner in ends for inner in chain):
            continue
        source = graph.calls[chain[0]].inputs[0]
        settings = {"name": call.name, "activation": "hard_silu"}
        folded[position] = replace(call, class_name="Activation", settings=settings, inputs=(source,))
        left_out.update(chain)
    return _without(graph, folded, left_out) if folded else graph


def _chain(graph: Calls, product: Call) -> tuple[int, int, int] | None:
    """Positions of `x + 3`, `relu6` and `/ 6` where `product` multiplies `x` with the last of them."""
    if _operation(product) not in _MULTIPLYING or len(product.inputs) != 2:
        return None
    for source, (sixth, _) in (product.inputs, product.inputs[::-1]):
        scaled = graph.calls[sixth]
        if not (_operation(scaled) in _MULTIPLYING and _constant(scaled, 1 / 6)):
            continue
        limited = scaled.inputs[0][0]
        if not _is_relu6(graph.calls[limited]):
            continue
        shifted = graph.calls[limited].inputs[0][0]
        moved = graph.calls[shifted]
        if _operation(moved) in _ADDING and _constant(moved, 3.0) and moved.inputs[0] == source:
            return shifted, limited, sixth
    return None


def _operation(call: Call) -> str:
    return str(call.settings.get("function")) if call.class_name == "TFOpLambda" else call.class_name


def _constant(call: Call, wanted: float) -> bool:
    """Whether a call takes one tensor and that number."""
    if len(call.inputs) != 1 or len(call.constants) != 1:
        return False
    value = call.constants[0]
    return isinstance(value, int | float) and math.isclose(value, wanted, rel_tol=1e-4)


def _is_relu6(call: Call) -> bool:
    settings = call.settings
    return (
        call.class_name == "ReLU"
        and len(call.inputs) == 1
        and settings.get("max_value") == 6
        and not settings.get("negative_slope")
        and not settings.get("threshold")
    )


def _without(graph: Calls, folded: Mapping[int, Call], left_out: set[int]) -> Calls:
    """The graph with other calls at some positions and without those at others, counted anew."""
    kept = [position for position in range(len(graph.calls)) if position not in left_out]
    now = {old: new for new, old in enumerate(kept)}

    def moved(tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple((now[position], output) for position, output in tensors)

    calls = (folded.get(position, graph.calls[position]) for position in kept)
    return Calls(
        tuple(replace(call, inputs=moved(call.inputs)) for call in calls),
        moved(graph.outputs),
        {
            name: replace(each, inputs=moved(each.inputs), outputs=moved(each.outputs))
            for name, each in graph.containers.items()
        },
        {(now[position], output): shape for (position, output), shape in graph.shapes.items() if position in now},
    )
