"""`grader doctor`: what this machine can do, and how to get the rest."""

from __future__ import annotations

import shutil
import textwrap

import click


@click.command()
def doctor() -> None:
    """Say what this machine can isolate and what it lacks."""
    from grader.execution.abilities import abilities
    from grader.observation.versions import versions

    for ability in abilities():
        click.echo(f"{ability.name:<22} {'yes' if ability.there else 'no'}: {ability.detail}")
        if ability.todo:
            click.echo(textwrap.fill(ability.todo, 78, initial_indent=" " * 23, subsequent_indent=" " * 23))
    dot = shutil.which("dot")
    click.echo(f"{'Graphviz (plot_model)':<22} {'yes' if dot else 'no: apt-get install graphviz'}")
    for name, version in versions().items():
        click.echo(f"{name:<22} {version}")
