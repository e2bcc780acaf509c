"""The student's own code, cut out and marked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grader.evidence.model import Cell, Place
from grader.report.excerpts import LONGEST_EXCERPT, Excerpts, excerpts


def cell(source: str, position: int = 4, **changes: object) -> Cell:
    return Cell(position=position, code_cell=2, kind="code", source=source).model_copy(update=changes)


def cut(source: str, *spans: tuple[int, int]) -> Excerpts:
    places = [Place(cell=4, code_cell=2, first_line=first, last_line=last) for first, last in spans]
    return excerpts(places, {4: cell(source)})


def drawn(found: Excerpts) -> list[str]:
    """One text per line: `>` marks a deciding line, `⋯` a gap."""
    return [
        "⋯" if line.gap else f"{'>' if line.marked else ' '}{line.number} {''.join(t.text for t in line.tokens)}"
        for excerpt in found.shown
        for line in excerpt.lines
    ]


TEN = "\n".join(f"x{number} = {number}" for number in range(1, 11))


def test_two_lines_of_context_around_the_deciding_lines() -> None:
    found = cut(TEN, (5, 6))
    assert found.shown[0].label == "Cell [2], lines 5–6"
    assert drawn(found) == [" 3 x3 = 3", " 4 x4 = 4", ">5 x5 = 5", ">6 x6 = 6", " 7 x7 = 7", " 8 x8 = 8"]


def test_two_places_in_one_cell_are_one_excerpt_with_a_gap() -> None:
    found = cut(TEN, (1, 1), (9, 9))
    assert found.shown[0].label == "Cell [2], lines 1 and 9"
    assert drawn(found) == [">1 x1 = 1", " 2 x2 = 2", " 3 x3 = 3", "⋯", " 7 x7 = 7", " 8 x8 = 8", ">9 x9 = 9",
                            " 10 x10 = 10"]  # fmt: skip


def test_blank_lines_at_the_edge_are_no_context() -> None:
    assert drawn(cut("a = 1\n\nb = 2\n\n", (3, 3))) == [" 1 a = 1", " 2 ", ">3 b = 2"]


def test_a_long_place_is_cut_and_says_so() -> None:
    found = cut("\n".join(["x = 1"] * 200), (1, 200))
    assert len(found.shown[0].lines) == LONGEST_EXCERPT
    assert found.shown[0].notice == "168 more lines not shown."


def test_keywords_strings_and_comments_are_told_apart() -> None:
    tokens = cut("def f():\n    return 'x'  # why", (1, 2)).shown[0].lines
    assert [(token.css, token.text.strip()) for token in tokens[1].tokens if token.css] == [
        ("k", "return"), ("s", "'x'"), ("c", "# why"),
    ]  # fmt: skip


def test_a_text_over_several_lines_keeps_its_colour_on_each() -> None:
    lines = cut('a = """one\ntwo\nthree"""', (1, 3)).shown[0].lines
    assert [line.tokens[-1].css for line in lines] == ["s", "s", "s"]


def test_shell_lines_and_magics_are_shown_as_they_are() -> None:
    assert drawn(cut("!pip install x\n%matplotlib inline\nimport y", (1, 1)))[:2] == [
        ">1 !pip install x",
        " 2 %matplotlib inline",
    ]


def test_only_so_many_cells_are_shown() -> None:
    cells = {number: cell("x", number) for number in range(1, 10)}
    found = excerpts([Place(cell=number) for number in range(1, 10)], cells)
    assert len(found.shown) == 4
    assert found.notice == "5 more cells not shown."


def test_a_very_long_line_is_cut() -> None:
    assert len(drawn(cut("x = '" + "y" * 5000 + "'", (1, 1)))[0]) < 500


def test_a_truncated_cell_says_so() -> None:
    found = excerpts([Place(cell=4)], {4: cell("x", truncated=True)})
    assert found.shown[0].notice == "This cell is very long; we kept only its beginning."


@given(st.text(alphabet=st.characters(codec=None), max_size=200), st.integers(1, 20), st.integers(1, 20))
def test_any_source_and_any_place(source: str, first: int, last: int) -> None:
    found = cut(source, (first, last))
    numbers = [line.number for line in found.shown[0].lines if not line.gap]
    assert numbers == sorted(set(numbers))
    assert numbers
