"""Which notebooks must not be run in an interpreter that has imported TensorFlow already."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.execution.forked_kernel import NoFork
from grader.execution.fresh_start import needs_fresh_start, require_same_imports
from grader.execution.kernel_command import kernel_environment, parent_environment
from grader.execution.kernel_start import forking_problem, warm_parent
from grader.execution.sandbox import Sandbox
from grader.execution.workspace import Workspace
from tests.execution.notebooks import empty_pack
from tests.execution.test_sandbox import needs_sandbox

MODULES = frozenset({"numpy", "tensorflow", "keras"})


@pytest.mark.parametrize(
    ("source", "file", "reason"),
    [
        ("import tensorflow as tf", "lab_utils.py", None),
        ("os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'", "data/cat.jpg", None),
        ("os.environ['TF_USE_LEGACY_KERAS'] = '1'", "", "TF_USE_LEGACY_KERAS"),
        ("%env KERAS_BACKEND=jax", "", "KERAS_BACKEND"),
        ("import keras", "keras.py", "its own keras.py"),
        ("import numpy", "numpy/__init__.py", "its own numpy"),
        ("import matplotlib", "matplotlibrc", "its own matplotlibrc"),
    ],
)
def test_a_notebook_that_would_notice_gets_a_fresh_interpreter(source: str, file: str, reason: str | None) -> None:
    found = needs_fresh_start(["x = 1", source], [Path(file)] if file else [], MODULES)
    assert found is None if reason is None else found is not None and reason in found


def test_a_fork_changes_folders_and_threads_but_not_what_importing_looked_at() -> None:
    wanted = kernel_environment(Workspace(Path("/tmp/w")), 2)
    require_same_imports(wanted, parent_environment())
    with pytest.raises(NoFork, match="TF_USE_LEGACY_KERAS is looked at"):
        require_same_imports(wanted | {"TF_USE_LEGACY_KERAS": "1"}, parent_environment())


def test_without_a_sandbox_nothing_is_forked(tmp_path: Path) -> None:
    pack = empty_pack(tmp_path / "pack")
    for asked in ("auto", "fresh"):
        with warm_parent(asked, Sandbox("none"), pack, tmp_path) as parent:
            assert parent is None
    with pytest.raises(UsageError, match="--sandbox none"), warm_parent("fork", Sandbox("none"), pack, tmp_path):
        pass


@needs_sandbox
def test_whether_kernels_can_be_forked_is_tried_and_a_parent_that_fails_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert forking_problem() is None
    monkeypatch.setattr("grader.execution.warm_parent.PROGRAM", tmp_path)
    problem = forking_problem()
    assert problem is not None
    assert "the warm parent did not start" in problem
    assert "__main__" in problem
