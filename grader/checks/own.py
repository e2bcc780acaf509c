"""Checks of a lab's own: plain Python functions in one file next to the rubric.

The file is the instructor's, like the rubric; nothing of a submission ever gets here. It is kept as text, so that a
rubric can be handed to another process, and made into functions where it is needed, once per process.
"""

from __future__ import annotations

import functools
import hashlib
import re
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

from grader.checks.findings import AnyCheck, Check, Finding, Findings
from grader.checks.registry import CHECKS
from grader.errors import InfrastructureError, RubricError

if TYPE_CHECKING:
    from grader.rubric.model import Rubric

LARGEST_FILE = 256 * 1024
"""In bytes."""

_PLAIN_NAME = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\.py$")


class OwnCheckError(InfrastructureError):
    """A lab's own check failed or returned something else than findings: never a student's zero."""


def read_own_checks(name: str, folder: Path) -> str:
    """The text of a file of checks.

    Args:
        name: as the rubric gives it: the plain name of a file beside the rubric.
        folder: the rubric's.

    Raises:
        RubricError: another kind of name, no such file, a link, too large, or not text.
    """
    path = folder / name
    if not _PLAIN_NAME.match(name) or path.is_symlink() or not path.is_file():
        raise RubricError(
            expected='the name of a Python file in the rubric\'s own folder, such as "lab07_checks.py"',
            received=repr(name[:200]) if _PLAIN_NAME.match(name) is None else f"{name!r}, which is no file there",
            where=folder,
        )
    content = path.read_bytes()
    if len(content) > LARGEST_FILE:
        raise RubricError(expected="a file of checks", received=f"more than {LARGEST_FILE // 1024} KiB", where=path)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RubricError(expected="UTF-8 text", received=str(error), where=path) from error


def checks_of(rubric: Rubric) -> Mapping[str, AnyCheck]:
    """The grader's checks and the lab's own, by name."""
    if rubric.checks_source is None:
        return CHECKS  # asked for with every criterion of every submission: no path is put together in vain
    return known_checks(rubric.checks_source, str(rubric.path.parent / (rubric.checks or "")))


def known_checks(source: str | None, where: str) -> Mapping[str, AnyCheck]:
    """Our checks and, with a source, the lab's own.

    Raises:
        RubricError: the file cannot be run, defines no check, or one of the name of ours; `where` and line say where.
    """
    return CHECKS if source is None else _with_own(source, where)


@functools.lru_cache(maxsize=16)
def _with_own(source: str, where: str) -> Mapping[str, AnyCheck]:
    name = f"lab_checks_{hashlib.sha256(f'{where} {source}'.encode()).hexdigest()[:16]}"
    module = sys.modules[name] = ModuleType(name)  # pydantic looks up annotations there
    module.__file__ = where
    try:
        exec(compile(source, where, "exec"), module.__dict__)  # noqa: S102
    except Exception as error:
        raise RubricError(
            expected="a file of checks that runs", received=_in_words(error), where=_line(error, where)
        ) from error
    found = {value.name: value for value in module.__dict__.values() if isinstance(value, Check)}
    own = {name: check for name, check in found.items() if CHECKS.get(name) is not check}
    taken = sorted(own.keys() & CHECKS.keys())
    if taken or not own:
        raise RubricError(
            expected="functions decorated with @check, named otherwise than the grader's own checks",
            received=f"one called {taken[0]}" if taken else "none", where=where,
            todo="See docs/rubrics.md, “Checks of your own”.",
        )  # fmt: skip
    guarded = {name: _guarded(check, where) for name, check in own.items()}
    return MappingProxyType({**CHECKS, **guarded})


def _guarded(check: AnyCheck, where: str) -> AnyCheck:
    """The check, with everything it may do wrong turned into an error of ours."""

    def find(*arguments: object) -> Findings:
        try:
            found = check.find(*arguments)  # type: ignore[arg-type]
            findings = (found,) if isinstance(found, Finding) else tuple(found)
        except Exception as error:
            raise OwnCheckError(
                expected=f"findings from the check {check.name}", received=_in_words(error), where=_line(error, where),
                todo="Correct the check, then run `grader judge` again.",
            ) from error  # fmt: skip
        for finding in findings:
            if not isinstance(finding, Finding) or finding.code not in check.kinds:
                raise OwnCheckError(
                    expected=f"from the check {check.name} one of the findings {', '.join(check.kinds)}",
                    received=repr(finding)[:200], where=where,
                )  # fmt: skip
        if not findings:
            raise OwnCheckError(
                expected=f"at least one finding from the check {check.name}", received="none", where=where
            )
        return findings

    return Check(
        check.name, check.sentence, check.parameters, check.kinds, find, check.asks_question, check.needs_heldout
    )


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _line(error: Exception, where: str) -> str:
    """`where:line`, the line being the last one of that file which the error passed."""
    if isinstance(error, SyntaxError):
        return f"{where}:{error.lineno or 1}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == where]
    return f"{where}:{lines[-1]}" if lines else where
