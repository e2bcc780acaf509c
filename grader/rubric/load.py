"""Reading a rubric file."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from grader.checks.own import known_checks, read_own_checks
from grader.errors import RubricError
from grader.rubric.lines import Location, line_numbers, line_of
from grader.rubric.meaning import meaning_mistakes
from grader.rubric.mistakes import Mistake, RubricMistakesError, did_you_mean, shown
from grader.rubric.model import Rubric
from grader.rubric.structure import NOT_FROM_THE_FILE, keys_of, structure_mistakes

LARGEST_FILE = 256 * 1024
"""In bytes. A rubric of twenty criteria with all its texts is about 20 KiB."""

LONGEST_LINE = 4000
"""In characters. Reading a dotted key takes time with the square of its parts."""

SHIPPED = Path(__file__).resolve().parents[2] / "rubrics"
"""The folder of this project's own rubrics, beside the package."""


def load_rubric(path_or_name: str | Path) -> Rubric:
    """Read and check a rubric.

    Args:
        path_or_name: path of a TOML file, or a bare name such as `lab06`, which is looked for in `./rubrics` and
            then among this project's own rubrics.

    Raises:
        RubricError: there is no such file, or it has mistakes. All of them are in the message, each with its line.
    """
    path = _find(path_or_name)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = error.strerror or "an error"
        raise RubricError(expected="a readable rubric file", received=reason, where=path) from error
    return parse_rubric(data, path, lambda name: read_own_checks(name, path.parent))


def parse_rubric(data: bytes, path: str | Path, read_checks: Callable[[str], str] | None = None) -> Rubric:
    """Check a rubric file's content; `path` is only named, not read.

    Args:
        data: the file's bytes.
        path: of the file, as shown in errors.
        read_checks: gives the text of the file of checks that the rubric names; None: such a rubric is refused.

    Raises:
        RubricError: with all mistakes, each with its line.
    """
    if len(data) > LARGEST_FILE:
        received = f"more than {LARGEST_FILE // 1024} KiB"
        raise RubricError(expected="a rubric file", received=received, where=f"{path}:1")
    text = _decode(data, path)
    document = _parse(text, path)
    lines = line_numbers(text.encode())
    mistakes = [
        Mistake(
            lines.get((key,), 1), "a known key in the file's top level", f"`{key}`", did_you_mean(key, keys_of(Rubric))
        )
        for key in NOT_FROM_THE_FILE
        if key in document
    ]
    source = _own_source(document, path, lines, read_checks)
    checks = known_checks(source, str(Path(path).parent / str(document.get("checks") or "")))
    mistakes += meaning_mistakes(document, lines, checks)
    digest = hashlib.sha256(data if source is None else data + b"\0" + source.encode()).hexdigest()
    filled = {**document, "path": Path(path), "digest": digest, "checks_source": source}
    rubric = None
    try:
        rubric = Rubric.model_validate(filled)
    except ValidationError as error:
        mistakes += structure_mistakes(error.errors(), lines)
    if rubric is None or mistakes:
        raise RubricMistakesError(str(path), mistakes)
    return rubric


def _own_source(
    document: dict[str, Any], path: str | Path, lines: dict[Location, int], read: Callable[[str], str] | None
) -> str | None:
    """The text of the file of checks; its own mistakes are told before anything else of the rubric."""
    name = document.get("checks")
    if not isinstance(name, str):
        return None
    if read is None:
        raise RubricError(
            expected="a rubric without checks of its own here", received=shown(name),
            where=f"{path}:{line_of(lines, ('checks',))}",
        )  # fmt: skip
    try:
        return read(name)
    except RubricError as error:
        raise RubricError(
            expected=error.expected, received=error.received, where=f"{path}:{line_of(lines, ('checks',))}"
        ) from error


def _decode(data: bytes, path: str | Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RubricError(
            expected="UTF-8 text", received=f"the byte 0x{data[error.start]:02x}", where=f"{path}:{line}"
        ) from error


def _parse(text: str, path: str | Path) -> dict[str, Any]:
    for number, content in enumerate(text.split("\n"), start=1):
        if len(content) > LONGEST_LINE:
            raise RubricError(
                expected=f"lines of at most {LONGEST_LINE} characters",
                received=f"one of {len(content)}",
                where=f"{path}:{number}",
                todo="Break long texts with triple quotes.",
            )
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise RubricError(
            expected="a rubric file", received="tables or lists nested hundreds deep", where=f"{path}:1"
        ) from error
    except ValueError as error:  # TOMLDecodeError, and Python's limit on the digits of an integer
        message = str(error)
        found = re.search(r"\(at line (\d+), column (\d+)\)", message)
        line = int(found[1]) if found else text.count("\n") + 1 if "end of document" in message else 1
        problem = re.sub(r"\s*\(at [^)]*\)$", "", message)
        raise RubricError(
            expected="TOML", received=f"a syntax error: {problem[:1].lower()}{problem[1:200]}", where=f"{path}:{line}"
        ) from error


def _find(path_or_name: str | Path) -> Path:
    name = str(path_or_name)
    if _is_file(Path(name)):
        return Path(name)
    folders = [Path("rubrics"), SHIPPED]
    if "/" not in name and "\\" not in name and "\x00" not in name:
        for folder in folders:
            candidate = folder / (name if name.endswith(".toml") else f"{name}.toml")
            if _is_file(candidate):
                return candidate
    known = sorted({found.stem for folder in folders for found in folder.glob("*.toml")})
    raise RubricError(
        expected="a rubric file, or the name of one in ./rubrics or among this project's own",
        received=repr(name[:200]),
        todo=did_you_mean(name, known),
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long for the file system
        return False
