"""A forked kernel is a clean interpreter, and sees, records and computes what a fresh one does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from grader.execution.outbox import Outbox, read_outbox
from grader.execution.workspace import Workspace
from tests.attacks.enclosed import Enclosed, enclosed, needs_sandbox, warm
from tests.execution.notebooks import empty_pack

pytestmark = [pytest.mark.slow, needs_sandbox]

CHANCE = r"""
import os, random, tempfile, uuid
import numpy as np, tensorflow as tf, keras
print("\n>", [random.random(), float(np.random.rand()), float(tf.random.uniform(())), float(keras.random.uniform(())),
       float(keras.layers.Dense(1)(np.ones((1, 2))).numpy()[0, 0]), tempfile.mktemp(), str(uuid.uuid4()),
       [int(n) for n in tf.data.Dataset.range(50).shuffle(50).as_numpy_iterator()][:5]])
"""
TRAIN = r"""
import keras, numpy as np
keras.utils.set_random_seed(1)
base = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(32, 32, 3), alpha=0.35)
base.trainable = False
model = keras.Sequential([base, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)])
model.compile("adam", "mse")
history = model.fit(np.ones((8, 32, 32, 3), "float32"), np.arange(8.0).reshape(8, 1), batch_size=4, epochs=1, verbose=0)
print("\n>", round(history.history["loss"][0], 3))
"""
CLEAN = r"""
import os, sys, threading, tempfile, matplotlib, matplotlib.pyplot as plt
from keras.src.backend import config
home = os.environ["HOME"]
print("\n>", config.keras_home() == home + "/.keras", matplotlib.get_cachedir() == home + "/.matplotlib",
      tempfile.gettempdir() == os.environ["TMPDIR"],
      os.getcwd() == os.path.realpath("/content") == os.path.realpath("/kaggle/working"),
      matplotlib.get_backend(), sys.flags.isolated, sys.argv[1:2], [n for n in sys.modules if "lab_warm" in n])
print(">", [os.readlink(f"/proc/self/fd/{fd}") for fd in (0,)], os.getpid() < 10)
import threadpoolctl; print(">", {pool["num_threads"] for pool in threadpoolctl.threadpool_info()})
import tensorflow as tf; tf.constant(1.0) + 1
from tensorflow.python.eager import context; print("\n>", context.context().config.intra_op_parallelism_threads)
plt.plot([1, 2]); plt.show()
"""


def said(ran: Enclosed, cell: int) -> list[str]:
    """Lines that the cell itself printed, without what libraries have to say."""
    return [line[2:] for line in ran.printed[cell].splitlines() if line.startswith("> ")]


def test_forks_are_independent_of_each_other_and_of_what_came_before(tmp_path: Path) -> None:
    pack = empty_pack(tmp_path)
    mark = "import numpy, tensorflow as tf, os; numpy.left = tf.left = 1; os.environ['LEFT'] = '1'"
    first = enclosed(mark, CHANCE, pack=pack, start="forked")
    look = (
        "import numpy, tensorflow as tf, os; print(hasattr(numpy, 'left'), hasattr(tf, 'left'), 'LEFT' in os.environ)"
    )
    second = enclosed(look, CHANCE, pack=pack, start="forked")
    assert second.printed[0] == "False False False\n"
    one, other = (ast.literal_eval(said(ran, 1)[0]) for ran in (first, second))
    assert all(left != right for left, right in zip(one, other, strict=True)), (one, other)


def test_a_forked_kernel_is_a_clean_interpreter_like_a_fresh_one(tmp_path: Path) -> None:
    fresh, forked = (enclosed(CLEAN, pack=empty_pack(tmp_path), start=start) for start in ("fresh", "forked"))
    assert forked.outcome.status == "completed", forked.outcome.cells
    assert said(forked, 0) == said(fresh, 0)
    assert said(forked, 0)[0] == "True True True True module://matplotlib_inline.backend_inline 1 ['-f'] []"


def test_the_recorder_sees_the_same_in_a_forked_kernel(tmp_path: Path) -> None:
    seen: dict[str, list[object]] = {}
    printed: dict[str, Enclosed] = {}
    for start in ("fresh", "forked"):

        def look(workspace: Workspace, start: str = start) -> None:
            outbox: Outbox = read_outbox(workspace.outbox)
            seen[start] = [event.model_dump(exclude={"time", "clock", "seconds", "place"}) for event in outbox.events]

        printed[start] = enclosed(TRAIN, pack=empty_pack(tmp_path), start=start, afterwards=look)
    assert printed["forked"].outcome.status == "completed", printed["forked"].outcome.cells
    assert said(printed["forked"], 0) == said(printed["fresh"], 0) != []
    assert [event["event"] for event in seen["forked"]] == [event["event"] for event in seen["fresh"]]  # type: ignore[index]
    assert seen["forked"] == seen["fresh"]


def test_the_parent_survives_its_forks_and_keeps_no_process_of_them(tmp_path: Path) -> None:
    died = enclosed(
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", pack=empty_pack(tmp_path), start="forked"
    )
    assert died.outcome.status == "kernel_died"
    assert warm().parent.wait() is None
    ran = enclosed("print('on')", pack=empty_pack(tmp_path), start="forked")
    assert ran.printed == ("on\n",)


def test_a_parent_that_the_system_killed_is_started_anew(tmp_path: Path) -> None:
    """Out of memory, say: its children are lost, and the next notebook is forked from a new parent."""
    parent = warm().parent
    assert parent.unsuited((), ()) is None
    assert parent._process is not None
    gone = parent._process
    gone.kill()
    gone.wait()
    assert parent.unsuited((), ()) is None
    ran = enclosed("import sys; print('tensorflow' in sys.modules)", pack=empty_pack(tmp_path), start="forked")
    assert ran.printed == ("True\n",)
    assert parent._process is not gone
