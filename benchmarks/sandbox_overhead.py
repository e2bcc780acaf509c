"""What the sandbox adds in time: the same notebook with and without it, in turn, in one run.

    python benchmarks/sandbox_overhead.py [--repeat N]

A third kind is the sandbox with kernels forked from a warm parent, as a batch has them.
Prints one line per run, the medians and their ratios. The notebook imports TensorFlow, builds MobileNetV2 and predicts,
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
from grader.execution.sandbox import Sandbox, choose_sandbox
from grader.execution.warm_parent import WarmParent
from grader.execution.workspace import open_workspace

CELLS = (
    "import numpy as np\nimport tensorflow as tf",
    "base = tf.keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(96, 96, 3))",
    "base.predict(np.zeros((32, 96, 96, 3), 'float32'), verbose=0).shape",
)

WITHOUT, SANDBOX, FORKED = KINDS = ("no sandbox", "sandbox", "sandbox, forked")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5, help="runs of each kind (default: 5)")
    repeat = parser.parse_args().repeat
    choose_sandbox("bubblewrap")
    whole: dict[str, list[float]] = {name: [] for name in KINDS}
    cells: dict[str, list[float]] = {name: [] for name in KINDS}
    with tempfile.TemporaryDirectory(prefix="lab-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        pack = _empty_pack(folder)
        (folder / "run").mkdir()
        with WarmParent(folder / "run", (pack.visible,)) as parent:
            if problem := parent.wait():
                raise SystemExit(f"Expected a machine on which kernels can be forked. Received: {problem}")
            _run(WITHOUT, pack, folder / "run", parent)  # so that no kind pays for reading from disk
            for number in range(repeat):
                # The order changes: the machine may grow slower or faster meanwhile.
                for kind in KINDS if number % 2 else reversed(KINDS):
                    seconds, in_cells = _run(kind, pack, folder / "run", parent)
                    whole[kind].append(seconds)
                    cells[kind].append(in_cells)
                    print(f"{kind:<15} {seconds:6.2f} s, of which in cells {in_cells:6.2f} s", flush=True)
    for title, measured in (("whole run", whole), ("in cells", cells)):
        none = statistics.median(measured[WITHOUT])
        for kind in (SANDBOX, FORKED):
            median = statistics.median(measured[kind])
            print(f"{title}: median {median:.2f} s in the {kind}, {none:.2f} s without: "
                  f"ratio {median / none:.3f}, {median - none:+.2f} s")  # fmt: skip


def _run(kind: str, pack: AssetPack, batch: Path, parent: WarmParent) -> tuple[float, float]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    sandbox = Sandbox("none" if kind == WITHOUT else "bubblewrap")
    with open_workspace(batch, pack, None, (), policy="full", steps_per_call=2) as workspace:
        outcome = run_notebook(notebook, workspace, sandbox, RunLimits(), warm=parent if kind == FORKED else None)
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
