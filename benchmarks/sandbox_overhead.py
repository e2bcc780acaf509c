"""What the sandbox adds in time: the same notebook with and without it, in turn, in one run.

    python benchmarks/sandbox_overhead.py [--repeat N]

Prints one line per run, the medians and their ratio. The notebook imports TensorFlow, builds MobileNetV2 and predicts,
so that start-up, file access (thousands of files are opened by the import) and computing are all in it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import nbformat

from grader.assets.pack import AssetPack, PackFile
from grader.execution.limits import RunLimits
from grader.execution.run import run_notebook
from grader.execution.sandbox import Sandbox, SandboxName, choose_sandbox
from grader.execution.workspace import open_workspace

CELLS = (
    "import numpy as np\nimport tensorflow as tf",
    "base = tf.keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(96, 96, 3))",
    "base.predict(np.zeros((32, 96, 96, 3), 'float32'), verbose=0).shape",
)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5, help="runs of each kind (default: 5)")
    repeat = parser.parse_args().repeat
    choose_sandbox("bubblewrap")
    names: tuple[SandboxName, ...] = ("none", "bubblewrap")
    whole: dict[str, list[float]] = {name: [] for name in names}
    cells: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="b-") as folder:
        pack = _empty_pack(Path(folder))
        _run("none", pack)  # so that neither kind pays for reading from disk
        for number in range(repeat):
            # The order changes: the machine may grow slower or faster meanwhile.
            for name in names if number % 2 else reversed(names):
                seconds, in_cells = _run(name, pack)
                whole[name].append(seconds)
                cells[name].append(in_cells)
                print(f"{name:<11} {seconds:6.2f} s, of which in cells {in_cells:6.2f} s", flush=True)
    for title, measured in (("whole run", whole), ("in cells", cells)):
        none, bubblewrap = (statistics.median(measured[name]) for name in names)
        print(
            f"{title}: median {bubblewrap:.2f} s in the sandbox, {none:.2f} s without: "
            f"ratio {bubblewrap / none:.3f}, {bubblewrap - none:+.2f} s"
        )


def _run(name: SandboxName, pack: AssetPack) -> tuple[float, float]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    with (
        tempfile.TemporaryDirectory(prefix="b-") as root,
        open_workspace(Path(root), pack, None, (), policy="full", steps_per_call=2) as workspace,
    ):
        outcome = run_notebook(notebook, workspace, Sandbox(name), RunLimits())
    if outcome.status != "completed":
        raise SystemExit(f"Expected a run to the end. Received {outcome.status}: {outcome.explanation}")
    return outcome.seconds, sum(cell.seconds for cell in outcome.cells)


def _empty_pack(folder: Path) -> AssetPack:
    (folder / "visible").mkdir()
    (folder / "visible" / "nothing").touch()
    nothing = PackFile(path="nothing", sha256="0" * 64, bytes=0)
    return AssetPack(
        name="none", folder=folder, digest="0" * 64, imagenet=False, classes=("cats", "dogs"), files=(nothing,)
    )


if __name__ == "__main__":
    main()
