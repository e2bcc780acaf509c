"""`grader check`: grade one notebook and say the result on the terminal."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from grader.cli import options


@click.command()
@click.argument("notebook", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@options.rubric_option
@options.assets_option
@options.training_option
@options.steps_option
@click.option(
    "--sandbox", type=click.Choice(["bubblewrap", "none"]), default="none", show_default=True,
    help="Isolation. Your own notebook needs none.",
)  # fmt: skip
@options.out_option(default="")
def check(
    notebook: Path, rubric_name: str, pack_name: str | None, training: str, steps: int, sandbox: str, out: Path
) -> None:
    """Grade one NOTEBOOK and print what was found, the most useful thing first.

    Exit code 1 means that something can still be improved.
    """
    from grader.batch.command import BatchRequest, grade_all
    from grader.cli.table import print_result

    with tempfile.TemporaryDirectory(prefix="grader-check-") as scratch:
        folder = out if str(out) not in ("", ".") else Path(scratch)
        request = BatchRequest(
            submissions=notebook, rubric=rubric_name, pack=pack_name, out=folder, jobs=1, policy=training,
            steps_per_call=steps, sandbox=sandbox, cell_seconds=None, notebook_seconds=None,
        )  # fmt: skip
        graded = grade_all(request, say=lambda line: click.echo(line, err=True))
        result = graded.results[0]
        print_result(result)
        if folder == out:
            click.echo(f"\nReport: {folder / graded.report_names[result.submission]}")
    open_points = any(verdict.status in ("unmet", "partial", "infrastructure_error") for verdict in result.verdicts)
    raise click.exceptions.Exit(1 if open_points else 0)
