"""When the kept result of the reference holds, and when it is measured anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.small_class import notebook
from grader.batch import deciding
from grader.batch.reference import reference_digest
from grader.execution.limits import RunLimits
from grader.execution.sandbox import Sandbox
from tests.batch.small_lab import SmallLab, small_lab


@pytest.fixture
def lab(tmp_path: Path) -> SmallLab:
    return small_lab(tmp_path)


def test_the_sandbox_and_the_share_of_the_machine_make_no_model_better(lab: SmallLab) -> None:
    reference = lab.folder / "reference.ipynb"
    usual = reference_digest(reference, lab.conditions())
    assert reference_digest(reference, lab.conditions(sandbox=Sandbox("bubblewrap"))) == usual
    assert reference_digest(reference, lab.conditions(limits=RunLimits(threads=8, memory_bytes=1 << 40))) == usual
    assert reference_digest(reference, lab.conditions(questions=())) == usual


def test_another_notebook_policy_or_package_is_measured_anew(lab: SmallLab, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = lab.folder / "reference.ipynb"
    found = [reference_digest(reference, lab.conditions())]
    found.append(reference_digest(reference, lab.conditions(policy="capped")))
    found.append(reference_digest(reference, lab.conditions(policy="capped", steps_per_call=5)))
    notebook(reference, ["Better."], ["1"])
    found.append(reference_digest(reference, lab.conditions()))
    monkeypatch.setattr(deciding, "environment", lambda: "another Pillow decodes pictures otherwise")
    found.append(reference_digest(reference, lab.conditions()))
    assert len(set(found)) == len(found)
