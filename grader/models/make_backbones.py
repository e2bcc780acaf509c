"""Make `backbones.json`: build every network of `keras.applications` without weights and note its fingerprints.

    python -m grader.models.make_backbones              # all
    python -m grader.models.make_backbones RegNet       # those that begin so; the others stay as they are in the file

Needs TensorFlow, `tf_keras` and no network. The networks of Keras 3 are built inside its `StatelessScope`, in which
variables are declared and not filled, so that all of them together take about a minute and little memory. Those that
only Keras 2 has (RegNet and ResNet-RS) are really built, one after the other: some four minutes and 2 GB.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import operator
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from grader.models.call_records import MODEL_CLASSES
from grader.models.calls import Calls
from grader.models.fingerprints import LENGTH, fingerprint_at
from grader.models.flattening import flatten

WIDTHS = {
    "MobileNet": (0.25, 0.5, 0.75, 1.0),
    "MobileNetV2": (0.35, 0.5, 0.75, 1.0, 1.3, 1.4),
    "MobileNetV3Large": (0.75, 1.0),
    "MobileNetV3Small": (0.75, 1.0),
}
"""The width factors for which ImageNet weights exist (docstrings of `keras.applications`)."""

_SIZE = {"NASNetLarge": {"input_shape": (331, 331, 3)}, "NASNetMobile": {"input_shape": (224, 224, 3)}}
"""Where layers depend on whether two sizes are equal (`keras/src/applications/nasnet.py`): unknown, all are."""


def main() -> None:
    """Write the table next to this module."""
    beginnings = tuple(sys.argv[1:])
    target = Path(__file__).with_name("backbones.json")
    kept: dict[str, Any] = json.loads(target.read_text("utf-8")) if beginnings else {"weighted": [], "backbones": []}
    backbones = [entry for entry in kept["backbones"] if not entry["name"].startswith(beginnings)]
    weighted: set[str] = set(kept["weighted"])
    for name, settings in architectures():
        if beginnings and not name.startswith(beginnings):
            continue
        entry = describe(name, settings, weighted)
        backbones.append(entry)
        sys.stderr.write(f"{name} {settings}: {len(entry['features']) // LENGTH} calls\n")
    document = {
        "source": "keras.applications, tf_keras.applications",
        "weighted": sorted(weighted),
        "backbones": sorted(backbones, key=operator.itemgetter("name")),
    }
    target.write_text(json.dumps(document, indent=0) + "\n", "utf-8")


def architectures() -> Iterator[tuple[str, dict[str, Any]]]:
    """Names in `keras.applications` and those of Keras 2 besides, with each width factor and with and without
    preprocessing of their own."""
    for name in sorted({**_networks(_keras_2()), **_networks(_keras_3())}):
        build = _built_by(name)
        has_choice = "include_preprocessing" in inspect.signature(build).parameters
        for alpha in WIDTHS.get(name, (None,)):
            width = {} if alpha is None else {"alpha": alpha}
            for choice in (True, False) if has_choice else (None,):
                yield name, width if choice is None else {**width, "include_preprocessing": choice}


def describe(name: str, settings: dict[str, Any], weighted: set[str]) -> dict[str, Any]:
    """The table's entry for one architecture; adds the classes that own weights to `weighted`."""
    bare, _ = _fingerprints(name, settings, include_top=False, weighted=weighted)
    whole, names = _fingerprints(name, settings, include_top=True, weighted=weighted)
    features = dict.fromkeys(bare)
    top = [[call_name, value] for call_name, value in zip(names, whole, strict=True) if value not in features]
    return {
        "name": name,
        "alpha": settings.get("alpha"),
        "include_preprocessing": settings.get("include_preprocessing"),
        "end": bare[-1],
        "top": top,
        "features": "".join(features),
    }


def _keras_3() -> Any:
    import keras

    return keras


def _keras_2() -> Any:
    import tf_keras

    return tf_keras


def _networks(keras: Any) -> dict[str, Callable[..., Any]]:
    found = {name: getattr(keras.applications, name) for name in dir(keras.applications) if name[0].isupper()}
    return {name: build for name, build in found.items() if inspect.isfunction(build)}


def _built_by(name: str) -> Callable[..., Any]:
    return _networks(_keras_3()).get(name) or _networks(_keras_2())[name]


def _fingerprints(
    name: str, settings: dict[str, Any], *, include_top: bool, weighted: set[str]
) -> tuple[list[str], list[str]]:
    from keras.src import backend

    build = _built_by(name)
    of_keras_3 = name in _networks(_keras_3())
    with backend.StatelessScope() if of_keras_3 else contextlib.nullcontext():
        model = build(weights=None, include_top=include_top, **_SIZE.get(name, {}), **settings)
        config = _keras_3().saving.serialize_keras_object(model) if of_keras_3 else json.loads(model.to_json())
        weighted.update(type(layer).__name__ for layer in model._flatten_layers(include_self=False) if layer.weights)
    weighted.difference_update(MODEL_CLASSES)
    (_keras_3() if of_keras_3 else _keras_2()).backend.clear_session()
    return of_whole_model(flatten(json.loads(json.dumps(config))))


def of_whole_model(graph: Calls) -> tuple[list[str], list[str]]:
    """Fingerprints and names of all calls of a model with one input, its output last."""
    entry = next((position, 0) for position, call in enumerate(graph.calls) if call.class_name == "InputLayer")
    found: dict[int, str] = {}
    for position, call in enumerate(graph.calls):
        if call.class_name == "InputLayer":
            continue
        value = fingerprint_at(graph, position, entry, found)
        if value is None:
            raise AssertionError(f"{call.id} does not depend on the input alone")
        found[position] = value
    last = graph.outputs[0][0]
    order = [position for position in found if position != last] + [last]
    return [found[position] for position in order], [graph.calls[position].name for position in order]


if __name__ == "__main__":
    main()
