"""What it costs to grade a notebook that imports TensorFlow and does nothing else, here and with other tools.

Each tool gets the same notebooks and starts its kernels with the same Python and TensorFlow. Ours and nbclient run a
batch; where a tool has a command per notebook, that is what is run. Ours also reads, isolates, observes, judges and
writes signed reports; nbclient and papermill only execute.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat

from benchmarks.cost import Cost, cost_of, grader
from benchmarks.peers import KERNEL, kernels, peer, version
from benchmarks.places import environment
from benchmarks.stored import OPTIONS, samples_seen, sandbox_name
from benchmarks.table import Claim, judge, ratio, seconds, show

IMPORT = "import tensorflow as tf"
NBCLIENT = """\
import sys, nbformat
from nbclient import NotebookClient
for path in sys.argv[1:]:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="bench").execute()
    nbformat.write(notebook, path)
"""
OTTER_TEST = """\
OK_FORMAT = True
test = {"name": "q1", "points": 1, "suites": [{"cases": [{"code": ">>> 1 + 1\\n2", "hidden": False, "locked": False}],
        "scored": True, "setup": "", "teardown": "", "type": "doctest"}]}
"""


def main(arguments: Sequence[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks overhead")
    parser.add_argument("--ours", type=int, default=30, help="notebooks in our batch (default: 30)")
    parser.add_argument("--others", type=int, default=3, help="notebooks for each other tool (default: 3)")
    parser.add_argument("--without", nargs="*", default=[], choices=["papermill", "nbgrader", "otter-grader"])
    asked = parser.parse_args(arguments)
    prepared()
    found: dict[str, tuple[int, Cost]] = {}
    tools: dict[str, tuple[int, Callable[[Path, int], Cost]]] = {
        "ours, forked kernels": (asked.ours, lambda folder, count: ours(folder, count)),
        "ours, fresh kernels": (asked.others, lambda folder, count: ours(folder, count, "--kernel-start", "fresh")),
        "nbclient": (asked.others, nbclient),
        "papermill": (asked.others, papermill),
        "nbgrader": (asked.others, nbgrader),
        "otter-grader": (asked.others, otter),
    }
    for name in asked.without:
        del tools[name]
    for name, (count, run) in tools.items():
        with tempfile.TemporaryDirectory(prefix="b-") as folder:
            found[name] = (count, run(Path(folder), count))
            print(f"  {name}: {seconds(found[name][1].wall / count)} each", flush=True)
    with tempfile.TemporaryDirectory(prefix="b-") as folder:
        one = ours(Path(folder), 1)
    _print(found, one)
    return _judge(found)


def _print(found: dict[str, tuple[int, Cost]], one: Cost) -> None:
    per = {name: (cost.wall / count, cost.machine / count) for name, (count, cost) in found.items()}
    wall, machine = per["ours, forked kernels"]
    rows = [
        [name, f"{found[name][0]}", seconds(each[0]), seconds(each[1]), ratio(wall, each[0]), ratio(machine, each[1])]
        for name, each in per.items()
    ]
    count, whole = found["ours, forked kernels"]
    more = (whole.wall - one.wall) / (count - 1), (whole.machine - one.machine) / (count - 1)
    rows.insert(1, ["  of which each further one", f"{count}", *map(seconds, more), "", ""])
    show(
        "A notebook that imports TensorFlow: time per notebook",
        ["", "notebooks", "wall", "machine", "ours/wall", "ours/machine"], rows,
        [
            f"others: {', '.join(f'{name} {version(name)}' for name in found if not name.startswith('ours'))}",
            "others run on few notebooks, since each costs them the same",
            "ours: start of the batch, reports and overview included; one at a time (--jobs 1)",
        ],
    )  # fmt: skip


def _judge(found: dict[str, tuple[int, Cost]]) -> int:
    per = {name: cost.wall / count for name, (count, cost) in found.items()}
    wanted = {"nbclient": 5.0, "nbgrader": 8.0}
    return judge(
        [
            Claim(f"overhead per notebook against {name}", ratio(per["ours, forked kernels"], per[name]),
                  f"at most 1/{factor:.0f}", per[name] / per["ours, forked kernels"] >= factor)
            for name, factor in wanted.items() if name in per
        ]
    )  # fmt: skip


def import_only(folder: Path, count: int, code: str = IMPORT) -> list[Path]:
    """So many notebooks with that one cell, each with a comment of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        cell = nbformat.v4.new_code_cell(f"{code}\n# {number}")
        notebook = nbformat.v4.new_notebook(cells=[cell])
        notebook.metadata["kernelspec"] = {"name": KERNEL, "display_name": KERNEL, "language": "python"}
        paths.append(folder / f"s{number:04}.ipynb")
        nbformat.write(notebook, paths[-1])
    return paths


