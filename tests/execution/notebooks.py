"""Notebook fragments as a teacher would write them on the board, run for real."""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from grader.assets.pack import AssetPack, PackFile
from grader.execution.limits import RunLimits
from grader.execution.outbox import Outbox, read_outbox
from grader.execution.run import RunOutcome, run_notebook
from grader.execution.sandbox import Sandbox
from grader.execution.timeline import Event, FitEvent
from grader.execution.workspace import open_workspace

DIGEST = "0" * 64


@dataclass(frozen=True)
class Ran:
    """A finished run: how it went, what was recorded, and what cells printed."""

    outcome: RunOutcome
    outbox: Outbox
    printed: tuple[str, ...]
    configs: dict[str, Any]
    """Configurations of the fitted models by digest."""

    def events(self, kind: str) -> list[Event]:
        """Recorded events of one kind."""
        return [event for event in self.outbox.events if event.event == kind]

    @property
    def fits(self) -> list[FitEvent]:
        return [event for event in self.outbox.events if isinstance(event, FitEvent)]


def empty_pack(folder: Path, files: tuple[PackFile, ...] = ()) -> AssetPack:
    """A pack that answers only what `files` say; they must lie in `folder/visible`."""
    (folder / "visible").mkdir(parents=True, exist_ok=True)
    (folder / "visible" / "nothing").touch()
    nothing = PackFile(path="nothing", sha256=DIGEST, bytes=0)
    return AssetPack(
        name="test", folder=folder, digest=DIGEST, imagenet=False, classes=("cats", "dogs"), files=(nothing, *files)
    )


def run_cells(
    *cells: str, pack: AssetPack, policy: str = "full", sandbox: str = "none", limits: RunLimits | None = None,
    files: Sequence[Path] = (), folder: Path | None = None, keep: Path | None = None,
    framework: str = "keras3",
) -> Ran:  # fmt: skip
    """Run code cells in a fresh watched kernel."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(textwrap.dedent(cell).strip("\n")) for cell in cells]
    )
    with (
        tempfile.TemporaryDirectory() as root,
        open_workspace(
            Path(root), pack, folder, files, policy=policy, steps_per_call=2, framework=framework
        ) as workspace,
    ):
        chosen = Sandbox("bubblewrap" if sandbox == "bubblewrap" else "none")
        outcome = run_notebook(notebook, workspace, chosen, limits or RunLimits())
        outbox = read_outbox(workspace.outbox)
        configs = {e.config: outbox.config(e.config) for e in outbox.events if isinstance(e, FitEvent) and e.config}
        if keep is not None:
            for path in outbox.arrays:
                (keep / path.name).write_bytes(path.read_bytes())
    printed = tuple("".join(out.get("text", "") for out in cell.get("outputs", [])) for cell in notebook.cells)
    return Ran(outcome, outbox, printed, configs)
