"""What forking kernels saves: a notebook that imports TensorFlow and does nothing else, three ways in turn, in one run.

    python benchmarks/forked_kernels.py [--repeat N] [--profile]

- plain: nbclient with an ordinary kernel, no sandbox, nothing recorded;
- fresh: this grader's whole road for one submission (read, run, observe, store), its kernel started anew;
- forked: the same, its kernel forked from a warm parent.

Prints one line per run, medians, ratios, how much memory of a kernel is its own, and what the parent costs per batch.
With `--profile`, where the forked road spends its time.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient

from grader.assets.pack import AssetPack, PackFile
from grader.batch.job import Conditions, grade_submission
from grader.evidence.model import Measurement
from grader.execution.limits import RunLimits
from grader.execution.sandbox import choose_sandbox
from grader.execution.warm_parent import WarmParent
from grader.models.measure_request import MeasureRequest
from grader.submission.model import Submission

SOURCE = "import tensorflow as tf\nprint(tf.__version__)"
KINDS = ("plain", "fresh", "forked")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5, help="runs of each kind (default: 5)")
    parser.add_argument("--profile", action="store_true", help="say where the forked road spends its time")
    arguments = parser.parse_args()
    seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    own: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory(prefix="b-") as name:
        root = Path(name)
        root.chmod(0o755)
        path = root / "notebook.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SOURCE)]), path)
        conditions = _conditions(root)
        with WarmParent(conditions.scratch, (conditions.pack.visible,)) as parent:
            began = time.monotonic()
            if (problem := parent.wait()) is not None:
                raise SystemExit(f"Expected a machine that can fork kernels. Received: {problem}")
            print(f"parent: ready after {time.monotonic() - began:.2f} s, once per batch", flush=True)
            ways: dict[str, Callable[[], None]] = {
                "plain": lambda: _plain(path),
                "fresh": lambda: _graded(path, conditions, None, root),
                "forked": lambda: _graded(path, conditions, parent, root),
            }
            ways["plain"]()  # so that no kind pays for reading from disk
            for number in range(arguments.repeat):
                # The order changes: the machine may grow slower or faster meanwhile.
                for kind in KINDS[number % 3 :] + KINDS[: number % 3]:
                    taken, memory = _watched(ways[kind])
                    seconds[kind].append(taken)
                    own[kind].append(memory)
                    print(f"{kind:<7} {taken:6.2f} s, memory of its own {memory:4.0f} MB", flush=True)
            if arguments.profile:
                _profile(ways["forked"])
    middle = {kind: statistics.median(values) for kind, values in seconds.items()}
    for kind in KINDS:
        print(
            f"{kind}: median {middle[kind]:.2f} s, {middle[kind] / middle['plain']:.2f} of plain; "
            f"memory of its own {statistics.median(own[kind]):.0f} MB"
        )


def _plain(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()


def _graded(path: Path, conditions: Conditions, parent: WarmParent | None, root: Path) -> None:
    import dataclasses

    submission = Submission("ada", "Ada", notebook=path)
    evidence = grade_submission(
        submission, dataclasses.replace(conditions, warm=parent), None, _nothing_to_measure, root / "out"
    )
    wanted = "forked" if parent else "started anew"
    if evidence.run.status != "completed" or not evidence.run.kernel.startswith(wanted):
        received = evidence.our_failure or f"{evidence.run.status}, {evidence.run.kernel}"
        raise SystemExit(f"Expected a run to the end, {wanted}. Received: {received}")


def _watched(way: Callable[[], None]) -> tuple[float, float]:
    """Seconds, and most megabytes that one new process below this one had to itself."""
    most = 0.0
    done = threading.Event()
    known = {process.pid for process in psutil.Process().children(recursive=True)}

    def look() -> None:
        nonlocal most
        while not done.wait(0.2):
            for process in psutil.Process().children(recursive=True):
                if process.pid in known:
                    continue
                try:
                    most = max(most, process.memory_full_info().uss / 1e6)
                except psutil.Error:
                    continue

    watcher = threading.Thread(target=look)
    watcher.start()
    began = time.monotonic()
    way()
    taken = time.monotonic() - began
    done.set()
    watcher.join()
    return taken, most


def _profile(way: Callable[[], None]) -> None:
    profile = cProfile.Profile()
    profile.runcall(way)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(45)


def _conditions(root: Path) -> Conditions:
    (root / "pack" / "visible").mkdir(parents=True)
    (root / "pack" / "visible" / "nothing").touch()
    nothing = PackFile(path="nothing", sha256="0" * 64, bytes=0)
    pack = AssetPack(
        name="none", folder=root / "pack", digest="0" * 64, imagenet=False, classes=("cats", "dogs"), files=(nothing,)
    )
    (root / "run").mkdir()
    return Conditions(
        pack=pack, policy="full", steps_per_call=2, limits=RunLimits(), sandbox=choose_sandbox("bubblewrap"),
        questions=(), scratch=root / "run",
    )  # fmt: skip


def _nothing_to_measure(_request: MeasureRequest) -> Measurement:
    raise AssertionError("there is no model in this notebook")


if __name__ == "__main__":
    main()
