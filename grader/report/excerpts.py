"""The student's own code that decided a criterion: the lab's "screenshot of the code", made for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup
from pygments import token as kinds
from pygments.lexers.python import PythonLexer

from grader.evidence.model import Cell, Place
from grader.report import visible_text
from grader.report.kept_html import kept_html
from grader.report.wording import counted, listed, number

CONTEXT_LINES = 2
LONGEST_EXCERPT = 32
LONGEST_FULLY_MARKED = 8
LONGEST_LINE = 400
LONGEST_HIGHLIGHTED = 30_000
"""Characters; a longer cell is shown without colours, so that no cell costs more than a few milliseconds."""
MOST_EXCERPTS = 4

_STYLES = (
    (kinds.Comment, "c"),
    (kinds.Keyword, "k"),
    (kinds.Operator.Word, "k"),
    (kinds.String, "s"),
    (kinds.Number, "m"),
    (kinds.Name.Function, "f"),
    (kinds.Name.Class, "f"),
    (kinds.Name.Decorator, "f"),
)


@dataclass(frozen=True, slots=True)
class Token:
    """A run of characters in one style; an empty `css` means plain."""

    css: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an excerpt; `marked` where it decided; `gap` stands for lines left out."""

    number: int
    marked: bool
    tokens: tuple[Token, ...]
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of one cell. Without lines it is only the name of a place."""

    label: str
    lines: tuple[Line, ...]
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Excerpts:
    """What is shown, and a sentence on what is not (else empty)."""

    shown: tuple[Excerpt, ...]
    notice: str = ""


def excerpts(places: Iterable[Place], cells: Mapping[int, Cell], most: int = MOST_EXCERPTS) -> Excerpts:
    """One excerpt per cell, in the notebook's order; `cells` maps a cell's position to the cell."""
    by_cell: dict[int, list[Place]] = {}
    for place in places:
        by_cell.setdefault(place.cell, []).append(place)
    positions = sorted(by_cell)
    shown = tuple(_excerpt(by_cell[position], cells.get(position)) for position in positions[:most])
    left = len(positions) - len(shown)
    return Excerpts(shown, f"{counted(left, 'more cell')} not shown." if left else "")


def excerpts_html(places: Sequence[Place], cells: Mapping[int, Cell]) -> Markup:
    """`excerpts` as they stand on the page; nothing for no places. `cells`: those of the evidence."""
    if not places:
        return Markup()
    where = [(place.cell, place.code_cell, place.first_line, place.last_line, place.document) for place in places]
    return kept_html("excerpts", (repr(where),), "excerpts.html", lambda: {"found": excerpts(places, cells)})


def cell_name(place: Place, cell: Cell | None) -> str:
    """`Cell [7]` as a student sees it after "Restart and run all"; cells of text by their position."""
    if place.document is not None:
        return f"Report “{visible_text.prose(place.document, 80)}”"
    if place.code_cell is not None:
        return f"Cell [{number(place.code_cell)}]"
    if cell is not None and cell.kind == "markdown":
        return f"Text cell (number {number(place.cell)} from the top)"
    return f"Cell number {number(place.cell)} from the top"


def place_name(places: list[Place], cell: Cell | None) -> str:
    """`Cell [7], lines 3–5 and 9`."""
    name = cell_name(places[0], cell)
    if cell is not None and cell.kind == "markdown":
        return name
    spans = sorted({(place.first_line, max(place.first_line, place.last_line)) for place in places})[:6]
    parts = [number(first) if first == last else f"{number(first)}–{number(last)}" for first, last in spans]
    one = len(spans) == 1 and spans[0][0] == spans[0][1]
    return f"{name}, {'line' if one else 'lines'} {listed(parts)}"


def _excerpt(places: list[Place], cell: Cell | None) -> Excerpt:
    label = place_name(places, cell)
    if cell is None:
        return Excerpt(label, ())
    texts = _styled_lines(cell.source, cell.kind == "code")
    marked = _numbers(places, len(texts), 0)
    chosen = sorted(_numbers(places, len(texts), CONTEXT_LINES))
    cut = len(chosen) - LONGEST_EXCERPT
    chosen = chosen[:LONGEST_EXCERPT]
    if len(marked) == len(texts) > LONGEST_FULLY_MARKED:
        marked = set()  # marking everything would mark nothing
    while len(chosen) > 1 and chosen[-1] not in marked and not texts[chosen[-1] - 1]:
        chosen.pop()
    while len(chosen) > 1 and chosen[0] not in marked and not texts[chosen[0] - 1]:
        chosen.pop(0)
    lines: list[Line] = []
    for row in chosen:
        if lines and row > lines[-1].number + 1:
            lines.append(Line(row - 1, marked=False, tokens=(), gap=True))
        lines.append(Line(row, row in marked, texts[row - 1]))
    notice = f"{counted(cut, 'more line')} not shown." if cut > 0 else ""
    if cell.truncated:
        notice = f"{notice} This cell is very long; we kept only its beginning.".strip()
    return Excerpt(label, tuple(lines), notice)


def _numbers(places: list[Place], count: int, context: int) -> set[int]:
    """Line numbers, within a cell of `count` lines, that the places and their context cover."""
    covered: set[int] = set()
    for place in places:
        first = max(1, min(place.first_line, count) - context)
        last = min(count, max(place.first_line, place.last_line) + context)
        covered.update(range(first, last + 1))
    return covered


@lru_cache(maxsize=128)
def _styled_lines(source: str, python: bool) -> tuple[tuple[Token, ...], ...]:
    """Every line as styled runs. Cached: several criteria point at the same cell."""
    if not python or len(source) > LONGEST_HIGHLIGHTED:
        return tuple(_finished([("", line)]) for line in visible_text.source_lines(source))
    lines: list[list[tuple[str, str]]] = [[]]
    lexer = PythonLexer(stripnl=False, stripall=False, ensurenl=False)
    for kind, value in lexer.get_tokens("\n".join(visible_text.source_lines(source))):
        css = _css(kind)
        first, *rest = value.split("\n")
        lines[-1].append((css, first))
        lines.extend([(css, part)] for part in rest)
    return tuple(_finished(line) for line in lines)


@lru_cache(maxsize=256)
def _css(kind: Any) -> str:
    """Asked for every token, of which there are a few dozen kinds."""
    return next((name for parent, name in _STYLES if kinds.is_token_subtype(kind, parent)), "")


def _finished(runs: list[tuple[str, str]]) -> tuple[Token, ...]:
    """Neighbours of one style joined, characters made visible, the line cut to its longest length."""
    tokens: list[Token] = []
    room = LONGEST_LINE
    for css, text in runs:
        if not text:
            continue
        if room <= 0:
            tokens.append(Token("", visible_text.ELLIPSIS))
            break
        shown = visible_text.code(text, room)
        room -= len(shown)
        if tokens and tokens[-1].css == css:
            tokens[-1] = Token(css, tokens[-1].text + shown)
        else:
            tokens.append(Token(css, shown))
    return tuple(tokens)
