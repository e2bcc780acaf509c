"""Features whose computing is broken off, as by a system short of memory: nothing of a student's is in that process."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from grader.assets.locate import find_pack
from grader.errors import InfrastructureError
from grader.execution.sandbox import Sandbox
from grader.models.measuring import MeasuringProcess
from grader.provenance.keys import SigningKey
from grader.replay.cache import FeatureCache
from grader.replay.recipe import BaseFunction
from grader.replay.replayer import HELD_OUT, Replayer

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def killing(times: int) -> Iterator[list[int]]:
    """Kill so many processes that compute features, as soon as each is there."""
    killed: list[int] = []
    ended = threading.Event()

    def kill() -> None:
        while len(killed) < times and not ended.wait(0.01):
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if "grader.replay.feature_process" in child.cmdline() and child.pid not in killed:
                        child.kill()
                        killed.append(child.pid)
                        break

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


def test_features_are_computed_again(tmp_path: Path) -> None:
    pack = find_pack("demo")
    weights = next(file for file in pack.files if file.backbone == "MobileNet" and not file.include_top)
    assert weights.weights_digest is not None
    function = BaseFunction(
        backbone="MobileNet", alpha=0.25, include_top=False, include_preprocessing=None, weights_file=weights.path,
        weights_digest=weights.weights_digest, height=96, width=96, scale=1 / 127.5, offset=-1.0, pooling="avg",
    )  # fmt: skip
    cache = FeatureCache(SigningKey.new(), tmp_path)
    replayer = Replayer(pack, MeasuringProcess(), cache, Sandbox("none"), {})
    with killing(2) as killed, pytest.raises(InfrastructureError, match="code -9"):
        replayer._features(function, HELD_OUT)
    assert len(killed) == 2
    with killing(1) as killed:
        path, before = replayer._features(function, HELD_OUT)
    assert (len(killed), before) == (1, False)
    with np.load(path) as computed:
        assert len(computed["labels"]) == len(pack.heldout_files)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".npz"]
