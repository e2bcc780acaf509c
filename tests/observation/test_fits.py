"""Bases and fits are joined by the identity of objects, whatever they are called."""

from __future__ import annotations

from typing import Any

from grader.execution.timeline import EVENT, Event
from grader.observation.fits import read_fits
from grader.observation.graded import base_layer_names, choose
from grader.observation.places import Places

A, B, C = "a" * 64, "b" * 64, "c" * 64


def base(uid: int, layers: list[int]) -> Event:
    return event(
        event="base", uid=uid, backbone="MobileNetV2", include_top=False, weights="imagenet", pooling=None, alpha=1.0,
        place=None, input_shape=[160, 160, 3], layers=layers, weights_digest=A,
    )  # fmt: skip


def layer(path: str, uid: int, trainable: bool = True, before: str = "", after: str = "") -> dict[str, Any]:
    return {
        "path": path.split("/"), "uid": uid, "class_name": "Conv2D", "trainable": trainable, "parameters": 10,
        "before": [before] if before else [], "after": [after] if after else [],
    }  # fmt: skip


def fit(uid: int, *layers: dict[str, Any], **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "event": "fit", "uid": uid, "name": "model", "class_name": "Functional", "place": None, "config": None,
        "layers": list(layers), "weights": [], "loss": None, "optimizer": {"name": "Adam", "learning_rate": 0.001},
        "metrics": [], "data": None, "validation": None, "epochs_requested": 1, "initial_epoch": 0, "epochs_run": 1,
        "steps_per_epoch": None, "shortened": False, "history": {}, "seconds": 1.0, "error": None,
    }  # fmt: skip
    return event(**{**fields, **changes})


def event(**fields: Any) -> Event:
    return EVENT.validate_python(fields)


NO_CELLS = Places(())


def test_a_nested_base_is_found_and_its_frozen_layers_counted() -> None:
    (observed,) = read_fits(
        [
            base(2, [3, 4]),
            fit(
                1,
                layer("base", 2, False),
                layer("base/a", 3, False, A, A),
                layer("base/b", 4, False, B, B),
                layer("d", 9, True, A, C),
            ),
        ],
        NO_CELLS,
    )
    state = observed.fit.base
    assert state is not None
    assert (state.frozen, state.moved, state.layers, state.frozen_layers) == ("yes", False, 2, 2)
    assert [(entry.name, entry.moved) for entry in observed.fit.layers] == [("d", True)]


def test_a_frozen_model_around_a_layer_freezes_it_in_keras_2() -> None:
    (observed,) = read_fits([base(2, [3]), fit(1, layer("base", 2, False), layer("base/a", 3, True, A, A))], NO_CELLS)
    assert observed.fit.base is not None
    assert observed.fit.base.frozen == "yes"


def test_a_layer_that_was_opened_again_inside_a_frozen_model_trains_in_keras_3() -> None:
    """base.trainable = False; base.get_layer("b").trainable = True"""
    layers = layer("base", 2, False), layer("base/a", 3, False, A, A), layer("base/b", 4, True, B, C)
    (observed,) = read_fits([base(2, [3, 4]), fit(1, *layers, containers_decide=False)], NO_CELLS)
    state = observed.fit.base
    assert state is not None
    assert (state.frozen, state.frozen_layers, state.moved_layers) == ("partial", 1, 1)


def test_a_base_lying_flat_in_the_model_is_found_too() -> None:
    events = [base(2, [3, 4]), fit(1, layer("a", 3, False, A, A), layer("b", 4, True, B, C), layer("d", 9, True, A, C))]
    (observed,) = read_fits(events, NO_CELLS)
    assert observed.fit.base is not None
    assert (observed.fit.base.frozen, observed.fit.base.moved_layers) == ("partial", 1)
    chosen = choose([observed], events)
    assert chosen is not None
    assert base_layer_names(chosen) == {"a", "b"}


def test_an_exploratory_base_next_to_it_is_not_the_one() -> None:
    events = [base(2, [3]), base(20, [30, 31]), fit(1, layer("base", 20), layer("base/a", 30, True, A, A))]
    (observed,) = read_fits(events, NO_CELLS)
    assert observed.base is not None
    assert observed.base.uid == 20


def test_the_transfer_model_is_graded_although_a_toy_was_trained_last() -> None:
    events = [
        base(2, [3]),
        fit(1, layer("base", 2), layer("base/a", 3, True, A, A)),
        fit(7, layer("dense", 8, True, A, B)),
    ]
    chosen = choose(read_fits(events, NO_CELLS), events)
    assert chosen is not None
    assert chosen.event.uid == 1
    assert "1 other trained model was not graded" in chosen.reason


def test_a_model_built_on_a_base_counts_when_the_notebook_stopped_before_training_it() -> None:
    built = event(
        event="model", uid=1, name="m", class_name="Functional", config=None, weights=[],
        layers=[layer("base", 2), layer("base/a", 3, False, "", A)],
    )  # fmt: skip
    events = [base(2, [3]), built, fit(7, layer("dense", 8, True, A, B))]
    chosen = choose(read_fits(events, NO_CELLS), events)
    assert chosen is not None
    assert (chosen.event.uid, chosen.fit) == (1, None)


def test_nothing_trained_nothing_graded() -> None:
    assert choose((), [base(2, [3])]) is None
