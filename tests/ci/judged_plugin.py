"""A pytest plugin for tests of ours: notebooks named `<status>.ipynb` count as graded so, without being run."""

from __future__ import annotations

from grader.ci.pytest_plugin import Notebook
from grader.errors import UsageError
from grader.verdict import Result, Status, Total, Verdict


def _graded(self: Notebook) -> Result:
    if self.path.stem == "nothing":
        raise UsageError(expected="a sandbox", received="none", todo="Say --lab-sandbox none.")
    status: Status = self.path.stem  # type: ignore[assignment]
    verdicts = tuple(
        Verdict(
            criterion=id_,
            title=id_.title(),
            status=status,
            points=0,
            maximum=2,
            reason="\x1b[31mRed\n::error::x",
            hint="Try",
        )
        for id_ in ("frozen", "head")
    )
    total = Total(points=0, counted=0, pending=0, excluded=0, maximum=4, final=False)
    return Result(submission="a", name="A", status="graded", verdicts=verdicts, total=total)


def pytest_configure() -> None:
    """Put the judged results in place of running a notebook."""
    Notebook._grade = _graded  # type: ignore[method-assign]
