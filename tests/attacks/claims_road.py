"""The whole road for a hostile fragment: a real kernel, a real measuring process, the lab's own rubric."""

from __future__ import annotations

import atexit
import functools
import tempfile
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat

from grader.assets.locate import find_pack
from grader.assets.pack import AssetPack
from grader.batch.job import Conditions, grade_submission
from grader.batch.roads import Roads
from grader.evidence.model import Evidence, Reference
from grader.evidence.replay import Policy
from grader.execution.limits import RunLimits
from grader.execution.sandbox import Sandbox, bubblewrap_works, measuring_prefix
from grader.execution.warm_parent import WarmParent
from grader.judge import judge
from grader.models.measuring import MeasuringProcess
from grader.observation.versions import versions
from grader.provenance.key_store import signing_key
from grader.replay.cache import FeatureCache
from grader.replay.replayer import Replayer
from grader.rubric.load import load_rubric
from grader.rubric.model import Rubric
from grader.submission.model import Submission
from grader.verdict import Result, Verdict

EASY = Reference(accuracy=0.3, examples=200, digest="e" * 64)
"""A reference that any model reaches: what is withheld then is withheld for the contradiction alone."""

DATA = """
import pathlib, keras, tensorflow as tf
from keras import layers
url = 'https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip'
unpacked = keras.utils.get_file('cats_and_dogs.zip', origin=url, extract=True)
root = pathlib.Path(unpacked) / 'cats_and_dogs_filtered'
train = keras.utils.image_dataset_from_directory(root / 'train', image_size=(96, 96), batch_size=16, seed=1)
val = keras.utils.image_dataset_from_directory(root / 'validation', image_size=(96, 96), batch_size=16, seed=1)
"""
BASE = """
base = keras.applications.MobileNetV2(input_shape=(96, 96, 3), include_top=False, weights='imagenet')
base.trainable = False
"""
MODEL = """
keras.utils.set_random_seed(3)
inputs = keras.Input((96, 96, 3))
x = layers.RandomRotation(0.2)(layers.RandomFlip('horizontal')(inputs))
x = keras.applications.mobilenet_v2.preprocess_input(x)
x = layers.GlobalAveragePooling2D()(base(x, training=False))
model = keras.Model(inputs, layers.Dense(1)(layers.Dropout(0.2)(x)))
model.compile(keras.optimizers.Adam(5e-3), keras.losses.BinaryCrossentropy(from_logits=True), metrics=['accuracy'])
"""
FIT = "history = model.fit(train.take(5), validation_data=val.take(2), epochs=2, verbose=0)"
"""Five batches: short, and yet not shortened by us, so that no verdict waits for a full run."""


@dataclass(frozen=True)
class Graded:
    """What was seen of one fragment, and what it got."""

    evidence: Evidence
    result: Result

    @property
    def kinds(self) -> set[str]:
        """Kinds of all contradictions."""
        return {each.kind for each in self.evidence.contradictions}

    def verdict(self, criterion: str) -> Verdict:
        return next(verdict for verdict in self.result.verdicts if verdict.criterion == criterion)

    def earned(self) -> dict[str, float]:
        """Points by criterion, where there are any."""
        return {verdict.criterion: verdict.points for verdict in self.result.verdicts if verdict.points}


def grade(
    *sources: str, files: Mapping[str, str] | None = None, policy: Policy = "full", seconds: float = 120,
    reference: Reference = EASY,
) -> Graded:  # fmt: skip
    """Run cells as one submission and judge it against lab06. Only `auto` and `replay` train heads again."""
    road = _road()
    with tempfile.TemporaryDirectory(prefix="a-", dir=road.scratch) as name:
        folder, out = Path(name) / "in", Path(name) / "out"
        folder.mkdir()
        cells = [nbformat.v4.new_code_cell(textwrap.dedent(source).strip("\n")) for source in sources]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "lab06.ipynb")
        for path, text in (files or {}).items():
            (folder / path).write_text(text)
        submission = Submission(
            id="mallory", name="Mallory", notebook=folder / "lab06.ipynb", folder=folder,
            files=tuple(Path(path) for path in files or {}),
        )  # fmt: skip
        limits = RunLimits(cell_seconds=seconds, notebook_seconds=300)
        conditions = Conditions(
            pack=road.pack, policy=policy, steps_per_call=2, limits=limits, sandbox=road.sandbox, questions=(),
            scratch=road.scratch / "run", warm=road.warm,
        )  # fmt: skip
        if policy in ("auto", "replay"):
            reference = reference.model_copy(update={"road": "replay"})
            again = Replayer(road.pack, road.measuring, road.features, road.sandbox, versions())
            conditions = replace(conditions, roads=Roads(policy, road.rubric, again, lambda: reference))
        evidence = grade_submission(submission, conditions, reference, road.measuring.measure, out)
    return Graded(evidence, judge(road.rubric, evidence))


@dataclass(frozen=True)
class _Road:
    pack: AssetPack
    rubric: Rubric
    sandbox: Sandbox
    scratch: Path
    measuring: MeasuringProcess
    features: FeatureCache
    warm: WarmParent | None


@functools.cache
def _road() -> _Road:
    """Started once per test process, ended with it."""
    folder = tempfile.TemporaryDirectory(prefix="lab-")
    scratch = Path(folder.name)
    for name in ("run", "measure"):
        (scratch / name).mkdir()
    sandbox = Sandbox("none" if bubblewrap_works() else "bubblewrap")
    pack = find_pack("demo")
    features = FeatureCache(signing_key(), scratch / "features")
    prefix = measuring_prefix(sandbox, pack, scratch / "run", scratch / "measure", features.folder)
    measuring = MeasuringProcess(command_prefix=prefix, scratch=scratch / "measure")
    atexit.register(folder.cleanup)
    atexit.register(measuring.close)
    warm = None
    if sandbox.name == "bubblewrap":
        scratch.chmod(0o755)
        warm = WarmParent(scratch / "run", (pack.visible,))
        atexit.register(warm.close)
    return _Road(pack, load_rubric("lab06"), sandbox, scratch, measuring, features, warm)


def demo_pack() -> AssetPack:
    """The pack the fragments run with."""
    return _road().pack
