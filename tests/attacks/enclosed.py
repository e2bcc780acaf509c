"""Run notebook cells in the real sandbox and look at what is left, as the attack tests need it."""

from __future__ import annotations

import tempfile
import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest

from grader.assets.pack import AssetPack
from grader.execution.limits import RunLimits
from grader.execution.run import RunOutcome, run_notebook
from grader.execution.sandbox import Sandbox, bubblewrap_works
from grader.execution.workspace import Workspace, open_workspace

needs_sandbox = pytest.mark.skipif(bubblewrap_works() is not None, reason=f"no sandbox: {bubblewrap_works()}")

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Enclosed:
    """How it went, and what each cell printed (errors' names included)."""

    outcome: RunOutcome
    printed: tuple[str, ...]
    stored: int
    """Characters of output kept in the notebook."""


def enclosed(
    *cells: str, pack: AssetPack, limits: RunLimits | None = None, folder: Path | None = None,
    files: Sequence[Path] = (), afterwards: Callable[[Workspace], None] = lambda _workspace: None,
) -> Enclosed:  # fmt: skip
    """Run cells in a bubblewrap sandbox; `afterwards` looks at the workspace before it is removed."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(textwrap.dedent(cell).strip("\n")) for cell in cells]
    )
    with (
        tempfile.TemporaryDirectory() as root,
        open_workspace(Path(root), pack, folder, files, policy="full", steps_per_call=2) as workspace,
    ):
        outcome = run_notebook(notebook, workspace, Sandbox("bubblewrap"), limits or RunLimits())
        afterwards(workspace)
    texts = tuple("".join(_text(output) for output in cell.get("outputs", [])) for cell in notebook.cells)
    return Enclosed(outcome, texts, len(nbformat.writes(notebook)))


def _text(output: nbformat.NotebookNode) -> str:
    return str(output.get("text") or (f"{output.ename}: {output.evalue}" if output.output_type == "error" else ""))


def processes_named(word: str) -> list[int]:
    """Processes anywhere on this machine with `word` in their command line, scanned over a second."""
    found: set[int] = set()
    for _ in range(5):
        for process in psutil.process_iter(["cmdline"]):
            if word in " ".join(process.info["cmdline"] or ()):
                found.add(process.pid)
        time.sleep(0.2)
    return sorted(found)
