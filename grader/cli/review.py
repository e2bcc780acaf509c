"""`grader review`: mark answers and override criteria in a browser."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli import options


@click.command(short_help="Mark answers and override criteria in a browser.")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--rubric", "rubric_name", default=None, metavar="NAME|FILE", help="Default: the rubric of the batch.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port on this machine. Default: a free one.")
@click.option("--as", "name", default=None, metavar="NAME", help="Name in the trail. Default: your login name.")
@click.option(
    "--behind-proxy", "header", default=None, metavar="HEADER",
    help="Trust this header, such as X-Remote-User, to name who is there; no link is needed then. Only for a proxy "
    "that signs people in, removes the header from what they send, and is the only one who reaches the port.",
)  # fmt: skip
@click.option("--public-host", default=None, metavar="HOST", help="With --behind-proxy: the host name of the proxy.")
@options.key_option
@options.gradebook_option
def review(
    folder: Path, rubric_name: str | None, port: int, name: str | None, header: str | None, public_host: str | None,
    key_file: Path | None, gradebook: str | None,
) -> None:  # fmt: skip
    """Mark the answers in FOLDER (an earlier --out) in a browser, question by
    question, and override any criterion.

    Prints a link that works once, on this machine. Everything is written down as
    you go, with who and when.
    """
    from grader.review.serve import ReviewRequest, serve

    request = ReviewRequest(
        out=folder, rubric=rubric_name, gradebook=gradebook, key=key_file, port=port, name=name, header=header,
        public_host=public_host,
    )  # fmt: skip
    serve(request, say=lambda line: click.echo(line))
