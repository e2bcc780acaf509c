"""A pytest plugin: `pytest --lab rubric.toml notebook.ipynb` runs the notebook once and makes a test of each criterion.

Any CI that knows pytest therefore knows this grader. A criterion that a person decides, or that is not counted again,
is skipped with the reason; where our side failed, the test has an error and not a failure. Without `--lab` the plugin
does nothing at all.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from grader.rubric.model import Criterion, Rubric
    from grader.verdict import Result, Verdict


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, named so that no other plugin's are in their way."""
    group = parser.getgroup("lab-grader", "grading notebooks")
    group.addoption("--lab", metavar="NAME|FILE", help="Rubric by which the notebooks named are graded.")
    group.addoption("--lab-assets", metavar="NAME|FOLDER", help="Asset pack. Default: the one the rubric names.")
    group.addoption("--lab-training", default="full", choices=["full", "capped"], help="Training policy.")
    group.addoption(
        "--lab-sandbox", default="bubblewrap", choices=["bubblewrap", "none"],
        help="Isolation of the notebook. none: you trust it.",
    )  # fmt: skip
    group.addoption("--lab-out", metavar="DIR", help="Folder that keeps report and evidence.")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a wrong rubric before anything is collected."""
    config.addinivalue_line("markers", "criterion(id): a criterion of a lab's rubric")
    name = config.getoption("--lab", None)
    if name:
        from grader.errors import GraderError
        from grader.rubric.load import load_rubric

        try:
            config.stash[_RUBRIC] = load_rubric(name)
        except GraderError as mistake:
            raise pytest.UsageError(str(mistake)) from mistake


_RUBRIC: pytest.StashKey[Rubric] = pytest.StashKey()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take a notebook when there is a lab to grade it by."""
    if file_path.suffix != ".ipynb" or _RUBRIC not in parent.config.stash:
        return None
    collected: Notebook = Notebook.from_parent(parent, path=file_path)
    return collected


class Notebook(pytest.File):
    """A notebook; it is run once, when the first of its criteria is asked for."""

    _graded: Result | Exception | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """A test per criterion, in the rubric's order."""
        for criterion in self.config.stash[_RUBRIC].criteria:
            yield CriterionTest.from_parent(self, name=criterion.id, criterion=criterion)

    def result(self) -> Result:
        """Grade the notebook, once; what went wrong then goes wrong for every criterion."""
        if self._graded is None:
            try:
                self._graded = self._grade()
            except Exception as problem:  # noqa: BLE001 - told again for each criterion, as pytest does with a fixture
                self._graded = problem
        if isinstance(self._graded, Exception):
            raise self._graded
        return self._graded

    def _grade(self) -> Result:
        from grader.batch.command import BatchRequest, grade_all

        option: Any = self.config.getoption
        with tempfile.TemporaryDirectory(prefix="grader-pytest-") as scratch:
            request = BatchRequest(
                submissions=self.path, rubric=str(self.config.stash[_RUBRIC].path), pack=option("--lab-assets"),
                out=Path(option("--lab-out") or scratch), jobs=1, policy=option("--lab-training"), steps_per_call=2,
                sandbox=option("--lab-sandbox"), cell_seconds=None, notebook_seconds=None,
            )  # fmt: skip
            return grade_all(request, say=lambda _line: None).results[0]


class CriterionTest(pytest.Item):
    """One criterion of the rubric."""

    def __init__(self, *, criterion: Criterion, **rest: Any) -> None:
        super().__init__(**rest)
        self.criterion = criterion
        self.add_marker(pytest.mark.criterion(criterion.id))
        self._verdict: Verdict | None = None

    def setup(self) -> None:
        """Running the notebook is not the test: what fails here is an error, not a failure."""
        from grader.console import console_block
        from grader.errors import GraderError

        assert isinstance(self.parent, Notebook)
        try:
            result = self.parent.result()
        except GraderError as problem:
            pytest.fail(console_block(str(problem)), pytrace=False)
        self._verdict = next(one for one in result.verdicts if one.criterion == self.criterion.id)
        if self._verdict.status == "infrastructure_error":
            pytest.fail(console_block(f"Our side failed: {self._verdict.reason}"), pytrace=False)

    def runtest(self) -> None:
        """Pass, skip or fail in the words of the verdict: a traceback of ours would tell a student nothing."""
        from grader.console import console_block, console_line

        verdict = self._verdict
        assert verdict is not None
        points = f"{verdict.points:g}" if verdict.status in ("met", "partial", "unmet") else "open"
        self.user_properties += [("points", points), ("maximum", f"{verdict.maximum:g}"), ("status", verdict.status)]
        if verdict.status == "needs_review":
            pytest.skip(console_line(f"A person decides: {verdict.reason}"))
        if verdict.status == "blocked":
            pytest.skip(console_line(f"Not counted again: {verdict.reason}"))
        if verdict.status != "met":
            pytest.fail(console_block(_not_met(verdict)), pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Shown as the criterion's title."""
        return self.path, None, self.criterion.title


def _not_met(verdict: Verdict) -> str:
    place = verdict.places[0] if verdict.places else None
    cell = f"code cell {place.code_cell}" if place and place.code_cell else f"cell {place.cell}" if place else ""
    lines = [
        f"{verdict.title}: {verdict.points:g} of {verdict.maximum:g} points",
        verdict.reason,
        f"Where: {cell}, line {place.first_line}." if place else "",
        f"Next: {verdict.hint}" if verdict.hint else "",
    ]
    return "\n".join(line for line in lines if line)
