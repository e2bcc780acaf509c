"""Run notebook cells in the real sandbox and look at what is left, as the attack tests need it."""

from __future__ import annotations

import atexit
import functools
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
from grader.execution.warm_parent import WarmParent
from grader.execution.workspace import Workspace, open_workspace
from tests.execution.notebooks import empty_pack

needs_sandbox = pytest.mark.skipif(bubblewrap_works() is not None, reason=f"no sandbox: {bubblewrap_works()}")

both_starts = pytest.mark.parametrize("start", ["fresh", "forked"])
"""Whether the kernel is a new interpreter or a fork of a warm parent: what holds must hold for both."""

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Warm:
    """A warm parent for all tests of a process, and the one pack that its forks can see."""

    parent: WarmParent
    batch: Path
    pack: AssetPack


@functools.cache
def warm() -> Warm:
    """Started once per test process, ended with it."""
    folder = tempfile.TemporaryDirectory(prefix="lab-")
    root = Path(folder.name)
    root.chmod(0o755)
    batch, pack = root / "run", empty_pack(root / "pack")
    batch.mkdir()
    parent = WarmParent(batch, (pack.visible,))
    atexit.register(folder.cleanup)
    atexit.register(parent.close)
    assert parent.wait() is None
    return Warm(parent, batch, pack)


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
    start: str = "fresh",
) -> Enclosed:  # fmt: skip
    """Run cells in a bubblewrap sandbox; `afterwards` looks at the workspace before it is removed.

    A kernel that is to be forked works with the pack of `warm()` instead of `pack`.
    """
    parent = warm().parent if start == "forked" else None
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(textwrap.dedent(cell).strip("\n")) for cell in cells]
    )
    with (
        tempfile.TemporaryDirectory() as root,
        open_workspace(
            Path(root) if parent is None else warm().batch,
            pack if parent is None else warm().pack,
            folder,
            files,
            policy="full",
            steps_per_call=2,
        ) as workspace,
    ):
        outcome = run_notebook(notebook, workspace, Sandbox("bubblewrap"), limits or RunLimits(), warm=parent)
        assert outcome.kernel.startswith("forked" if parent else "started"), outcome.kernel
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
