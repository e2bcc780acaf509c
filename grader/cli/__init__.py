"""The commands: arguments in, one call, output. Nothing here decides anything.

Exit codes, the same for every command:

* 0: done.
* 1: done, but something needs attention: a submission our side failed on (`batch`, `judge`, `export`), a criterion
  that is not met (`check`), a result below the minimum (`ci`), somebody who could not be matched (`lms`), a verdict
  that is not as expected (`rubric verify`), a damaged pack (`assets verify`), a report that is edited or not signed
  (`verify`).
* 2: nothing was done, because of how the command was called, a rubric, a pack or the machine; the message says what
  to do.
* 3: a person still decides whether the minimum is reached (`ci`); signed with an unknown key (`verify`).
* 4: our side failed, run the job again (`ci`); a real report, but not of what it is shown for (`verify`).
* 130: interrupted.
"""

from __future__ import annotations

import io
import sys

import click

from grader import __version__
from grader.cli.assets import assets
from grader.cli.batch import batch
from grader.cli.check import check
from grader.cli.ci import ci
from grader.cli.doctor import doctor
from grader.cli.export import export
from grader.cli.judge import judge
from grader.cli.key import key
from grader.cli.kit import kit
from grader.cli.lms import lms
from grader.cli.review import review
from grader.cli.rubric import rubric
from grader.cli.schema import schema
from grader.cli.verify import verify
from grader.errors import GraderError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="grader")
def cli() -> None:
    """Grade deep-learning lab notebooks: run them, look at the model that came
    out, measure it, and explain every mark.

    Start with `grader batch submissions/ --rubric lab06 --out out/`.
    """


for command in (batch, check, kit, judge, review, ci, export, lms, assets, rubric, verify, key, doctor, schema):
    cli.add_command(command)


def main() -> None:
    """Entry point; turns errors a person can act on into one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        # A name that this terminal cannot show must not end a batch that has been graded.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        # Outside its standalone mode click hands an exit code back instead of raising it.
        code = cli.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as problem:
        problem.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. What is done is kept.", err=True)
        sys.exit(130)
    except GraderError as problem:
        from grader.console import console_block

        # The message may quote a student's file.
        click.echo(console_block(f"grader: {problem}"), err=True)
        sys.exit(2)
