"""`grader doctor`: what this machine can do, and how to get the rest."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from grader.execution.abilities import Ability

_COLUMN = 23
_WIDTH = 78


@click.command()
def doctor() -> None:
    """Say what this machine can isolate and what it lacks."""
    from grader.execution.abilities import abilities
    from grader.observation.versions import versions

    for ability in abilities():
        click.echo(told(ability))
    dot = shutil.which("dot")
    click.echo(f"{'Graphviz (plot_model)':<22} {'yes' if dot else 'no: apt-get install graphviz'}")
    for name, version in versions().items():
        click.echo(f"{name:<22} {version}")


def told(ability: Ability) -> str:
    """An ability as lines of at most 78 columns: name, yes or no, and what to do."""
    indent = " " * _COLUMN
    state = f"{ability.name:<{_COLUMN - 1}} {'yes' if ability.there else 'no'}: {ability.detail}"
    lines = [textwrap.fill(state, _WIDTH, subsequent_indent=indent)]
    if ability.todo:
        lines.append(textwrap.fill(ability.todo, _WIDTH, initial_indent=indent, subsequent_indent=indent))
    return "\n".join(lines)
