"""`grader rubric`: look at a rubric before a class depends on it."""

from __future__ import annotations

import click


@click.group()
def rubric() -> None:
    """Check a rubric file."""


@rubric.command("check")
@click.argument("rubric_name", metavar="NAME|FILE")
def check(rubric_name: str) -> None:
    """Read NAME|FILE and say what it asks for, or every mistake in it by line."""
    from grader.rubric.load import load_rubric

    loaded = load_rubric(rubric_name)
    for criterion in loaded.criteria:
        after = f"  (after {', '.join(criterion.depends_on)})" if criterion.depends_on else ""
        click.echo(f"{criterion.points:>5g}  {criterion.id:<28} {criterion.title}{after}")
    click.echo(f"{loaded.maximum:>5g}  in all: {loaded.lab.title}")
