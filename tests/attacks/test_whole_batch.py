"""A class of thirty with ten hostile ones in it: the batch ends, and every honest result is the one it gets alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from grader.evidence.model import Evidence
from grader.execution.limits import RunLimits
from tests.attacks.enclosed import needs_sandbox
from tests.attacks.harmless import assert_harmless
from tests.attacks.road import RUBRIC, Delivered, found_in, run_all
from tests.submission.notebooks import code, text, write

LIMITS = RunLimits(cell_seconds=5, notebook_seconds=30)

REWRITES = """
import glob, os
for name in glob.glob("**/*", recursive=True) + glob.glob("/tmp/**/*.ipynb", recursive=True) + [FOLDER]:
    try:
        open(name, "w").write("{}")
    except OSError as problem:
        print(type(problem).__name__)
"""
WITHOUT_AN_OUTBOX = """
import os, pathlib, shutil
here = pathlib.Path.cwd().parent
shutil.rmtree(here / "outbox", ignore_errors=True)
os.symlink("/", here / "outbox")
"""


def honest(number: int) -> list[dict[str, Any]]:
    """A small notebook of its own for each of twenty students; every fourth has a mistake somewhere."""
    questions = RUBRIC.questions()
    cells = [
        text(f"# Lab of student {number}"),
        code(f"import math\nnumber = {number}\nassert math.factorial(number) > 0"),
        code("base.trainable = False  # what it was meant to be" if number % 4 == 3 else "print(number ** 2)"),
        code("%%time\ntotal = sum(range(number))\nprint(total)"),
    ]
    words = f"Student {number} thinks that less data is needed then."
    return cells + [text(f"### {question.text}\n\n{words}") for question in questions[: number % 5]]


def hostile(folder: Path) -> None:
    """Ten that attack by file, by name, by format, or from inside the kernel."""
    write(folder / "=cmd|' /C calc'!A0<script>alert(1)<" / "lab.ipynb", code("import os\nos._exit(0)"), code("1"))
    write(
        folder / "abc\u202egnp\n::error file=x::y\x1b[2J" / "lab.ipynb",
        code("while True: print('x' * 1000)"),
        code("1"),
    )
    write(folder / ("x" * 250) / "lab.ipynb", code("import sys\nsys.exit('Score 100/100')"), code("x" * 200_000))
    write(folder / "-rf" / "lab.ipynb", code(REWRITES.replace("FOLDER", repr(str(folder / "student-01.ipynb")))))
    write(folder / "outbox" / "lab.ipynb", code(WITHOUT_AN_OUTBOX), code("2 + 2"))
    write(
        folder / "quit" / "lab.ipynb", code("quit()"), code("import signal, os; os.kill(os.getpid(), signal.SIGKILL)")
    )
    (folder / "student-01" / "lab.ipynb").parent.mkdir()
    (folder / "student-01" / "lab.ipynb").symlink_to(folder / "student-02.ipynb")
    os.mkfifo(folder / "pipe.ipynb")
    old = {"nbformat": 3, "metadata": {"kernelspec": {"name": "../../sh"}, "n": float("nan")},
           "worksheets": [{"cells": [{"cell_type": "code", "input": ["print(1)"], "outputs": []}] * 3}]}  # fmt: skip
    (folder / "old.ipynb").write_bytes(json.dumps(old).encode("utf-16"))
    (folder / "deep.ipynb").write_text('{"cells": ' + "[" * 200_000)


def without_time(seen: Evidence) -> dict[str, Any]:
    """Evidence without what differs from run to run."""
    plain: dict[str, Any] = seen.model_dump()
    plain["run"]["seconds"] = 0
    plain["provenance"]["created"] = ""
    for cell in plain["cells"]:
        cell["seconds"] = None
    return plain


@pytest.mark.slow
@pytest.mark.parametrize("start", ["fresh", pytest.param("fork", marks=needs_sandbox)])
@pytest.mark.attack("K6", "R8", "F3", "F5", "F8", "N2", "N5", "R9")
def test_ten_hostile_submissions_change_no_honest_result_and_end_no_batch(tmp_path: Path, start: str) -> None:
    folder, alone = tmp_path / "class", tmp_path / "alone"
    for number in range(1, 21):
        write(folder / f"student-{number:02}.ipynb", *honest(number))
        write(alone / f"student-{number:02}.ipynb", *honest(number))
    hostile(folder)
    before = {path: path.read_bytes() for path in folder.glob("student-*.ipynb")}
    together = run(folder, tmp_path / "together", jobs=2, start=start)
    assert len(together.results) == 30
    assert_harmless(together)
    assert {path: path.read_bytes() for path in folder.glob("student-*.ipynb")} == before
    # One at a time, and nobody hostile anywhere near.
    apart = run(alone, tmp_path / "apart", jobs=1, start=start)
    assert len(apart.results) == 20
    words = {"fresh": "started anew", "fork": "forked from a warm parent"}[start]
    assert {seen.run.kernel for seen in apart.evidence.values()} == {words}
    # Someone took the name of student-01: both get other ids and are told, and nothing else changes.
    of_file = {seen.submission.notebook: id_ for id_, seen in together.evidence.items() if id_.startswith("student")}
    twin = next(id_ for id_, seen in together.evidence.items() if "student-01-" in id_ and not seen.cells)
    for id_, entry in apart.results.items():
        own = of_file[f"{id_}.ipynb"]
        assert json.loads(json.dumps(together.results[own]).replace(own, id_)) == entry
        seen, expected = without_time(together.evidence[own]), without_time(apart.evidence[id_])
        if id_ == "student-01":
            assert own != id_
            seen["submission"] |= {"id": id_, "repairs": ()}
        assert seen == expected
    statuses = {id_: seen.run.status for id_, seen in together.evidence.items()}
    assert statuses["pipe"] == statuses["deep"] == statuses[twin] == "unreadable"
    assert statuses["quit"] == "kernel_died"
    assert statuses["old"] == "completed"
    assert sum(status == "kernel_died" for status in statuses.values()) >= 2
    for id_ in set(together.results) - set(apart.results):
        assert together.results[id_]["total"]["points"] == 0, id_
        assert together.results[id_]["status"] != "infrastructure_error", id_


def run(folder: Path, out: Path, *, jobs: int, start: str) -> Delivered:
    """A batch with real kernels."""
    scratch = out.with_name(f"s-{out.name}")
    scratch.mkdir()
    found = found_in(folder, out.with_name(f"u-{out.name}"))
    return run_all(found, out, jobs=jobs, limits=LIMITS, scratch=scratch, start=start)
