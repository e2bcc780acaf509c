"""`grader lms`: marks and feedback into Canvas, Moodle, and whatever speaks LTI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from grader.lms.filled import Filled

results_argument = click.argument("results", type=click.Path(path_type=Path, exists=True))
out_option = click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="The file to write."
)
people_option = click.option(
    "--people", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=None, metavar="FILE",
    help="Your own list of who is who: a CSV with `submission` and an id of the person (number, login, address).",
)  # fmt: skip
provisional_option = click.option(
    "--provisional", is_flag=True, help="Also write marks that wait for a person and can still rise."
)
keep_option = click.option("--keep", is_flag=True, help="Leave marks that already stand there.")


@click.group(short_help="Marks and feedback into Canvas, Moodle, or by LTI 1.3.")
def lms() -> None:
    """Marks and feedback into Canvas, Moodle, or any platform that speaks LTI."""


@lms.command(short_help="Fill Canvas's gradebook export.")
@results_argument
@click.option(
    "--roster", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
    help="Canvas's gradebook export (Grades, Export).",
)  # fmt: skip
@click.option("--assignment", default=None, metavar="NAME", help="Its column. Default: the one named like the lab.")
@people_option
@provisional_option
@keep_option
@out_option
def canvas(
    results: Path, roster: Path, assignment: str | None, people: Path | None, provisional: bool, keep: bool, out: Path
) -> None:
    """Fill Canvas's gradebook export with the marks of RESULTS, for Grades, Import.

    Only final marks are written; what stood there else stays. Exit code 1 means
    that somebody could not be matched, or our side failed on somebody.
    """
    from grader.exports.results_today import results_today
    from grader.lms.canvas import fill_canvas
    from grader.lms.filled import Rules
    from grader.lms.people import read_people
    from grader.lms.table import read_table

    listed = None if people is None else read_people(people)
    filled = fill_canvas(results_today(results), read_table(roster), assignment, listed, Rules(provisional, keep))
    _finish(filled, out)


@lms.command(short_help="Fill Moodle's grading worksheet.")
@results_argument
@click.option(
    "--worksheet", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
    help="Moodle's grading worksheet (the assignment, Download grading worksheet).",
)  # fmt: skip
@people_option
@provisional_option
@keep_option
@click.option("--identifier-column", default="Identifier", show_default=True, metavar="HEADING", help="Who it is.")
@click.option("--name-column", default="Full name", show_default=True, metavar="HEADING", help="The person's name.")
@click.option("--grade-column", default="Grade", show_default=True, metavar="HEADING", help="Where the mark goes.")
@click.option(
    "--maximum-column", default="Maximum Grade", show_default=True, metavar="HEADING", help="The highest mark."
)
@click.option(
    "--feedback-column", default="Feedback comments", show_default=True, metavar="HEADING", help="Where feedback goes."
)
@out_option
def moodle(
    results: Path, worksheet: Path, people: Path | None, provisional: bool, keep: bool, identifier_column: str,
    name_column: str, grade_column: str, maximum_column: str, feedback_column: str, out: Path,
) -> None:  # fmt: skip
    """Fill Moodle's grading worksheet with the marks and feedback of RESULTS, for
    Upload grading worksheet.

    Only final marks are written, always with their feedback; other rows stay as
    they were. Exit code 1 means that somebody could not be matched, or our side
    failed on somebody.
    """
    from grader.exports.results_today import results_today
    from grader.lms.filled import Rules
    from grader.lms.moodle import MoodleColumns, fill_moodle
    from grader.lms.people import read_people
    from grader.lms.table import read_table

    columns = MoodleColumns(
        identifier=identifier_column, name=name_column, grade=grade_column, maximum=maximum_column,
        feedback=feedback_column,
    )  # fmt: skip
    listed = None if people is None else read_people(people)
    filled = fill_moodle(results_today(results), read_table(worksheet), listed, Rules(provisional, keep), columns)
    _finish(filled, out)


@lms.command("moodle-feedback", short_help="Zip the reports for Moodle.")
@results_argument
@click.option(
    "--worksheet", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=None, metavar="FILE",
    help="Who is who, when the submissions are not from Moodle's own download.",
)  # fmt: skip
@people_option
@out_option
def moodle_feedback(results: Path, worksheet: Path | None, people: Path | None, out: Path) -> None:
    """Zip the reports of RESULTS (an --out folder) for Moodle's Upload multiple
    feedback files in a zip."""
    from grader.errors import UsageError
    from grader.exports.results_today import results_today
    from grader.lms.moodle_feedback import moodle_feedback_zip
    from grader.lms.people import read_people
    from grader.lms.table import read_table
    from grader.storage import write_bytes_atomically

    if not results.is_dir():
        raise UsageError(expected="the --out folder of a batch, with its reports", received="a file", where=results)
    made = moodle_feedback_zip(
        results_today(results), results, None if worksheet is None else read_table(worksheet),
        None if people is None else read_people(people),
    )  # fmt: skip
    write_bytes_atomically(out, made.content)
    _say(f"{len(made.people)} reports in {out}")
    _list("Left out: no participant's number is known", made.left_out)
    raise click.exceptions.Exit(1 if made.left_out else 0)


@lms.command(short_help="Post scores through LTI 1.3.")
@results_argument
@click.option(
    "--config", "config_file", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE", help="Where scores go: lti.toml.",
)  # fmt: skip
@people_option
@click.option(
    "--ledger", "ledger_file", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
    help="What was sent before.  [default: lti-ledger.json beside the results]",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Print what would be sent, as JSON, and send nothing.")
def lti(results: Path, config_file: Path, people: Path | None, ledger_file: Path | None, dry_run: bool) -> None:
    """Post the scores of RESULTS through LTI 1.3 Assignment and Grade Services.

    A final mark is FullyGraded; while a person's mark is missing it is
    PendingManual. Sent again, only what changed is sent. Exit code 1 means that
    something was not sent or not taken.
    """
    from grader.errors import UsageError
    from grader.exports.results_today import results_today

    try:
        from grader.lti.command import post_scores, would_send
    except ModuleNotFoundError as missing:
        raise UsageError(
            expected="the libraries for LTI", received=f"no {missing.name}", todo="pip install 'lab-grader[lti]'"
        ) from missing
    from grader.lti.config import read_config
    from grader.lti.people import users_of

    config = read_config(config_file)
    document = results_today(results)
    users = users_of(document, config, people)
    ledger = ledger_file or (results if results.is_dir() else results.parent) / "lti-ledger.json"
    if dry_run:
        for line in would_send(document, config, users, ledger):
            click.echo(line)
        return
    sent, trouble = post_scores(document, config, users, ledger)
    _say(f"{len(sent.posted)} scores posted")
    _list("The platform has these", sent.already)
    _list("Not sent", sent.left)
    _list("Not taken", sent.refused)
    if trouble is not None:
        raise trouble
    raise click.exceptions.Exit(1 if sent.left or sent.refused else 0)


def _finish(filled: Filled, out: Path) -> None:
    from grader.lms.table import table_bytes
    from grader.storage import write_bytes_atomically

    write_bytes_atomically(out, table_bytes(filled.table))
    _say(f"{len(filled.written)} marks in {out}")
    _list("Changed", filled.changed)
    _list("Left as they were", filled.kept)
    _list("Not final yet, nothing written", filled.waiting)
    _list("Our side failed, nothing written", filled.ours)
    _list("Matched by name only: please look", [entry.submission.name for entry in filled.matched.by("name")])
    _list("In nobody's row", [f"{entry.submission.name}: {why}" for entry, why in filled.matched.unmatched])
    for note in filled.notes:
        _say(note)
    raise click.exceptions.Exit(1 if filled.matched.unmatched or filled.ours else 0)


def _list(words: str, names: list[str] | tuple[str, ...]) -> None:
    if names:
        _say(f"{words} ({len(names)}):")
        for name in names:
            _say(f"  {name}")


def _say(line: str) -> None:
    from grader.console import console_line

    # Names come from students and from a platform's file.
    indent = line[: len(line) - len(line.lstrip())]
    click.echo(f"{indent}{console_line(line, 300)}", err=True)
