"""`grader check`: what grading will say about one notebook, before it is handed in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli import options

if TYPE_CHECKING:
    from grader.selfcheck.run import Checked


@click.command(short_help="Check your own notebook before handing it in.")
@click.argument("notebook", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--rubric", "rubric_name", default=None, metavar="NAME|FILE",
    help="Rubric: a name in rubrics/, or a TOML file. Default: the one beside the notebook, else lab06.",
)  # fmt: skip
@options.assets_option
@click.option(
    "--training", type=click.Choice(["capped", "full"]), default="capped", show_default=True,
    help="capped: each fit runs a few steps, enough to see that it trains. full: the notebook trains as written.",
)  # fmt: skip
@options.steps_option
@click.option("--quick", is_flag=True, help="Run nothing: read the notebook's text and answer at once.")
@click.option("--watch", is_flag=True, help="Check again each time the notebook is saved. Ctrl-C ends it.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON instead.")
@click.option(
    "--html", "page", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
    help="Write the answer as a page for a browser as well.",
)  # fmt: skip
@click.option(
    "--sandbox", type=click.Choice(["bubblewrap", "none"]), default="none", show_default=True,
    help="Isolation. Your own notebook needs none.",
)  # fmt: skip
def check(
    notebook: Path, rubric_name: str | None, pack_name: str | None, training: str, steps: int, quick: bool,
    watch: bool, as_json: bool, page: Path | None, sandbox: str,
) -> None:  # fmt: skip
    """Check one NOTEBOOK before handing it in: what was asked, what was found,
    in which cell, and what to try; the most useful thing first.

    Hidden criteria and what only grading can measure are left out. Exit code 1
    means that something can still be improved.
    """
    from grader.rubric.beside import rubric_for

    rubric = rubric_for(notebook, rubric_name)

    def once() -> Checked:
        if quick:
            from grader.selfcheck.quick import check_by_reading

            return check_by_reading(rubric, notebook)
        from grader.cli.running import running
        from grader.selfcheck.run import RunRequest, check_by_running

        request = RunRequest(notebook, pack_name, training, steps, sandbox)
        with running(notebook.name) as (say, on_cell):
            return check_by_running(rubric, request, say, on_cell)

    def tell(checked: Checked) -> None:
        if as_json:
            click.echo(checked.table.model_dump_json(indent=1))
        else:
            from grader.selfcheck.terminal import print_self_check

            print_self_check(checked.table)
        if page is not None:
            from grader.report import render_report
            from grader.report.feedback import without_answer_keys
            from grader.storage import write_text_atomically

            # Who has not handed in yet is told no key points.
            shown = without_answer_keys(checked.rubric)
            write_text_atomically(page, render_report(checked.evidence, checked.result, shown))
            click.echo(f"\nPage: {page}", err=as_json)

    if watch:
        from grader.selfcheck.watch import check_on_save

        check_on_save(notebook, lambda: tell(once()))
        return
    checked = once()
    tell(checked)
    raise click.exceptions.Exit(1 if checked.table.to_fix else 0)
