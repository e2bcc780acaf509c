"""`grader judge`: mark stored evidence again, after a change of the rubric."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from grader.cli import options


@click.command(short_help="Mark again what a batch saw, after a change of the rubric.")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--rubric", "rubric_name", default=None, metavar="NAME|FILE", help="Default: the rubric of the batch.")
@options.key_option
@options.gradebook_option
@options.log_option
@options.telemetry_option
def judge(
    folder: Path, rubric_name: str | None, key_file: Path | None, gradebook: str | None, log: Path | None,
    telemetry: bool | None,
) -> None:  # fmt: skip
    """Mark the evidence in FOLDER (an earlier --out) again and rewrite the reports
    that say something else now, signed anew.

    Nothing is run and TensorFlow is not imported: seconds for a whole class.
    """
    from grader.batch.marking_server import begin_early

    with contextlib.suppress(OSError):
        begin_early(sum(1 for _ in (folder / "evidence").iterdir()))  # what is not there, `load_record` says

    from grader.batch.deliver import deliver, load_record
    from grader.batch.told import began
    from grader.cli.table import print_summary
    from grader.provenance.key_store import signing_key
    from grader.rubric.load import load_rubric
    from grader.watching.watch import WatchRequest, watching

    def say(line: str) -> None:
        click.echo(line, err=True)

    record = load_record(folder)
    rubric = load_rubric(rubric_name or record.rubric)
    key = signing_key(key_file)
    with watching(WatchRequest(log, telemetry), folder, say) as watch:
        watch.see(began("judge", rubric, record.pack, record.policy, record.sandbox, len(record.submissions)))
        graded = deliver(folder, rubric, record, key, gradebook, watch)
    print_summary(graded, folder)
    if graded.unsealed:
        shown = ", ".join(graded.unsealed[:5]) + (", …" if len(graded.unsealed) > 5 else "")
        click.echo(
            f"\nNote: {len(graded.unsealed)} marked from evidence without a valid seal of this key ({shown}): it was "
            "stored with another key or by an older version, or changed since. Their reports say so.",
            err=True,
        )
    raise click.exceptions.Exit(1 if graded.our_failures else 0)
