"""Points on buttons, and an answer cut into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.answers.draft import AnswerDraft, Point, Span
from grader.review.highlight import segments
from grader.review.points import choices, parse_points


@pytest.mark.parametrize(
    ("maximum", "shown"),
    [(1, ["0", "0.25", "0.5", "0.75", "1"]), (2, ["0", "0.25", "0.5", "0.75", "1", "1.25", "1.5", "1.75", "2"]),
     (3, ["0", "0.5", "1", "1.5", "2", "2.5", "3"]), (0.5, ["0", "0.12", "0.25", "0.38", "0.5"])],
)  # fmt: skip
def test_points_to_choose_from(maximum: float, shown: list[str]) -> None:
    assert [choice.words for choice in choices(maximum)] == shown


@given(st.floats(0.01, 1000))
def test_every_maximum_has_at_most_ten_choices_from_none_to_all(maximum: float) -> None:
    offered = choices(maximum)
    assert 2 <= len(offered) <= 10
    assert (offered[0].points, offered[-1].points) == (0, round(maximum, 4))
    assert [choice.points for choice in offered] == sorted(choice.points for choice in offered)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_points_within_bounds_or_nothing(text: str) -> None:
    points = parse_points(text, 3)
    assert points is None or 0 <= points <= 3


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


@given(st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=50), SPANS, SPANS)
def test_the_pieces_are_the_whole_text_whatever_was_found_where(
    text: str, found: list[tuple[int, int]], wrong: list[tuple[int, int]]
) -> None:
    def points(spans: list[tuple[int, int]]) -> tuple[Point, ...]:
        return tuple(
            Point(id=f"p{n}", text="A point.", weight=1, spans=(Span(start=start, end=end),))
            for n, (start, end) in enumerate(spans)
        )

    draft = AnswerDraft(
        question="q", suggested=1, raw=1, basis="key_points", found=points(found), misconceptions=points(wrong)
    )
    assert "".join(piece.text for piece in segments(text, draft)) == text
