"""How Keras writes down a call, in both generations."""

from __future__ import annotations

from grader.models.call_records import read_record


def test_both_operands_of_a_sum_are_read_from_keras_2() -> None:
    record = read_record([["stem", 0, 0, {"y": ["scaled", 0, 0], "name": None}]])
    assert [tensor.layer for tensor in record.tensors] == ["stem", "scaled"]
    assert record.constants == ()


def test_a_number_that_is_added_stays_a_constant() -> None:
    record = read_record([["images", 0, 0, {"y": 1.0, "name": None}]])
    assert [tensor.layer for tensor in record.tensors] == ["images"]
    assert record.constants == (1.0,)


def test_a_list_of_numbers_is_no_tensor() -> None:
    record = read_record([["images", 0, 0, {"y": [103.9, 116.8, 123.7], "name": None}]])
    assert len(record.tensors) == 1
    assert record.constants == ([103.9, 116.8, 123.7],)
