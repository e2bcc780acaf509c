"""`grader export`: results in the forms that other programs read."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli import options

VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")
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

    return click.command(
        form, short_help=words.partition(",")[0].rstrip(".") + ".",
        help=f"{words}\n\nRESULTS is a results.json, or the --out folder that holds it.",
    )(run)  # fmt: skip


for _form, _words in FORMS.items():
    export.add_command(_command(_form, _words))


@export.command("gradescope-autograder", short_help="The zip that Gradescope runs.")
@click.argument("rubric_name", metavar="NAME|FILE")
@options.assets_option
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="The zip to write."
)
@options.training_option
@options.sandbox_option
@click.option(
    "--visibility", type=click.Choice(VISIBILITIES), default="visible", show_default=True,
    help="When students see score and criteria.",
)  # fmt: skip
@click.option(
    "--hidden-visibility", type=click.Choice(VISIBILITIES), default="after_published", show_default=True,
    help="When they see criteria that the rubric does not make public.",
)  # fmt: skip
def gradescope_autograder(
    rubric_name: str, pack_name: str | None, out: Path, training: str, sandbox: str, visibility: str,
    hidden_visibility: str,
) -> None:  # fmt: skip
    """Make the zip that Gradescope runs for the lab of the rubric NAME|FILE."""
    from grader.gradescope.bundle import write_autograder
    from grader.gradescope.settings import Settings

    settings = Settings.model_validate(
        {
            "rubric": rubric_name, "pack": "", "sandbox": sandbox, "training": training, "visibility": visibility,
            "hidden_visibility": hidden_visibility,
        }
    )  # fmt: skip
    for note in write_autograder(out, rubric_name, pack_name, settings):
        click.echo(note, err=True)
