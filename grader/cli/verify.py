"""`grader verify`: is this report what was made?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from grader.provenance.examine import Examination

EXIT_CODES = {"original": 0, "edited": 1, "unsigned": 1, "unknown_key": 3, "replayed": 4}
HEADLINES = {
    "original": "ORIGINAL: this is the report that was made",
    "edited": "EDITED: this is not the report that was made",
    "unsigned": "UNSIGNED: nobody vouches for this page",
    "unknown_key": "UNKNOWN KEY: signed, but not with the key you trust",
    "replayed": "REPLAYED: a real report, but not of what it is shown for",
}


@click.command(short_help="Tell whether a report is the original.")
@click.argument("report", type=click.Path(path_type=Path))
@click.option(
    "--key", "key", metavar="KEY|FILE", default=None,
    help="Public key of whoever graded (`grader key show`), or a file with it. Default: this machine's own key.",
)  # fmt: skip
@click.option(
    "--results", type=click.Path(path_type=Path), metavar="DIR", default=None,
    help="The --out folder that the report should belong to: tells an older report from the current one.",
)  # fmt: skip
@click.option(
    "--notebook", type=click.Path(path_type=Path), metavar="FILE", default=None,
    help="The notebook that the report should be about.",
)  # fmt: skip
@click.option("--submission", metavar="ID|NAME", default=None, help="The submission that the report should be about.")
def verify(report: Path, key: str | None, results: Path | None, notebook: Path | None, submission: str | None) -> None:
    """Tell whether REPORT (a student's HTML page) is what was made: original,
    edited, signed by somebody else, or an old or foreign one shown as proof.

    Exit codes: 0 original, 1 edited or not signed, 3 unknown key, 4 replayed.
    """
    from grader.provenance.verify import VerifyRequest, verify_report

    found = verify_report(VerifyRequest(report, key, results, notebook, submission))
    for line in _lines(report, found):
        click.echo(line)
    raise click.exceptions.Exit(EXIT_CODES[found.status])


def _lines(report: Path, found: Examination) -> list[str]:
    """What is printed. Every text from a page is a stranger's and may be meant for the console itself."""
    from grader.report.visible_text import prose

    lines = [f"{HEADLINES[found.status]}: {prose(report.name, 120)}"]
    lines += [f"  - {prose(reason, 400)}" for reason in found.reasons]
    lines += [f"  * {prose(note, 400)}" for note in found.notes]
    if found.proof is None:
        return lines
    statement = found.proof.statement
    total = statement.total
    lines.append("What was signed:" if found.signed else "What it says, with nobody to vouch for it:")
    rows = {
        "submission": f"{statement.submission.name} ({statement.submission.id})",
        "points": f"{total.points:g} of {total.counted:g} decided, {total.pending:g} open, of {total.maximum:g} in all",
        "made": f"{statement.created}, number {statement.sequence}",
        "notebook": f"{statement.submission.notebook or 'none'} {statement.submission.notebook_sha256 or ''}",
        "rubric": f"{statement.rubric.name} {statement.rubric.sha256}",
        "pack": f"{statement.pack.name} {statement.pack.sha256}" if statement.pack else "none",
        "grader": statement.grader_version,
        "key": found.proof.key.text,
    }
    return [*lines, *(f"  {name:<11} {prose(value, 300)}" for name, value in rows.items())]
