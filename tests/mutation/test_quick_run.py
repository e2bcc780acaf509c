"""The whole road for a few variants, by the command a person types."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.execution.sandbox import bubblewrap_works
from tests.samples import ROOT

pytestmark = pytest.mark.slow


def test_a_mutant_loses_what_it_breaks_and_a_rewrite_nothing(tmp_path: Path) -> None:
    sandbox = "bubblewrap" if bubblewrap_works() is None else "none"
    chosen = ["--only", "no-rotation", "--only", "scaled-twice", "--only", "sequential"]
    done = subprocess.run(
        [sys.executable, "-m", "grader", "rubric", "verify", "lab06", *chosen, "--assets", "demo",
         "--training", "capped",
         "--jobs", "2", "--sandbox", sandbox, "--out", str(tmp_path)],
        capture_output=True, text=True, cwd=ROOT, check=False, env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    data = json.loads((tmp_path / "verification.json").read_text(encoding="utf-8"))
    assert data["as_expected"] is True
    assert data["confusion"]["mutant"]["augmentation"]["caught"] == 1
    assert data["confusion"]["mutant"]["preprocessing"]["caught"] == 1
    assert not any(row["wronged"] for row in data["confusion"]["rewrite"].values())
    assert max(len(line) for line in done.stdout.splitlines() if "/" not in line) <= 80
    assert "no-rotation" in (tmp_path / "verification.html").read_text(encoding="utf-8")
