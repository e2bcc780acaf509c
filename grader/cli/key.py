"""`grader key`: the key that reports are signed with."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli import options


@click.group()
def key() -> None:
    """The key that reports are signed with."""


@key.command()
@options.key_option
def show(key_file: Path | None) -> None:
    """Print the public key: give it to whoever should check your reports."""
    from grader.errors import UsageError
    from grader.provenance.key_store import own_key_file, read_signing_key

    path = key_file or own_key_file()
    if key_file is None and not path.exists():
        raise UsageError(
            expected="a signing key", received="none yet", where=path,
            todo="The first batch makes one; `grader key new` makes one now.",
        )  # fmt: skip
    click.echo(read_signing_key(path).public.text)
    click.echo(f"The secret half is in {path}. Keep it to yourself.", err=True)


@key.command()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
    help="A key file elsewhere, for instance for CI. Default: this machine's own key.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Replace the key that is there. Only its public half is remembered.")
def new(out: Path | None, replace: bool) -> None:
    """Make a new key and print its public half."""
    from grader.provenance.key_store import new_key

    made, path = new_key(out, replace=replace)
    click.echo(made.public.text)
    click.echo(f"The secret half is in {path}, readable by you only. Keep it to yourself.", err=True)
