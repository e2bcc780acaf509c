"""`grader kit`: what students get."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Make what students need to check their own notebooks.")
@click.argument("rubric_name", metavar="RUBRIC")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Folder for the kit.",
)  # fmt: skip
@click.option("--zip", "zipped", is_flag=True, help="Write DIR.zip as well, to put on your learning platform.")
@click.option(
    "--package", default=None, metavar="NAME|URL|FILE",
    help="What students give to pip. Default: a wheel of this checkout, put into the kit.",
)  # fmt: skip
def kit(rubric_name: str, out: Path, zipped: bool, package: str | None) -> None:
    """Make the students' kit of a lab: the public part of RUBRIC, the notebook
    to start from with the questions in it, and how to install the self-check.

    Hidden criteria, key points and the reference stay with you.
    """
    from grader.kit.write import write_kit
    from grader.rubric.load import load_rubric

    written = write_kit(load_rubric(rubric_name), out, package=package, zipped=zipped)
    for file in written.files:
        click.echo(written.folder / file)
    if written.zip is not None:
        click.echo(written.zip)
