"""`grader ci`: grade in a CI job."""

from __future__ import annotations

import os
from pathlib import Path

import click

from grader.cli import options


@click.command(short_help="Grade in a CI job: exit codes, JUnit, annotations.")
@click.argument("submissions", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--minimum", default="60%", show_default=True, metavar="SHARE|POINTS",
    help="The least that passes: 60% of what can be reached, or 12 points.",
)  # fmt: skip
@click.option(
    "--matrix", "only_matrix", is_flag=True, help="Run nothing; print the submissions as JSON for strategy.matrix."
)
@options.rubric_option
@options.assets_option
@options.out_option(default="grader-results")
@options.jobs_option
@options.training_option
@options.steps_option
@options.sandbox_option
@options.cell_seconds_option
@options.notebook_seconds_option
@options.key_option
@click.option(
    "--annotate/--no-annotate", default=None,
    help="Print workflow commands that mark lines on GitHub.  [default: when $GITHUB_ACTIONS is true]",
)  # fmt: skip
def ci(
    submissions: tuple[Path, ...], minimum: str, only_matrix: bool, rubric_name: str, pack_name: str | None,
    out: Path, jobs: int | None, training: str, steps: int, sandbox: str, cell_seconds: float | None,
    notebook_seconds: float | None, key_file: Path | None, annotate: bool | None,
) -> None:  # fmt: skip
    """Grade SUBMISSIONS (notebooks, folders or zips) and leave behind what CI
    services read: junit.xml, summary.md, gl-code-quality-report.json,
    classroom.json, and all that `grader batch` writes.

    Exit codes: 0 minimum reached; 1 below it; 3 a person still decides; 4 our
    side failed, run the job again; 2 nothing was done.
    """
    import tempfile

    from grader.ci.command import deliver_to_ci, matrix, notebooks_of
    from grader.ci.threshold import WORDS, parse_minimum
    from grader.submission.discover import discover_all

    least = parse_minimum(minimum)
    with tempfile.TemporaryDirectory(prefix="grader-ci-") as scratch:
        if only_matrix:
            click.echo(matrix(submissions, Path(scratch)))
            return
        notebooks = notebooks_of(discover_all(submissions, Path(scratch)))
    from grader.batch.command import BatchRequest, grade_all
    from grader.cli.table import print_result, print_summary
    from grader.console import console_line

    request = BatchRequest(
        submissions=submissions, rubric=rubric_name, pack=pack_name, out=out, jobs=jobs, policy=training,
        steps_per_call=steps, sandbox=sandbox, cell_seconds=cell_seconds, notebook_seconds=notebook_seconds,
        key=key_file,
    )  # fmt: skip
    graded = grade_all(request, say=lambda line: click.echo(line, err=True))
    if len(graded.results) == 1:
        print_result(graded.results[0])
    else:
        print_summary(graded, out)
    root = Path(os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR") or ".")
    job = deliver_to_ci(out, notebooks, least, root)
    click.echo()
    for entry, reached in job.outcomes:
        click.echo(f"{console_line(entry.submission.name, 60)}: {WORDS[reached]} (minimum {least.words})")
    if annotate or (annotate is None and os.environ.get("GITHUB_ACTIONS") == "true"):
        for command in job.commands:
            click.echo(command)
    raise click.exceptions.Exit(int(job.outcome))
