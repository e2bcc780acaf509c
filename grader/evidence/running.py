"""How a notebook ran: its cells as handed in, and the run as a whole."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.evidence.base import Document, Place
from grader.evidence.nbgrader import NbgraderCell
from grader.evidence.structure import Substitution

RunStatus = Literal["completed", "cells_failed", "timed_out", "kernel_died", "not_run", "unreadable"]
"""`completed`: every code cell ran without an error. `cells_failed`: it reached the end, some cells failed.
`timed_out`: the notebook's time was up. `kernel_died`: the process ended before the notebook did.
`not_run`: nothing was executed on purpose. `unreadable`: no notebook could be read at all."""


class CellError(Document):
    """An exception that ended a cell. Text is the student's own output: escape it, trust nothing in it."""

    name: str
    value: str
    place: Place
    traceback: str = ""
    after_shortened_call: bool = False
    """True when an earlier `fit` or `evaluate` was cut short by the training policy: the error may be ours."""
    ours: bool = False
    """True when the cause is this machine (a missing tool, no network), not the student."""


class Cell(Document):
    """One notebook cell as handed in (stored outputs are dropped) and how it went."""

    position: int = Field(ge=1)
    code_cell: int | None = Field(default=None, ge=1)
    kind: Literal["code", "markdown", "raw"]
    source: str
    truncated: bool = False
    status: Literal["ok", "failed", "not_run"] = "not_run"
    seconds: float | None = None
    document: str | None = None
    """Name of the report document that it is a part of; None in a notebook. Its code is not run."""
    picture: int | None = None
    """Number of the picture it was read from (see `Evidence.pictures`)."""
    nbgrader: NbgraderCell | None = None
    """What nbgrader's metadata says of it, in courses that come from there."""


class Run(Document):
    """How the notebook's execution went."""

    status: RunStatus
    explanation: str = ""
    errors: tuple[CellError, ...] = ()
    seconds: float = 0.0
    policy: Literal["full", "capped", "none"] = "none"
    shortened_calls: int = 0
    sandbox: str = "none"
    kernel: str = ""
    """How the notebook's Python came to life: started anew, or forked from one that had imported TensorFlow."""
    versions: dict[str, str] = Field(default_factory=dict)
    keras: Literal["keras3", "tf_keras"] = "keras3"
    """Which Keras the notebook ran in: Keras 3, or `tf_keras` (Keras 2)."""
    substitutions: tuple[Substitution, ...] = ()
    """What stood in for things from outside that the asset pack does not hold."""
    notes: tuple[str, ...] = ()
