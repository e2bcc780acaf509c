"""`grader export`: results in the forms that other programs read."""

from __future__ import annotations

from pathlib import Path

import click

FORMS = {
    "autolab": "Autolab: what an autograder prints, a file per submission.",
    "check50": "check50's JSON, a file per submission.",
    "gradescope": "Gradescope's results.json, a file per submission.",
    "junit": "JUnit XML of the whole class, a suite per submission.",
    "nbgrader": "A CSV of the class in nbgrader's columns.",
    "otter": "A CSV of the class in the columns of otter's final_grades.csv.",
    "prairielearn": "PrairieLearn's external grading result, a file per submission.",
}


@click.group()
def export() -> None:
    """Write results in the form of another program."""


def _command(form: str, words: str) -> click.Command:
    @click.argument("results", type=click.Path(path_type=Path, exists=True))
    @click.option(
        "--out", required=True, type=click.Path(path_type=Path), metavar="PATH",
        help="The file to write; a folder where each of several submissions gets a file of its own.",
    )  # fmt: skip
    @click.option("--submission", metavar="ID|NAME", default=None, help="Only this submission.")
    def run(results: Path, out: Path, submission: str | None) -> None:
        from grader.exports.results_today import results_today
        from grader.exports.write import write_export

        left_out = write_export(form, results_today(results), out, submission)
        click.echo(f"Written: {out}", err=True)
        if left_out:
            click.echo(f"Our side failed on {', '.join(left_out)}: nothing was written for them.", err=True)
            raise click.exceptions.Exit(1)

    return click.command(form, help=f"{words}\n\nRESULTS is a results.json, or the --out folder that holds it.")(run)


for _form, _words in FORMS.items():
    export.add_command(_command(_form, _words))
