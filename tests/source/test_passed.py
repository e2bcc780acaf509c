from __future__ import annotations

from grader.source.passed import passed_lines

CELL = """import tensorflow as tf
def build(units):
    return head(units)
def head(units):
    return tf.keras.layers.Dense(units)
def never():
    return tf.keras.layers.Dropout(0.2)
model = build(1)
for _ in range(2):
    model.fit(train)
plot(history["accuracy"])
print("end")
"""


def test_what_stands_before_the_failing_line_was_run() -> None:
    assert passed_lines("a = 1\nb = 2\nc = d\ne = 3", 3) == {1, 2}


def test_of_functions_only_those_that_were_called() -> None:
    assert passed_lines(CELL, 11) == {1, 2, 3, 4, 5, 8, 9, 10}


def test_a_loop_that_failed_has_not_been_passed() -> None:
    assert passed_lines(CELL, 10) == {1, 2, 3, 4, 5, 8}


def test_a_failure_whose_line_is_unknown_leaves_all_open() -> None:
    assert passed_lines(CELL, 1) == frozenset()
    assert passed_lines("%%", 3) == frozenset()
