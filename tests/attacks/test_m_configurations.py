"""Hostile model configurations and weights against the real measuring process: refused or survived, never obeyed."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import grader
from grader.evidence.model import Measurement
from grader.execution.recorder.digest import array_digest
from grader.models.measuring import MeasureRequest, MeasuringProcess, WeightRef
from tests.attacks.claims_road import demo_pack
from tests.models.keras_configs import Config, chain, dense, image, layer, pooling, sequential

slow = pytest.mark.slow
SIZE = (96, 96, 3)


@pytest.fixture(scope="module")
def process() -> Iterator[MeasuringProcess]:
    with MeasuringProcess(memory=3 * 2**30) as running:
        yield running


def measure(process: MeasuringProcess, config: Config, *arrays: Any) -> Measurement:
    """Hand over a configuration and weights as an outbox holds them."""
    pack = demo_pack()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "arrays-1.npz"
        named: dict[str, Any] = {array_digest(array): array for array in arrays}
        np.savez(path, **named)
        refs = tuple(
            WeightRef(path=f"w{number}", digest=array_digest(array), shape=array.shape, dtype=array.dtype.str)
            for number, array in enumerate(arrays)
        )
        return process.measure(
            MeasureRequest(
                config=config, weights=refs, arrays=(path,), heldout=pack.heldout, classes=pack.classes,
                pipeline_range=(0.0, 255.0), loss="binary_crossentropy", loss_from_logits=True,
            ),
            timeout=60,
        )  # fmt: skip


def head(dtype: str = "float32") -> Config:
    """Pooling and one output, on raw pixels."""
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": dtype}, "registered_name": None}
    pooled, out = pooling(), dense()
    pooled["config"]["dtype"] = out["config"]["dtype"] = policy
    return sequential(image(), pooled, out)


@slow
@pytest.mark.attack("M7")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_m7_weights_that_are_no_numbers_are_named_and_count_as_wrong(process: MeasuringProcess, value: float) -> None:
    measured = measure(process, head(), np.full((3, 1), value, "f4"), np.zeros(1, "f4"))
    assert measured.rebuilt
    assert measured.not_finite
    assert measured.accuracy == 0


@slow
@pytest.mark.attack("M7")
def test_m7_half_precision_that_overflows_is_named_and_counts_as_wrong(process: MeasuringProcess) -> None:
    measured = measure(process, head("float16"), np.full((3, 1), 60_000, "f2"), np.zeros(1, "f2"))
    assert measured.not_finite, measured
    assert not measured.accuracy


@slow
@pytest.mark.attack("M11")
@pytest.mark.parametrize(
    "config",
    [
        sequential(image(), layer("Flatten", "f"), dense(1_000_000_000)),
        sequential(image(), *(layer("Dropout", f"d{number}", rate=0.1) for number in range(100_000))),
        sequential(image(size=(100_000, 100_000, 3)), pooling(), dense()),
        sequential(image(size=(1024, 1024, 3)), layer("Flatten", "f"),
                   {**dense(65_536), "build_config": {"input_shape": [None, 1]}}),
        sequential(image(), *(layer("UpSampling2D", f"u{n}", size=[16, 16]) for n in range(6)), pooling(), dense()),
    ],
    ids=["units", "layers", "input", "a shape that lies", "tensors that grow"],
)  # fmt: skip
def test_m11_bombs_are_refused_or_end_with_the_measuring_process_and_the_next_model_is_measured(
    process: MeasuringProcess, config: Config
) -> None:
    bomb = measure(process, config, np.zeros((3, 1), "f4"), np.zeros(1, "f4"))
    assert bomb.accuracy is None
    assert bomb.problem
    after = measure(process, head(), np.ones((3, 1), "f4"), np.zeros(1, "f4"))
    assert after.accuracy is not None


HOSTILE = {
    "M8 Lambda": layer("Lambda", "l", function={"class_name": "__lambda__", "config": {"value": "4wEAAAA="}}),
    "M8 TFSMLayer": layer("TFSMLayer", "l", filepath="/etc"),
    "M8 any module": layer("Popen", "l", module="subprocess", args=["touch", "MARK"]),
    "M8 unsafe loading": layer("enable_unsafe_deserialization", "l", module="keras.config"),
    "M9 registered Dense": {**dense(), "registered_name": "mine>Dense"},
    "M9 Dense of a module": {**dense(), "module": "solution"},
    "M9 MobileNetV2": layer("MobileNetV2", "l", module="solution"),
    "M10 read_file": layer("TFOpLambda", "l", function="io.read_file", module="keras.src.layers.core.tf_op_layer"),
    "M10 py_function": layer("EagerPyFunc", "l", module="tensorflow.python.ops.script_ops"),
}


@pytest.mark.attack("M8")
@pytest.mark.attack("M9")
@pytest.mark.attack("M10")
@pytest.mark.parametrize("entry", HOSTILE.values(), ids=HOSTILE)
def test_m8_m9_m10_what_could_run_or_read_is_refused_before_a_process_is_even_started(
    entry: Config, tmp_path: Path
) -> None:
    nested = chain(
        image(), sequential(image("inner"), json.loads(json.dumps(entry).replace("MARK", str(tmp_path / "x"))))
    )
    idle = MeasuringProcess(command_prefix=("/nonexistent",))
    for config in (sequential(image(), entry), nested):
        refused = measure(idle, config)
        assert (refused.rebuilt, refused.accuracy) == (False, None)
        assert "Expected a class" in (refused.problem or "")
    assert not (tmp_path / "x").exists()


@pytest.mark.attack("M8")
def test_m8_our_side_never_loads_a_model_file_a_pickle_or_an_archive_of_a_student() -> None:
    """`.keras` archives with traversal, `.h5` with external links, pickles: no code of ours would open one."""
    root = Path(grader.__file__).parent
    forbidden = re.compile(
        r"load_model\(|load_weights\(|enable_unsafe_deserialization|\bpickle\b|np\.load\(|allow_pickle=True|h5py|eval\(|exec\("
    )
    for path in sorted([*(root / "models").glob("*.py"), *(root / "observation").rglob("*.py")]):
        code = "\n".join(
            line for line in path.read_text().splitlines() if not line.lstrip().startswith(("#", '"', "`"))
        )
        assert forbidden.search(code) is None, path
