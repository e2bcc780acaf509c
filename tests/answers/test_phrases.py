"""How a teacher writes a key point, and what counts as saying it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.answers.phrases import find_phrases, parse_phrase
from grader.answers.tokens import sentences


def says(text: str, *phrases: str) -> bool:
    match = find_phrases(phrases, sentences(text))
    return match is not None and not match.negated


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("It reduces overfitting.", "reduce overfitting"),
        ("Over-fitting is thereby reduced", "reduce overfitting"),
        ("We reuse a pre-trained network", "use/reuse pre-trained model/network"),
        ("We reuse a pretrained network", "reuse pre-trained network"),
        ("We reuse a pre trained network", "reuse pretrained network"),
        ("This improves generalisation", "generali*"),
        ("helps the model generalize", "generali*"),
        ("it prevents overfiting", "prevent overfitting"),
        ("we don't have enough images", "not enough images"),
        ("Training from scratch needs far more data", "scratch > need > more"),
    ],
)
def test_a_phrase_is_found_in_any_order_and_inflection(text: str, phrase: str) -> None:
    assert says(text, phrase)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("It does not reduce overfitting.", "reduce overfitting"),
        ("It never prevents overfitting", "prevent overfitting"),
        ("We reduce the size. Later there is overfitting.", "reduce overfitting"),
        ("More data is needed than from scratch", "scratch > need > more"),
        ("unfreeze the layers", "freeze layers"),
        ("reduce " + "very " * 40 + "overfitting", "reduce overfitting"),
    ],
)
def test_what_is_not_said_is_not_found(text: str, phrase: str) -> None:
    assert not says(text, phrase)


@pytest.mark.parametrize(
    "text",
    [
        "It not only reduces overfitting but helps elsewhere.",
        "No, but it reduces overfitting.",
        "We cannot collect more images, so we reduce overfitting this way.",
    ],
)
def test_a_not_elsewhere_turns_nothing_round(text: str) -> None:
    assert says(text, "reduce overfitting")


@pytest.mark.parametrize("phrase", ["", ">", "a/ b", "one two three four five six seven eight nine", "***"])
def test_a_phrase_that_says_nothing_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="Expected"):
        parse_phrase(phrase)


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    for sentence in sentences(text):
        for token in sentence.tokens:
            assert 0 <= token.start < token.end <= len(text)
    find_phrases(["not reduce/prevent overfit*", "a > b"], sentences(text))
