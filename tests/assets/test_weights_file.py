"""Keras weights files without Keras; the slow tests ask Keras whether it agrees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grader.assets import weights_file
from grader.assets.demo import quantised
from grader.assets.mobilenet_v2 import layers
from grader.errors import AssetError
from grader.execution.recorder.digest import array_digest, combined_digest


def test_a_digest_sees_type_shape_and_values_but_not_memory_layout() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert array_digest(array) == array_digest(np.asfortranarray(array))
    others = [array.astype(np.float64), array.reshape(3, 2), array + 1, np.float32(0)]
    assert len({array_digest(np.asarray(other)) for other in [array, *others]}) == 5
    assert combined_digest(["a", "b"]) != combined_digest(["b", "a"])


def test_written_weights_read_back(tmp_path: Path) -> None:
    shipped = quantised.load()
    weights_file.write(tmp_path / "w.h5", shipped)
    again = weights_file.read_mobilenet_v2(tmp_path / "w.h5", include_top=False)
    assert weights_file.weights_digest(again) == weights_file.weights_digest(shipped)


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("1.h5", "2.h5"):
        weights_file.write(tmp_path / name, quantised.load(), weights_file.random_top())
    assert (tmp_path / "1.h5").read_bytes() == (tmp_path / "2.h5").read_bytes()


def test_weights_with_a_top_are_not_taken_for_weights_without(tmp_path: Path) -> None:
    weights_file.write(tmp_path / "w.h5", quantised.load(), weights_file.random_top())
    with pytest.raises(AssetError, match="without its top"):
        weights_file.read_mobilenet_v2(tmp_path / "w.h5", include_top=False)


@pytest.mark.parametrize("content", [b"", b"not hdf5", b"\x89HDF\r\n\x1a\n" + bytes(200)])
def test_what_is_no_weights_file_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.h5").write_bytes(content)
    with pytest.raises(AssetError, match="Expected a Keras weights file"):
        weights_file.read(tmp_path / "w.h5")


def test_quantising_loses_little_and_is_stable(tmp_path: Path) -> None:
    shipped = quantised.load()
    assert quantised.SHIPPED.stat().st_size <= 2_400_000
    assert quantised.count(shipped) == 2_257_984
    quantised.save(tmp_path / "again.npz", shipped)
    for once, twice in zip(shipped, quantised.load(tmp_path / "again.npz"), strict=True):
        np.testing.assert_allclose(twice, once, atol=np.abs(once).max() / 100)


def test_a_missing_backbone_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="train_backbone"):
        quantised.load(tmp_path / "none.npz")


@pytest.mark.slow
@pytest.mark.parametrize("include_top", [False, True])
def test_keras_loads_what_was_written_and_agrees_on_the_digest(tmp_path: Path, include_top: bool) -> None:
    import keras

    shipped, top = quantised.load(), weights_file.random_top()
    weights_file.write(tmp_path / "w.h5", shipped, top if include_top else None)
    network = keras.applications.MobileNetV2(
        input_shape=(160, 160, 3), include_top=include_top, weights=str(tmp_path / "w.h5")
    )
    expected = [*shipped, *top] if include_top else list(shipped)
    assert weights_file.weights_digest(network.get_weights()) == weights_file.weights_digest(expected)


@pytest.mark.slow
def test_the_layout_is_that_of_keras() -> None:
    import keras

    network = keras.applications.MobileNetV2(input_shape=(96, 96, 3), include_top=False, weights=None)
    owners = [(layer.name, tuple(layer.weights[0].shape)) for layer in network.layers if layer.weights]
    assert owners == [(layer.name, layer.shape) for layer in layers()]
