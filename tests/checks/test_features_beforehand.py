"""A base that makes features beforehand, and a classifier trained on those: a person decides what that is worth."""

from __future__ import annotations

import pytest

from grader.evidence.model import Cell, Evidence
from tests.checks.judging import codes, share
from tests.evidence_examples import base, data, fit, good

LOOKING_INTO_THE_MODEL = (
    "base_without_top", "frozen_base", "augmentation", "head", "preprocessing", "output_and_loss", "accuracy",
)  # fmt: skip


def apart(shape: tuple[int | None, ...], *sources: str) -> Evidence:
    """A base was made, and a model without it was trained on data of this shape; the notebook ran to its end."""
    trained = fit(contains_base=False, base=None, data=data(kind="array", image_shape=shape))
    read = tuple(
        Cell(position=n, code_cell=n, kind="code", source=text, status="ok") for n, text in enumerate(sources, 1)
    )
    lone = base(in_graded_model=False)
    return good(graded=None, measurement=None, bases=(lone,), fits=(trained,), cells=read, statements=())


@pytest.mark.parametrize("check", LOOKING_INTO_THE_MODEL)
@pytest.mark.parametrize("shape", [(2000, 8192), (2000, 7, 7, 1280)])
def test_a_classifier_trained_on_features_waits_for_a_person(check: str, shape: tuple[int, ...]) -> None:
    assert codes(check, apart(shape)) == ["features_beforehand"]
    assert share(check, apart(shape)) is None


def test_the_source_may_say_so_where_the_data_does_not() -> None:
    sources = (
        "base = MobileNetV2(include_top=False)\nfeatures = base.predict(pictures)",
        "from tensorflow.keras import Sequential, layers\nmodel = Sequential([layers.Dense(1, activation='sigmoid')])",
        "model.compile(loss='binary_crossentropy')\nmodel.fit(features, labels)",
    )
    unknown_shape: tuple[int | None, ...] = (None, None, None)
    assert codes("frozen_base", apart(unknown_shape, *sources)) == ["features_beforehand"]


def test_a_base_beside_a_network_trained_on_pictures_is_unused() -> None:
    assert codes("base_without_top", apart((2000, 160, 160, 3), "base = MobileNetV2()")) == ["base_unused"]
    assert share("frozen_base", apart((2000, 160, 160, 3), "base = MobileNetV2()")) == 0
