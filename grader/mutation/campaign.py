"""Run variants and samples down the road that students' notebooks take, and hold the outcome against expectation."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.batch.command import BatchRequest, grade_all
from grader.batch.reference import reference_notebook
from grader.checks.own import checks_of
from grader.errors import InfrastructureError, UsageError
from grader.mutation.catalogue import catalogue
from grader.mutation.expectation import expect, with_shortened
from grader.mutation.make import Made, make_variants
from grader.mutation.notebook import SourceNotebook, load_notebook
from grader.mutation.outcome import Outcome, Row, confusion, outcome
from grader.mutation.samples import Samples, load_samples
from grader.rubric.load import load_rubric
from grader.rubric.model import Rubric
from grader.verdict import Result

Say = Callable[[str], None]
BASELINE = "the-reference-itself"
SAMPLE_GROUP = "samples"


@dataclass(frozen=True)
class Conditions:
    """Under which notebooks of one group are run."""

    training: str
    cell_seconds: float | None


@dataclass(frozen=True)
class VerifyRequest:
    """What a person asked for on the command line."""

    rubric: str
    reference: Path | None
    own: Path | None
    samples: Path | None
    only: Sequence[str]
    quick: bool
    pack: str | None
    out: Path
    jobs: int | None
    training: str
    """Mistakes that only a whole training shows are trained in full under `capped` too."""
    sandbox: str
    kernel_start: str


@dataclass(frozen=True)
class Campaign:
    """Everything that came of a verification."""

    rubric: Rubric
    reference: Path
    baseline: Result
    outcomes: tuple[Outcome, ...]
    not_applicable: tuple[Made, ...]
    training: str
    whole: bool = True
    """All variants were asked for, not some of them."""

    @property
    def untried(self) -> tuple[str, ...]:
        """Criteria from which no mutant and no sample must take points: how bad work fares there is unknown."""
        if not self.whole:
            return ()
        return tuple(
            row.criterion for row in self.table() if not (row.caught or row.missed or row.other or row.asked_lost)
        )

    @property
    def as_expected(self) -> bool:
        """The reference loses nothing, and everything else is as it must be."""
        return not self.lost_by_reference and all(each.as_expected for each in self.outcomes)

    @property
    def lost_by_reference(self) -> tuple[str, ...]:
        """Criteria in which the reference itself loses points."""
        return tuple(v.criterion for v in self.baseline.verdicts if v.status in ("partial", "unmet", "blocked"))

    def table(self, source: str | None = None) -> tuple[Row, ...]:
        """The confusion table, of one source or of all."""
        titles = {criterion.id: criterion.title for criterion in self.rubric.criteria}
        return confusion((each for each in self.outcomes if source in (None, each.source)), titles)


def verify(request: VerifyRequest, say: Say) -> Campaign:
    """Make, run and judge all variants.

    Raises:
        GraderError: nothing could be verified (rubric, reference, pack, sandbox, a name that is not in the catalogue).
    """
    rubric = load_rubric(request.rubric)
    path = request.reference or reference_notebook(rubric)
    reference = load_notebook(path)
    made = _chosen(list(make_variants(reference, rubric, catalogue(request.own))), request)
    samples = None if request.samples is None else load_samples(request.samples)
    results = _run(made, reference, samples, request, say)
    baseline = results[Conditions(_training(request, "any"), None), BASELINE]
    outcomes = [*_of_samples(samples, results, baseline), *_of_variants(made, rubric, results, request)]
    missing = tuple(each for each in made if each.notebook is None)
    whole = not (request.only or request.quick)
    return Campaign(rubric, path, baseline, tuple(outcomes), missing, request.training, whole)


def _chosen(made: list[Made], request: VerifyRequest) -> list[Made]:
    if not request.only:
        return [each for each in made if each.variant.quick or not request.quick]
    unknown = set(request.only) - {each.name for each in made} - {each.variant.name for each in made}
    if unknown:
        raise UsageError(
            expected="names of mutants or rewrites", received=", ".join(sorted(unknown)),
            todo="`grader rubric variants` lists them.",
        )  # fmt: skip
    return [each for each in made if each.name in request.only or each.variant.name in request.only]


def _training(request: VerifyRequest, needed: str) -> str:
    return "full" if needed == "full" and request.training == "capped" else request.training


def _conditions(made: Made, request: VerifyRequest) -> Conditions:
    return Conditions(_training(request, made.variant.training), made.variant.cell_seconds)


def _run(
    made: Iterable[Made], reference: SourceNotebook, samples: Samples | None, request: VerifyRequest, say: Say
) -> Mapping[tuple[Conditions, str], Result]:
    """Results by conditions and name: one batch for each group that runs under the same conditions."""
    groups: dict[Conditions, list[tuple[str, SourceNotebook]]] = {Conditions(_training(request, "any"), None): []}
    for each in made:
        if each.notebook is not None:
            groups.setdefault(_conditions(each, request), []).append((each.name, each.notebook))
    results: dict[tuple[Conditions, str], Result] = {}
    for conditions, members in groups.items():
        name = f"{conditions.training}{f'-{conditions.cell_seconds:g}s' if conditions.cell_seconds else ''}"
        folder = request.out / "variants" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for variant, notebook in [*members, (BASELINE, reference)]:
            notebook.save(folder / f"{variant}.ipynb")
        for result in _batch(folder, request.out / "runs" / name, conditions, request, say):
            results[conditions, result.name] = result
    if samples is not None:
        whole = Conditions(request.training, None)
        for result in _batch(samples.folder, request.out / "runs" / SAMPLE_GROUP, whole, request, say):
            results[Conditions(SAMPLE_GROUP, None), result.name] = result
    failed = [name for (_, name), result in results.items() if result.status == "infrastructure_error"]
    if failed:
        raise InfrastructureError(
            expected="notebooks that this machine can run",
            received=f"failures of ours in {', '.join(failed[:5])}: {_why(results, failed[0])}", where=request.out,
            todo="See `grader doctor`; what is done is kept, so the same command goes on.",
        )  # fmt: skip
    return results


def _why(results: Mapping[tuple[Conditions, str], Result], name: str) -> str:
    return next(result.verdicts[0].reason for (_, each), result in results.items() if each == name)


def _batch(folder: Path, out: Path, conditions: Conditions, request: VerifyRequest, say: Say) -> Sequence[Result]:
    batch = BatchRequest(
        submissions=folder, rubric=request.rubric, pack=request.pack, out=out, jobs=request.jobs,
        policy=conditions.training, steps_per_call=2, sandbox=request.sandbox,
        kernel_start=request.kernel_start, cell_seconds=conditions.cell_seconds,
        notebook_seconds=None,
    )  # fmt: skip
    return grade_all(batch, say).results


def _of_variants(
    made: Iterable[Made], rubric: Rubric, results: Mapping[tuple[Conditions, str], Result], request: VerifyRequest
) -> Iterable[Outcome]:
    checks = checks_of(rubric)
    for each in made:
        if each.notebook is None:
            continue
        conditions = _conditions(each, request)
        baseline = results[conditions, BASELINE]
        expected = expect(rubric, checks, each.variant, each.question, baseline)
        result = results[conditions, each.name]
        yield outcome(each.kind, each.name, each.variant.says, expected, result, baseline)


def _of_samples(
    samples: Samples | None, results: Mapping[tuple[Conditions, str], Result], baseline: Result
) -> Iterable[Outcome]:
    for sample in samples.samples if samples is not None else ():
        result = results.get((Conditions(SAMPLE_GROUP, None), sample.name))
        if result is None:
            raise UsageError(
                expected=f"the sample {sample.submission}", received="no such submission",
                where=samples.folder if samples else None,
            )  # fmt: skip
        expected = with_shortened(sample.expected, baseline)
        yield outcome("sample", sample.name, f"{sample.kind}: {sample.why}", expected, result, baseline)
