"""Parse notebook cells as far as they can be parsed."""

from __future__ import annotations

import ast
import re
import warnings

from grader.source.plain import python_lines, statement_starts

MAX_RETRIES = 30
"""Places in one broken cell where parsing is taken up again."""

MAX_REPARSED = 300_000
"""Characters parsed again in one broken cell: bounds the time a hostile one can cost."""

_CLAUSE = re.compile(r"(?:else|elif|except|finally|case)\b|[)\]}]")


def parse_cell(source: str) -> tuple[ast.stmt, ...]:
    """The top-level statements of a code cell; line numbers are those of `source`.

    Where the cell as a whole is no Python, the statements before and after the broken ones are still read.
    Never raises.
    """
    source = _at_the_margin(source)
    # Most cells are plain Python: the blanking, which only guesses at strings, is for the others.
    whole = _parse(source)
    if whole is None:
        lines = python_lines(source)
        whole = _parse("\n".join(lines))
    return tuple(whole) if whole is not None else _parse_in_pieces(lines)


def is_whole(source: str) -> bool:
    """Whether a code cell is Python from its first line to its last, magic and shell lines aside."""
    source = _at_the_margin(source)
    return _parse(source) is not None or _parse("\n".join(python_lines(source))) is not None


def _at_the_margin(source: str) -> str:
    """A cell whose first line is indented, moved to the left as IPython does before it runs one."""
    first = next((line for line in source.split("\n") if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    return "\n".join(line.removeprefix(indent) for line in source.split("\n")) if indent else source


def _parse_in_pieces(lines: list[str]) -> tuple[ast.stmt, ...]:
    found: list[ast.stmt] = []
    starts = _piece_starts(lines, 0)
    retries = 0
    allowed = min(MAX_RETRIES, MAX_REPARSED // (sum(map(len, lines)) + 1))
    position = 0
    while position < len(starts):
        begin = starts[position]
        end = starts[position + 1] if position + 1 < len(starts) else len(lines)
        statements = _parse("\n".join(lines[begin:end]))
        if statements is not None:
            found.extend(_shifted(statements, begin))
            position += 1
            continue
        retries += 1
        if retries > allowed:
            break
        # An unclosed bracket or string swallows what follows: look again from the next line on.
        starts = _piece_starts(lines, begin + 1)
        position = 0
    return tuple(found)


def _piece_starts(lines: list[str], first: int) -> list[int]:
    """Indices from `first` on where a statement at the left margin begins."""
    starts: list[int] = []
    decorated = False
    for index, fresh in enumerate(statement_starts(lines[first:]), start=first):
        line = lines[index]
        if not fresh or not line or line[0].isspace() or line[0] == "#" or _CLAUSE.match(line):
            continue
        if not decorated:
            starts.append(index)
        decorated = line[0] == "@"
    return starts


def _parse(text: str) -> list[ast.stmt] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None


def _shifted(statements: list[ast.stmt], lines: int) -> list[ast.stmt]:
    if lines:
        for statement in statements:
            ast.increment_lineno(statement, lines)
    return statements
