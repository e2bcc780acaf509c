"""What range of values means what."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.evidence.model import Range
from grader.models.scaling import TO_SIGNED, TO_UNIT, UNCHANGED, ends, scale_from_range, wanted_range


@pytest.mark.parametrize(
    ("low", "high", "scale"),
    [
        (0, 255, UNCHANGED),
        (3.5, 251.0, UNCHANGED),
        (0, 1, TO_UNIT),
        (0.01, 0.97, TO_UNIT),
        (-1, 1, TO_SIGNED),
        (-1, 0.96, TO_SIGNED),
        (-123.68, 151.061, None),
        (-2.1, 2.6, None),
        (0, 0.0039, None),
        (0, 1.7, None),
        (0, 65535, None),
        (math.nan, 1, None),
        (-1, -0.992, None),
        (1, 0, None),
    ],
)
def test_a_training_batch_tells_how_it_was_scaled(low: float, high: float, scale: object) -> None:
    assert scale_from_range(low, high) == scale


@given(st.floats(), st.floats())
def test_any_range_has_one_answer(low: float, high: float) -> None:
    assert scale_from_range(low, high) in (UNCHANGED, TO_UNIT, TO_SIGNED, None)


def test_darkest_and_brightest_pixel() -> None:
    assert ends(TO_SIGNED) == Range(minimum=-1, maximum=1)
    assert ends((-1.0, 255.0)) == Range(minimum=0, maximum=255)


@pytest.mark.parametrize(
    ("backbone", "own", "low", "high"),
    [
        ("MobileNetV2", None, -1, 1),
        ("MobileNetV3Small", True, 0, 255),
        ("MobileNetV3Small", False, -1, 1),
        ("EfficientNetB0", None, 0, 255),
        ("EfficientNetV2S", True, 0, 255),
        ("ResNet50V2", None, -1, 1),
        ("ResNet50", None, -123.68, 151.061),
        ("VGG16", None, -123.68, 151.061),
        ("DenseNet121", None, -2.1179, 2.64),
    ],
)
def test_what_backbones_want(backbone: str, own: bool | None, low: float, high: float) -> None:
    wanted = wanted_range(backbone, own)
    assert wanted is not None
    assert wanted.minimum == pytest.approx(low, abs=1e-4)
    assert wanted.maximum == pytest.approx(high, abs=1e-4)


def test_every_backbone_in_the_table_has_a_wanted_range() -> None:
    from grader.models.backbone_table import load_table

    for backbone in load_table().backbones:
        assert wanted_range(backbone.name, backbone.include_preprocessing) is not None, backbone.name
