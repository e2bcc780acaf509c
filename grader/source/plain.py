"""Turn notebook code into Python of the same number of lines.

IPython's own transformer joins and moves lines, which would make every line number wrong; here each line of magic,
shell or help becomes `pass` at the same indentation (so that an `if` around it keeps a body).
"""

from __future__ import annotations

import re

PYTHON_CELL_MAGICS = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "python", "python3"})
"""Cell magics whose body is the notebook's own Python; every other one hands the cell to something else."""

_PYTHON_LINE_MAGICS = ("%time ", "%timeit ", "%prun ", "%memit ")
_STARTS = ("%", "!", "?", "/", ",", ";")
_NAMES = re.compile(r"[\w.\[\], ]+")
_HELP = re.compile(r"[%\w.]+\?{1,2}")
_TOKENS = re.compile(r'\\.|"""|\'\'\'|["\'#()\[\]{}]')


def cell_magic(lines: list[str]) -> tuple[int, str] | None:
    """Index of the line with a `%%magic` and the magic's name, if the cell begins with one."""
    for index, line in enumerate(lines):
        if line.startswith("%%"):
            name = line[2:].split(maxsplit=1)
            return index, name[0] if name and not line[2:3].isspace() else ""
        if line.strip():
            break
    return None


def python_lines(source: str) -> list[str]:
    """The lines of `source` (split at line feeds) with everything that is not Python blanked."""
    lines = source.split("\n")
    magic = cell_magic(lines)
    if magic is not None:
        index, name = magic
        if name not in PYTHON_CELL_MAGICS:
            return [""] * len(lines)
        lines[index] = ""
    return ["" if line is None else line for line in _plain(lines)]


def _plain(lines: list[str]) -> list[str | None]:
    """Lines of Python; None for one that continues the line of magic or shell above it."""
    plain: list[str | None] = []
    continued = False
    for line, fresh in zip(lines, statement_starts(lines), strict=True):
        if continued:
            plain.append(None)
            continued = line.endswith("\\")
        elif fresh and (kept := _without_magic(line)) is not None:
            plain.append(kept)
            continued = line.endswith("\\") and kept.strip() == "pass"
        else:
            plain.append(line)
    return plain


def written_line(source: str, line: int) -> int:
    """The line of `source` that IPython calls `line`; both count from 1.

    IPython drops blank lines at the top of a cell and joins a shell line with those that continue it, so that its
    numbers are smaller than the notebook's from there on. A `line` that no such cell has comes back as it is.
    """
    lines = source.split("\n")
    first = next((index for index, text in enumerate(lines) if text.strip()), 0)
    if cell_magic(lines) is not None:
        # The magic is line 1; what stands below it is a cell of its own.
        return first + 1 if line <= 1 else first + 1 + written_line("\n".join(lines[first + 1 :]), line - 1)
    kept = [index for index, text in enumerate(_plain(lines[first:]), start=first) if text is not None]
    return kept[line - 1] + 1 if 1 <= line <= len(kept) else line


def _without_magic(line: str) -> str | None:
    """What replaces a line of IPython syntax; None when the line is plain Python."""
    text = line.lstrip()
    indent = line[: len(line) - len(text)]
    for magic in _PYTHON_LINE_MAGICS:
        if text.startswith(magic):
            return indent + text[len(magic) :].lstrip()
    if text.startswith(_STARTS) and text[1:2] != "":
        return indent + "pass"
    if "?" in text[-2:] and _HELP.fullmatch(text.rstrip()):
        return indent + "pass"
    names, equals, value = text.partition("=")
    if equals and value.lstrip()[:1] in ("!", "%") and _NAMES.fullmatch(names):
        return indent + "pass"
    return None


def statement_starts(lines: list[str]) -> list[bool]:
    """For each line whether a new logical line may begin there: not inside brackets, a string or a continuation.

    A small scanner instead of `markize`, which gives up at the first line of shell.
    """
    starts: list[bool] = []
    depth = 0
    quote = ""
    continued = shell = False
    for line in lines:
        fresh = depth == 0 and not quote and not continued
        starts.append(fresh)
        text = line.lstrip()
        if shell or (fresh and text.startswith(("!", "%"))):
            # Quotes and brackets of a shell line are none of Python's.
            shell = line.endswith("\\")
            continued = shell
            continue
        depth, quote = _scan(line, depth, quote)
        continued = not quote and line.endswith("\\")
    return starts


def _scan(line: str, depth: int, quote: str) -> tuple[int, str]:
    for match in _TOKENS.finditer(line):
        mark = match.group()
        if mark[0] == "\\":
            continue
        if quote:
            if mark == quote or (len(quote) == 1 and mark == quote * 3):
                quote = ""
        elif mark == "#":
            break
        elif mark[0] in "\"'":
            quote = mark
        elif mark in "([{":
            depth += 1
        else:
            depth = max(0, depth - 1)
    # A string in single quotes ends with its line, closed or not (unless continued by a backslash).
    return depth, quote if len(quote) == 3 or line.endswith("\\") else ""
