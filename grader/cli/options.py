"""Options that several commands share, so that they mean the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

MOST_JOBS = 64

Command = TypeVar("Command", bound=Callable[..., Any])

rubric_option = click.option(
    "--rubric", "rubric_name", default="lab06", show_default=True, metavar="NAME|FILE",
    help="Rubric: a name in rubrics/, or a TOML file.",
)  # fmt: skip

assets_option = click.option(
    "--assets", "pack_name", default=None, metavar="NAME|FOLDER",
    help="Asset pack that answers for the network: a name or a folder. Default: the one the rubric names.",
)  # fmt: skip

training_option = click.option(
    "--training", type=click.Choice(["auto", "replay", "full", "capped"]), default="auto", show_default=True,
    help="auto: fits are cut short and the head is trained again by us where that says the same; where it might not, "
    "the notebook runs in full. replay: never in full. full: notebooks train as written. capped: each fit runs a few "
    "steps; accuracy then waits for a full run.",
)  # fmt: skip

steps_option = click.option(
    "--steps",
    default=1,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Steps per call where training is cut short (all policies but full).",
)

sandbox_option = click.option(
    "--sandbox", type=click.Choice(["bubblewrap", "none"]), default="bubblewrap", show_default=True,
    help="Isolation of student code. none: you trust every submission.",
)  # fmt: skip

kernel_start_option = click.option(
    "--kernel-start", type=click.Choice(["auto", "fork", "fresh"]), default="auto", show_default=True,
    help="How each notebook's Python comes to life. auto: forked from one that has imported TensorFlow, where that "
    "works. fork: so, or not at all. fresh: always started anew.",
)  # fmt: skip

cell_seconds_option = click.option(
    "--cell-seconds", default=None, type=click.FloatRange(min=0.1), metavar="SECONDS",
    help="Time limit of one cell. Default: the rubric's [limits].",
)  # fmt: skip

notebook_seconds_option = click.option(
    "--notebook-seconds", default=None, type=click.FloatRange(min=1), metavar="SECONDS",
    help="Time limit of one notebook. Default: the rubric's [limits].",
)  # fmt: skip

assignment_option = click.option(
    "--assignment", default=None, metavar="NAME",
    help="Which assignment, where SUBMISSIONS is nbgrader's folder (submitted/STUDENT/ASSIGNMENT).",
)  # fmt: skip

key_option = click.option(
    "--key", "key_file", type=click.Path(path_type=Path), default=None, envvar="GRADER_KEY", metavar="FILE",
    help="File with the signing key. Default: $GRADER_KEY, else this machine's own key, made on first use.",
)  # fmt: skip

gradebook_option = click.option(
    "--gradebook", default=None, envvar="GRADER_GRADEBOOK", metavar="URL",
    help="Database of decisions, such as postgresql://USER@HOST/DATABASE. Default: the one used before for this "
    "folder, else a SQLite file in it.",
)  # fmt: skip


log_option = click.option(
    "--log", "log", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
    help="Add what happens to FILE, one JSON object per line.",
)  # fmt: skip

telemetry_option = click.option(
    "--telemetry/--no-telemetry", "telemetry", default=None,
    help="Send traces and metrics by OpenTelemetry. Default: when OTEL_EXPORTER_OTLP_ENDPOINT is set.",
)  # fmt: skip


def jobs(text: str) -> int | None:
    """A number of jobs from 1 to 64, or None for `auto`."""
    if text == "auto":
        return None
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_JOBS:
        raise click.BadParameter(f"Expected a number from 1 to {MOST_JOBS}, or auto. Received {text[:40]!r}.")
    return int(text)


jobs_option = click.option(
    "--jobs", default="auto", show_default=True, type=jobs, metavar="N|auto",
    help="Notebooks running side by side. auto: as many as cores and memory allow; they share the cores out.",
)  # fmt: skip


def out_option(default: str | None = None) -> Callable[[Command], Command]:
    """`--out DIR`, required unless there is a default."""
    # A default of None, said to click, is one: the option would then be missing in silence.
    how: dict[str, Any] = {"required": True} if default is None else {"default": default, "show_default": True}
    return click.option(
        "--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
        help="Folder for reports, tables and evidence.", **how,
    )  # fmt: skip
