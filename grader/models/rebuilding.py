"""Rebuild a model from inert data: an admitted configuration and arrays. Needs Keras; runs in the measuring process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.errors import EvidenceError
from grader.models import array_files
from grader.models.admission import admit
from grader.models.backbones import Base, find_bases
from grader.models.calls import Calls
from grader.models.flattening import Unreadable, flatten
from grader.models.inert import inert
from grader.models.measure_request import MeasureRequest, WeightRef


@dataclass(frozen=True)
class Rebuilt:
    """A model of the student's, made anew from inert data."""

    model: Any
    """The Keras model, not compiled."""
    graph: Calls
    base: Base | None
    digests: dict[int, str]
    """`id` of each Keras variable to the digest of its values."""
    finite: bool
    """All weights are finite."""

    def operation(self, path: tuple[str, ...]) -> Any:
        """The layer or operation object that a path of names leads to. Raises KeyError."""
        found = self.model
        for name in path:
            found = next((item for item in parts(found) if item.name == name), None)
            if found is None:
                raise KeyError(path)
        return found

    def base_digests(self) -> list[str]:
        """Digests of the base's weights in layer order; empty without a base."""
        if self.base is None:
            return []
        variables: dict[int, str] = {}
        for position in sorted(self.base.positions):
            operation = self.operation(self.graph.calls[position].path)
            for variable in getattr(operation, "weights", ()):
                variables.setdefault(id(variable), self.digests[id(variable)])
        return list(variables.values())


def parts(model: Any) -> list[Any]:
    """The layers and operations directly inside a Keras model."""
    return list(getattr(model, "operations", None) or model.layers)


def rebuild(request: MeasureRequest) -> Rebuilt:
    """Admit, build and fill a model.

    Raises:
        EvidenceError: the configuration is not admitted, Keras cannot build it, or the weights do not fit.
    """
    admit(request.config)
    array_files.check_total(request.weights)
    try:
        graph = flatten(request.config)
    except Unreadable as error:
        raise EvidenceError(
            expected="a Functional or Sequential model", received=str(error), where="model configuration"
        ) from error
    model = _build(request.config)
    refs = _matched(model, request.weights)
    digests: dict[int, str] = {}
    finite = True
    with array_files.opened(request.arrays) as files:
        for variable, ref in zip(model.weights, refs, strict=True):
            array = files.read(ref)
            finite = finite and bool(np.isfinite(array).all())
            variable.assign(array)
            digests[id(variable)] = ref.digest
    bases = find_bases(graph, request.base_layers)
    return Rebuilt(model, graph, bases[0] if bases else None, digests, finite)


def _build(config: dict[str, Any]) -> Any:
    import keras

    try:
        model = keras.saving.deserialize_keras_object(inert(config), safe_mode=True)
    except Exception as error:  # Keras raises anything on a configuration that does not fit together
        raise EvidenceError(
            expected="a configuration that Keras can build",
            received=f"{type(error).__name__}: {str(error)[:300]}",
            where="model configuration",
        ) from error
    if not isinstance(model, keras.Model) or not model.built:
        raise EvidenceError(
            expected="a model that has been built", received="one whose input shape is unknown", where="model"
        )
    return model


def _matched(model: Any, refs: tuple[WeightRef, ...]) -> tuple[WeightRef, ...]:
    """The references in the order of the rebuilt model's weights: as recorded, or by path where that does not fit."""
    shapes = [tuple(variable.shape) for variable in model.weights]
    if [ref.shape for ref in refs] == shapes:
        return refs
    by_path = {ref.path: ref for ref in refs}
    paths = [getattr(variable, "path", variable.name) for variable in model.weights]
    found = tuple(by_path[path] for path in paths if path in by_path)
    if len(refs) == len(found) and [ref.shape for ref in found] == shapes:
        return found
    raise EvidenceError(
        expected=f"{len(shapes)} weights that fit the model's layers",
        received=f"{len(refs)} weights of other shapes" if len(refs) == len(shapes) else f"{len(refs)} weights",
        where="recorded weights",
        todo="The recorded configuration and the recorded weights are not of the same model.",
    )
