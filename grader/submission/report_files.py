"""Which files of a student are written reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from grader.submission.documents.read import KINDS

_NOT_ONE = re.compile(
    r"^(?:read[-_ ]?me|requirements|licen[cs]e|constraints|changelog|packages|environment|labels?|classes|notes?_to)\b",
    re.IGNORECASE,
)
"""Texts that lie beside notebooks and answer nothing."""

_ROLE_WORDS = re.compile(
    r"(?:^|[\s_.-]+)(?:report|bericht|informe|rapport|answers?|written|questions?|notebook|code|lab[\s_-]?\d*|final|submission)"
    r"(?=$|[\s_.-])",
    re.IGNORECASE,
)


def is_report_name(name: str) -> bool:
    """Whether a file of that name is read as a report."""
    return Path(name).suffix.casefold() in KINDS and not _NOT_ONE.match(name) and not name.startswith((".", "~$"))


def reports_among(files: Iterable[Path]) -> tuple[Path, ...]:
    """The reports among a student's files, those at the top first."""
    found = [path for path in files if is_report_name(path.name) and not any(p.startswith(".") for p in path.parts)]
    return tuple(sorted(found, key=lambda path: (len(path.parts), path.as_posix())))


def whose(name: str) -> str:
    """A file's name without its ending and words such as "report": `ann_report.docx` and `ann.ipynb` are one's."""
    stem = name
    while (suffix := Path(stem).suffix) and len(suffix) <= 10 and not suffix[1:].isdigit():
        stem = stem[: -len(suffix)]
    bare = _ROLE_WORDS.sub(" ", stem)
    return " ".join(re.split(r"[\s_.-]+", bare.casefold())).strip() or stem.casefold()


def joined(notebooks: Sequence[str], reports: Sequence[str]) -> dict[str, list[str]]:
    """Which reports lie beside which notebook, by name; a report that fits none, or several, stands alone."""
    owners: dict[str, list[str]] = {}
    for name in notebooks:
        owners.setdefault(whose(name), []).append(name)
    found: dict[str, list[str]] = {}
    for report in reports:
        fitting = owners.get(whose(report), [])
        if len(fitting) == 1:
            found.setdefault(fitting[0], []).append(report)
    return found
