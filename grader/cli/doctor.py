"""`grader doctor`: what this machine can do, and how to get the rest."""

from __future__ import annotations

import shutil

import click


@click.command()
def doctor() -> None:
    """Say what this machine can isolate and what it lacks."""
    from grader.execution.sandbox import bubblewrap_works
    from grader.observation.observe import versions

    problem = bubblewrap_works()
    good = "yes: own namespaces, no network, read-only system"
    click.echo(f"sandbox (bubblewrap)   {good if problem is None else f'no: {problem}'}")
    if problem is not None:
        click.echo(
            "                       Install bubblewrap (apt-get install bubblewrap), or grade only notebooks you"
        )
        click.echo("                       trust with --sandbox none.")
    dot = shutil.which("dot")
    click.echo(f"Graphviz (plot_model)  {'yes' if dot else 'no: apt-get install graphviz'}")
    for name, version in versions().items():
        click.echo(f"{name:<22} {version}")
