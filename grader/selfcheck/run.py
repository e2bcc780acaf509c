"""Check one notebook by running it, on the same road as grading but without what only the instructor has."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.assets.locate import find_pack
from grader.assets.pack import AssetPack
from grader.batch.job import Conditions, grade_submission
from grader.errors import InfrastructureError, UsageError
from grader.evidence.model import Evidence
from grader.execution.limits import RunLimits, memory_share
from grader.execution.sandbox import choose_sandbox, measuring_prefix
from grader.judge import judge
from grader.models.measuring import MeasuringProcess
from grader.rubric.model import Rubric
from grader.rubric.public import public_part
from grader.selfcheck.early import EarlyMeasure
from grader.selfcheck.table import How, SelfCheck, self_check
from grader.submission.discover import discover
from grader.verdict import Result

Say = Callable[[str], None]


@dataclass(frozen=True)
class RunRequest:
    """What a student asked for."""

    notebook: Path
    pack: str | None
    policy: str
    steps_per_call: int
    sandbox: str
    cell_seconds: float | None = None
    notebook_seconds: float | None = None


@dataclass(frozen=True)
class Checked:
    """The answer, and what it was made of."""

    table: SelfCheck
    evidence: Evidence
    result: Result
    rubric: Rubric
    """The public part."""


def check_by_running(
    rubric: Rubric, request: RunRequest, say: Say, on_cell: Callable[[int, int], None] = lambda _done, _of: None
) -> Checked:
    """Run the notebook and decide the public criteria.

    Raises:
        GraderError: nothing could be checked (rubric, pack, sandbox, or our side failed).
    """
    shown = public_part(rubric)
    pack = without_heldout(find_pack(request.pack or rubric.lab.assets, say))
    sandbox = choose_sandbox(request.sandbox)
    with tempfile.TemporaryDirectory(prefix="lab-") as scratch_name:
        scratch = Path(scratch_name)
        conditions = Conditions(
            pack=pack, policy=request.policy, steps_per_call=request.steps_per_call, sandbox=sandbox,
            limits=RunLimits(
                cell_seconds=request.cell_seconds or rubric.limits.cell_seconds,
                notebook_seconds=request.notebook_seconds or rubric.limits.notebook_seconds,
                memory_bytes=memory_share(1),
            ),
            questions=shown.questions(), scratch=scratch / "run",
        )  # fmt: skip
        for folder in (conditions.scratch, scratch / "measure", scratch / "unpacked"):
            folder.mkdir()
        found = discover(request.notebook, scratch / "unpacked")
        if len(found) != 1:
            raise UsageError(
                expected="one notebook", received=f"{len(found)} submissions", where=request.notebook,
                todo="Name the notebook itself; a class is graded with `grader batch`.",
            )  # fmt: skip
        prefix = measuring_prefix(sandbox, pack, conditions.scratch, scratch / "measure")
        with MeasuringProcess(command_prefix=prefix, scratch=scratch / "measure") as measuring:
            # It imports TensorFlow while the notebook does the same, so that nobody waits for it at the end.
            threading.Thread(target=measuring.warm_up, daemon=True).start()
            early = EarlyMeasure(measuring.measure, pack, conditions.scratch)

            def ended(done: int, of: int) -> None:
                early.after_cell()
                on_cell(done, of)

            try:
                evidence = grade_submission(found[0], conditions, None, early, scratch / "out", ended)
            finally:
                early.close()
    if evidence.our_failure is not None:
        raise InfrastructureError(
            expected="a notebook that can be run here", received=evidence.our_failure,
            todo="This is not your mistake. Run `grader doctor`, or check without running: `--quick`.",
        )  # fmt: skip
    result = judge(shown, evidence)
    notes = [pack.notice] if pack.notice else []
    how: How = "source" if evidence.run.status in ("not_run", "unreadable") else "run"
    return Checked(self_check(rubric, evidence, result, how, notes), evidence, result, shown)


def without_heldout(pack: AssetPack) -> AssetPack:
    """The same pack for a student's machine: nothing is measured on held-out images there."""
    return pack.model_copy(update={"heldout_files": ()})
