"""Curves from histories that may hold anything."""

from __future__ import annotations

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from grader.evidence.model import Fit
from grader.report import curves
from grader.report.axes import Scale, bounds, ticks


def trained(**history: tuple[float, ...]) -> Fit:
    return Fit(index=0, model_uid=1, model_name="m", history=history)


def test_names_of_accuracy_in_every_style() -> None:
    for name in ("accuracy", "acc", "binary_accuracy", "sparse_categorical_accuracy", "accuracy_1"):
        drawn = curves.draw([trained(**{name: (0.5, 0.6), f"val_{name}": (0.5, 0.7)})], ["training"])
        assert [chart.title for chart in drawn.charts] == ["Accuracy"]
        assert [curve.css for curve in drawn.charts[0].curves] == ["training", "validation"]


def test_a_value_that_is_no_number_leaves_a_gap() -> None:
    drawn = curves.draw([trained(loss=(1.0, 0.9, math.nan, 0.7, 0.6))], ["training"])
    assert drawn.charts[0].curves[0].path.count("M") == 2
    assert drawn.table.rows[2] == ("3", "training", "NaN")


def test_a_metric_that_one_fit_lacks_is_no_fault() -> None:
    drawn = curves.draw([trained(loss=(1.0,), accuracy=(0.5,)), trained(loss=(0.5,))], ["training", "training"])
    assert drawn.notes == ()
    assert drawn.table.columns == ("epoch", "phase", "accuracy, training", "loss, training")
    assert drawn.table.rows[1] == ("2", "training", "–", "0.5")


def test_one_epoch_is_a_dot() -> None:
    drawn = curves.draw([trained(loss=(0.4,))], ["training"])
    assert len(drawn.charts[0].curves[0].dots) == 1


def test_where_fine_tuning_takes_over() -> None:
    drawn = curves.draw([trained(loss=(3.0, 2.0)), trained(loss=(1.5, 1.0))], ["feature extraction", "fine-tuning"])
    (line,) = drawn.charts[0].boundaries
    assert (line.before, line.after) == ("feature extraction", "fine-tuning")


def test_chance_is_always_on_the_scale_of_accuracy() -> None:
    labels = [tick.label for tick in curves.draw([trained(accuracy=(0.97, 0.98))], ["training"]).charts[0].y_ticks]
    assert (labels[0], labels[-1]) == ("0.5", "1.0")


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["loss", "val_loss", "accuracy", "val_accuracy", "x"]),
            st.lists(st.floats(), max_size=8).map(tuple),
        ),
        max_size=4,
    )
)
def test_any_history_stays_inside_the_drawing(histories: list[dict[str, tuple[float, ...]]]) -> None:
    fits = [trained(**history) for history in histories]
    drawn = curves.draw(fits, ["training"] * len(fits))
    for chart in drawn.charts:
        for curve in chart.curves:
            for x, y in re.findall(r"[ML](\S+) (\S+?)(?=[ML]|$)", curve.path):
                assert curves.LEFT <= float(x) <= curves.RIGHT
                assert curves.TOP <= float(y) <= curves.BOTTOM


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_axes_enclose_their_data_with_a_few_round_numbers(one: float, other: float) -> None:
    low, high = bounds(min(one, other), max(one, other))
    slack = 1e-6 * max(1.0, abs(one), abs(other))
    assert low <= min(one, other) + slack
    assert high >= max(one, other) - slack
    assert 2 <= len(ticks(Scale(low, high, 0, 100))) <= 9
