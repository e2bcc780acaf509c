from __future__ import annotations

from typing import Any

import pytest

from grader.checks.preprocessing import compare
from grader.evidence.model import Evidence, Range
from grader.models.scaling import wanted_range
from tests.checks.judging import codes, findings, share
from tests.evidence_examples import (
    DROPOUT,
    LOGIT,
    MOBILENET,
    POOLING,
    SCALING,
    base,
    data,
    fit,
    good,
    measured,
    model,
    node,
    nothing,
    stopped_at,
)

PIXELS, TF = Range(minimum=0, maximum=255), Range(minimum=-1, maximum=1)
TAIL = (MOBILENET, POOLING, DROPOUT, LOGIT)


def arrives(low: float, high: float, **changes: Any) -> Evidence:
    return good(measurement=measured(base_input_range=Range(minimum=low, maximum=high), **changes))


def test_the_range_the_base_was_trained_with() -> None:
    (finding,) = findings("preprocessing", good())
    assert (finding.code, finding.strength) == ("right_range", "verified")
    assert "[-1, 1]" in finding.message


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [
        (-1.0, -0.992, "scaled_twice"),  # /255, then preprocess_input
        (-1.008, -0.992, "scaled_twice"),  # preprocess_input twice
        (0.0, 0.0039, "scaled_twice"),  # /255 twice
        (0.0, 1.0, "only_0_1"),
        (0.0, 255.0, "not_scaled"),
        (0.0, 65025.0, "wrong_range"),
        (-123.68, 151.061, "wrong_range"),
        (-0.5, 0.5, "wrong_range"),
    ],
)
def test_mistakes_by_what_arrives(low: float, high: float, code: str) -> None:
    assert codes("preprocessing", arrives(low, high)) == [code]


def test_scaling_to_0_1_is_worth_half() -> None:
    assert share("preprocessing", arrives(0, 1)) == 0.5


def test_pictures_that_are_nowhere_black_or_white_are_no_mistake() -> None:
    evidence = arrives(-0.6, 0.4, pipeline_range=Range(minimum=51, maximum=178.5))
    assert codes("preprocessing", evidence) == ["right_range"]


def test_data_that_is_scaled_in_the_pipeline() -> None:
    assert compare(Range(minimum=-0.98, maximum=0.9), Range(minimum=-0.98, maximum=0.9), TF, 0.1) == "right_range"
    assert compare(Range(minimum=0.02, maximum=0.98), Range(minimum=0.02, maximum=0.98), TF, 0.1) == "only_0_1"


@pytest.mark.parametrize("low_and_high", [(-123.68, 151.061), (-119.4, 140.2)])
def test_means_taken_off_in_the_pipeline_are_no_pixels(low_and_high: tuple[float, float]) -> None:
    low, high = low_and_high
    wanted = wanted_range("VGG16", None)
    assert wanted is not None
    delivered = Range(minimum=low, maximum=high)
    assert compare(delivered, delivered, wanted, 0.1) == "right_range"


@pytest.mark.parametrize(
    ("backbone", "low", "high", "code"),
    [
        ("VGG16", -123.68, 151.061, "right_range"),
        ("VGG16", 0, 1, "only_0_1"),
        ("VGG16", 0, 255, "not_scaled"),
        ("EfficientNetB0", 0, 255, "right_range"),
        ("EfficientNetB0", -1, 1, "wrong_range"),
        ("DenseNet121", -2.118, 2.64, "right_range"),
        ("ResNet50V2", -1, 1, "right_range"),
        ("ResNet50", -1, 1, "wrong_range"),
    ],
)
def test_each_backbone_wants_its_own(backbone: str, low: float, high: float, code: str) -> None:
    wanted = wanted_range(backbone, None)
    assert wanted is not None
    assert compare(Range(minimum=low, maximum=high), PIXELS, wanted, 0.1) == code


def test_a_module_that_wants_0_1_gets_0_1() -> None:
    evidence = arrives(0, 1, wanted_base_input_range=Range(minimum=0, maximum=1))
    assert codes("preprocessing", evidence) == ["right_range"]


def test_without_a_measurement_the_layers_on_the_way_are_worked_out() -> None:
    observed = good(measurement=None)
    assert findings("preprocessing", observed)[0].strength == "observed"
    assert codes("preprocessing", observed) == ["right_range"]
    by_hand = [node("preprocessing", "TrueDivide", operand=127.5), node("preprocessing", "Subtract", operand=1.0)]
    assert codes("preprocessing", good(measurement=None, graded=model(*by_hand, *TAIL))) == ["right_range"]
    keras_2 = [
        node("preprocessing", "TFOpLambda", function="math.truediv", operand=127.5),
        node("preprocessing", "TFOpLambda", function="math.subtract", operand=1.0),
    ]
    assert codes("preprocessing", good(measurement=None, graded=model(*keras_2, *TAIL))) == ["right_range"]
    assert codes("preprocessing", good(measurement=None, graded=model(*TAIL))) == ["not_scaled"]
    scaled = (fit(data=data(0, 1)),)
    assert codes("preprocessing", good(measurement=None, graded=model(*TAIL), fits=scaled)) == ["only_0_1"]
    assert codes("preprocessing", good(measurement=None, graded=model(SCALING, *TAIL), fits=scaled)) == ["scaled_twice"]


def test_what_nobody_can_work_out_goes_to_a_person() -> None:
    riddle = model(node("other", "Lambda"), *TAIL)
    assert codes("preprocessing", good(measurement=None, graded=riddle)) == ["not_measured"]
    strange = good(graded=model(backbone="hub"), bases=(base(backbone="hub"),))
    assert codes("preprocessing", strange) == ["not_measured"]
    assert codes("preprocessing", arrives(float("nan"), 1)) == ["right_range"]  # the layers still tell


def test_images_without_a_picture_in_them_tell_nothing() -> None:
    """X = np.zeros((n, 224, 224, 3)), and no file was there to fill it: neither scaled twice nor not at all."""
    black = Range(minimum=0, maximum=0)
    evidence = arrives(0, 0, pipeline_range=black)
    (finding,) = findings("preprocessing", evidence)
    assert finding.code == "not_measured"
    assert "nothing but the number 0" in finding.message


def test_nothing_there_is_different_from_not_seen() -> None:
    assert codes("preprocessing", nothing()) == ["no_model"]
    assert codes("preprocessing", stopped_at(3)) == ["not_reached"]


def test_a_model_that_hides_its_layers_may_scale_inside() -> None:
    assert codes("preprocessing", good(measurement=None, graded=model(nodes=()))) == ["not_measured"]


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [
        (-0.485, 0.592, "scaled_twice"),  # preprocess_input, then rescale=1/255
        (-1.0, 1.0, "wrong_range"),  # MobileNet's preprocess_input
        (0.0, 1.0, "only_0_1"),
        (-123.68, 151.061, "right_range"),
    ],
)
def test_the_means_taken_off_and_divided_all_the_same(low: float, high: float, code: str) -> None:
    """VGG16 wants pixels with the means off, and undivided."""
    wanted = Range(minimum=-123.68, maximum=151.061)
    assert compare(Range(minimum=low, maximum=high), Range(minimum=low, maximum=high), wanted, 0.1) == code
