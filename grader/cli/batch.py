"""`grader batch`: grade a folder, a notebook or a zip."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli import options


@click.command(short_help="Grade a folder or zip of submissions: reports, tables, overview.")
@click.argument("submissions", type=click.Path(path_type=Path, exists=True))
@options.rubric_option
@options.assets_option
@options.out_option()
@options.jobs_option
@options.training_option
@options.steps_option
@options.sandbox_option
@options.kernel_start_option
@options.cell_seconds_option
@options.notebook_seconds_option
@options.assignment_option
@click.option("--fresh", is_flag=True, help="Run everything again, also what is unchanged since an earlier batch.")
@click.option(
    "--tries", type=click.IntRange(1, 20), default=3, show_default=True,
    help="How often to begin a submission on which our side fails, before it is put aside.",
)  # fmt: skip
@click.option(
    "--scheduler", metavar="ADDRESS",
    help="Grade on the workers of this Dask scheduler, such as tcp://host:8786 (docs/cluster.md).",
)  # fmt: skip
@click.option(
    "--shared", metavar="URL",
    help="With --scheduler: folder, or address that fsspec understands, that all workers see.",
)  # fmt: skip
@options.key_option
@options.gradebook_option
@options.log_option
@options.telemetry_option
def batch(
    submissions: Path, rubric_name: str, pack_name: str | None, out: Path, jobs: int | None, training: str, steps: int,
    sandbox: str, kernel_start: str, cell_seconds: float | None, notebook_seconds: float | None,
    assignment: str | None, fresh: bool, tries: int,
    scheduler: str | None, shared: str | None,
    key_file: Path | None, gradebook: str | None, log: Path | None, telemetry: bool | None,
) -> None:  # fmt: skip
    """Grade SUBMISSIONS: a folder (one notebook or one folder per student), one
    notebook, or a zip of either; a download from Canvas, Moodle or Blackboard
    as it is; or nbgrader's submitted/ folder.

    Writes an overview (index.html), one HTML report per student, grades.csv,
    results.json, the evidence, and summary.json (the batch in numbers) below
    the --out folder.

    What an earlier batch in the same --out folder has seen is not run again as
    long as nothing that decides it has changed; an interrupted batch goes on.
    """
    from grader.batch.command import BatchRequest, grade_all
    from grader.cli.table import print_summary
    from grader.watching.watch import WatchRequest

    request = BatchRequest(
        submissions=submissions, rubric=rubric_name, pack=pack_name, out=out, jobs=jobs, policy=training,
        steps_per_call=steps, sandbox=sandbox, kernel_start=kernel_start, cell_seconds=cell_seconds,
        notebook_seconds=notebook_seconds, assignment=assignment, fresh=fresh, tries=tries,
        scheduler=scheduler, shared=shared, key=key_file, gradebook=gradebook, watch=WatchRequest(log, telemetry),
    )  # fmt: skip
    try:
        graded = grade_all(request, say=lambda line: click.echo(line, err=True))
    except KeyboardInterrupt:
        click.echo("Interrupted. What is done is kept; the same command goes on from here.", err=True)
        raise click.exceptions.Exit(130) from None
    print_summary(graded, out)
    raise click.exceptions.Exit(1 if graded.our_failures else 0)
