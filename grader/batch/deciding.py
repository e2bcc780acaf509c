"""Digests of everything that decides what is seen of a submission: the same digest, the same evidence.

What a person may change without a notebook having to run again is left out (points, texts, costs of a rubric) or kept
apart (`reading`: the written questions, which are looked for in the source).
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.metadata
import os
import platform
import shutil
import stat
from pathlib import Path
from typing import Any

from grader import __version__
from grader.batch.job import Conditions
from grader.evidence.model import Reference
from grader.execution.limits import RunLimits
from grader.provenance.canonical import digest
from grader.provenance.code import seeing_digest
from grader.submission.model import Submission

READING = ("questions", "template")
"""Of the conditions: what decides how the source is read, and nothing that runs."""

ELSEWHERE = ("pack", "limits", "scratch", "warm", "roads", *READING)
"""Of the conditions: taken in under another name, asked for each kept run (`roads`), or of no influence (`scratch`,
`warm`)."""

WITHOUT_REFERENCE = ("full", "capped")
"""Training policies under which the reference's accuracy changes nothing about a run."""

SHARE = ("memory_bytes", "threads")
"""Of the limits: how much of the machine a notebook gets, which changes with what runs beside it."""


def run_digest(conditions: Conditions, reference: Reference | None) -> str:
    """Everything but the submission itself that decides how it runs and what is measured."""
    limits = dataclasses.asdict(conditions.limits)
    others = {
        field.name: _plain(getattr(conditions, field.name))
        for field in dataclasses.fields(conditions)
        if field.name not in ELSEWHERE
    }
    return digest(
        {
            "conditions": others,
            "reference": None if conditions.policy in WITHOUT_REFERENCE else reference_part(reference),
            "pack": conditions.pack.digest,
            "limits": {name: value for name, value in limits.items() if name not in SHARE},
            "environment": environment(),
            "grader": [__version__, seeing_digest()],
        }
    )


def reading_digest(conditions: Conditions) -> str:
    """What decides which written answers are found."""
    return digest({name: _plain(getattr(conditions, name)) for name in READING})


def share(limits: RunLimits) -> dict[str, int]:
    """How much of the machine one notebook gets."""
    return {name: getattr(limits, name) for name in SHARE}


def reference_part(reference: Reference | None) -> list[Any]:
    """What of the reference's result goes into evidence and may change; the words about a failure do not count."""
    return [None, None] if reference is None else [reference.digest, reference.accuracy]


def submission_digest(submission: Submission) -> str | None:
    """All that was handed in, by content, and what is said about it; None when a file cannot be read now."""
    files = [submission.folder / path for path in submission.files] if submission.folder is not None else []
    try:
        notebook = None if submission.notebook is None else file_digest(submission.notebook)
        contents = [file_digest(path) for path in files]
        reports = [[_text(path.name), file_digest(path)] for path in submission.reports]
    except OSError:
        return None
    return digest(
        {
            "id": _text(submission.id),
            "name": _text(submission.name),
            "notebook": [None if submission.notebook is None else _text(submission.notebook.name), notebook],
            "files": [[_text(str(path)), content] for path, content in zip(submission.files, contents, strict=False)],
            "reports": reports,
            "notes": [_text(note) for note in submission.notes],
            "problem": None if submission.problem is None else _text(submission.problem),
        }
    )


@functools.cache
def environment() -> str:
    """Digest of the Python, the system and the version of every installed package."""
    # Each look at `metadata` reads and parses the file again: one for both.
    known = (found.metadata for found in importlib.metadata.distributions())
    packages = {f"{one['Name']}=={one['Version']}" for one in known}
    return digest(
        {
            "packages": sorted(packages),
            "python": [platform.python_implementation(), platform.python_version()],
            "system": [platform.system(), platform.machine()],
            # Cells of students fail without it, and no package's version says so.
            "graphviz": shutil.which("dot") is not None,
            "tesseract": shutil.which("tesseract") is not None,
        }
    )


def file_digest(path: Path) -> str:
    """SHA-256 of a regular file; a link or a pipe is never followed or waited for.

    Raises:
        OSError: cannot be read, or is something else.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"Expected a regular file. Received something else: {path}")
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plain(value: Any) -> Any:
    """As JSON, whatever a condition is made of."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain(dataclasses.asdict(value))
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump(mode="json"))
    if isinstance(value, dict):
        return {_text(str(name)): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (int, float, type(None))):
        return value
    return _text(str(value))


def _text(text: str) -> str:
    """File names may hold what is no character."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