def prepared() -> None:
    """Pack made, reference measured: what a batch does once is not part of what a notebook costs."""
    os.environ.update(environment())
    samples_seen()


def ours(folder: Path, count: int, *more: str) -> Cost:
    """`grader batch`, one notebook at a time."""
    import_only(folder / "class", count)
    command = grader(
        "batch", folder / "class", *OPTIONS, "--out", folder / "out", "--sandbox", sandbox_name(), "--jobs", "1", *more
    )
    return cost_of(command, env=environment())


def nbclient(folder: Path, count: int) -> Cost:
    """One process, a kernel per notebook."""
    paths = import_only(folder, count)
    return cost_of([str(peer("nbclient") / "python"), "-c", NBCLIENT, *map(str, paths)], env=kernels())


def papermill(folder: Path, count: int) -> Cost:
    """One command per notebook."""
    total = Cost(0.0, 0.0)
    for path in import_only(folder, count):
        cost = cost_of(
            [str(peer("papermill") / "papermill"), "-k", KERNEL, str(path), str(path.with_suffix(".out.ipynb"))],
            env=kernels(),
        )
        total = Cost(total.wall + cost.wall, total.machine + cost.machine)
    return total


def nbgrader(folder: Path, count: int) -> Cost:
    """`nbgrader autograde` of a class that handed in what was released."""
    env = kernels() | _with_path(peer("nbgrader"))
    source = nbformat.v4.new_notebook(
        cells=[
            _nbgrader_cell(IMPORT, "solution", solution=True),
            _nbgrader_cell("assert tf.__version__", "test", grade=True, locked=True, points=1),
        ]
    )
    source.metadata["kernelspec"] = {"name": KERNEL, "display_name": KERNEL, "language": "python"}
    (folder / "source/ps1").mkdir(parents=True)
    nbformat.write(source, folder / "source/ps1/lab.ipynb")
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
    program = str(peer("nbgrader") / "nbgrader")
    cost_of([program, "generate_assignment", "ps1"], cwd=folder, env=env)
    for number in range(count):
        (folder / f"submitted/s{number:04}/ps1").mkdir(parents=True)
        # Students hand in their solution, not the release with its gap.
        shutil.copy(folder / "source/ps1/lab.ipynb", folder / f"submitted/s{number:04}/ps1/lab.ipynb")
    return cost_of([program, "autograde", "ps1"], cwd=folder, env=env)


def _nbgrader_cell(source: str, name: str, **settings: object) -> nbformat.NotebookNode:
    given = {"schema_version": 3, "grade_id": name, "grade": False, "solution": False, "locked": False, "task": False}
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": given | settings})


def otter(folder: Path, count: int) -> Cost:
    """`otter run`, without containers: one command per notebook."""
    python = peer("otter-grader") / "python"
    env = kernels(python) | _with_path(peer("otter-grader"))
    (folder / "tests").mkdir()
    (folder / "tests/q1.py").write_text(OTTER_TEST, encoding="utf-8")
    program = str(peer("otter-grader") / "otter")
    without = ["--no-environment", "--no-config", "--no-requirements"]
    cost_of([program, "generate", "-t", "tests", "-o", "grader.zip", *without], cwd=folder, env=env)
    total = Cost(0.0, 0.0)
    for path in import_only(folder / "class", count):
        result = folder / f"result-{path.stem}"
        result.mkdir()
        cost = cost_of([program, "run", "-a", "grader.zip", "-o", str(result), str(path)], cwd=folder, env=env)
        if '"status": "passed"' not in (result / "results.json").read_text():
            print("  otter-grader ran, and its own test did not pass:", cost.output[-300:])
        total = Cost(total.wall + cost.wall, total.machine + cost.machine)
    return total


def _with_path(folder: Path) -> dict[str, str]:
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
