from __future__ import annotations

import pytest

from grader.evidence.model import Answer, Place
from tests.checks.judging import codes, findings, share
from tests.evidence_examples import answered, good, nothing


def test_an_answer_is_shown_and_marked_by_a_person() -> None:
    (finding,) = findings("written_answer", good())
    assert (finding.code, finding.cost) == ("found", None)
    assert finding.places == (Place(cell=9),)


def test_no_answer_is_nothing() -> None:
    assert codes("written_answer", nothing()) == ["empty"]
    assert share("written_answer", nothing()) == 0
    assert codes("written_answer", good(answers=answered("fine-tuning"))) == ["empty"]


@pytest.mark.parametrize("text", ["", "  \n", "...", "\u200b\u200b", "—", "**"])
def test_a_text_without_a_word_is_empty(text: str) -> None:
    assert codes("written_answer", good(answers=(Answer(question="freezing", found=True, text=text),))) == ["empty"]


@pytest.mark.parametrize("text", ["no", "重みを保つ", "42"])
def test_any_word_at_all_goes_to_a_person(text: str) -> None:
    assert codes("written_answer", good(answers=(Answer(question="freezing", found=True, text=text),))) == ["found"]
