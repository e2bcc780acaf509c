"""What a student finds on their page."""

from __future__ import annotations

import math
import re

import pytest

from grader.evidence.model import Answer, CellError, Evidence, Fit, Place, Run
from grader.report import render_report
from grader.rubric.model import Rubric
from grader.verdict import JudgedFinding, Verdict
from tests.report.examples import EXAMPLES, Example, capped, crashed, exemplary, not_frozen, our_fault, unreadable
from tests.report.lab import DEMO_PACK, QUESTIONS, REAL_PACK, RUBRIC, Change, evidence, fit, result
from tests.report.notebook import place
from tests.report.parsed import Page, assert_accessible, assert_safe, parsed


def page_of(example: Example, rubric: Rubric = RUBRIC) -> Page:
    return parsed(render_report(example.evidence, example.result, rubric))


def words(page: Page) -> str:
    return " ".join(page.text.split())


def card(page: Page, title: str) -> str:
    """The text of the card with that title."""
    found = [article for article in page.all("article", class_="card") if title in article.text]
    assert len(found) == 1, title
    return " ".join(found[0].text.split())


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_page_is_safe_and_accessible(name: str) -> None:
    example = EXAMPLES[name]()
    assert_accessible(assert_safe(render_report(example.evidence, example.result, RUBRIC)))


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_criterion_appears_in_the_order_of_the_rubric(name: str) -> None:
    page = page_of(EXAMPLES[name]())
    titles = [heading.text for heading in page.all("h3") if heading.attributes.get("id", "").startswith("c")]
    assert titles == [criterion.title for criterion in RUBRIC.criteria]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_input_gives_the_same_page(name: str) -> None:
    first, second = EXAMPLES[name](), EXAMPLES[name]()
    assert render_report(first.evidence, first.result, RUBRIC) == render_report(second.evidence, second.result, RUBRIC)


def test_a_criterion_without_a_verdict_is_shown_as_our_fault() -> None:
    example = exemplary()
    short = example.result.model_copy(update={"verdicts": example.result.verdicts[1:]})
    page = page_of(Example(example.evidence, short))
    assert "Our fault" in card(page, "The notebook runs from top to bottom")


def test_result_and_next_step_come_before_anything_else() -> None:
    headings = [heading.text for heading in page_of(not_frozen()).all("h2")]
    assert headings[:3] == ["Your result", "Do this next", "Point by point"]


def test_the_total_says_what_is_open_and_what_is_not_counted_twice() -> None:
    text = words(page_of(not_frozen()))
    assert "10 of 14 decided" in text
    assert "4 more points await your teacher. 3 points are not counted twice." in text
    assert "Of 21 points: 10 earned, 4 not earned, 4 open for your teacher, 3 not counted twice." in text


def test_a_final_total_says_so() -> None:
    done = {id_: Change("met", "Marked by your teacher.", points=1) for id_ in QUESTIONS}
    text = words(page_of(Example(evidence(), result(changes=done))))
    assert "21 of 21 decided" in text
    assert "This total is final." in text
    assert "You earned every point. Well done!" in text


def test_the_next_step_links_to_its_criterion() -> None:
    page = page_of(not_frozen())
    links = [link for link in page.all("a") if link.text == "See “Base frozen during feature extraction”"]
    assert [link.attributes["href"] for link in links] == ["#c3"]


def test_the_deciding_lines_are_shown_and_marked() -> None:
    page = page_of(exemplary())
    text = card(page, "MobileNetV2 without its top")
    assert "Cell [5], lines 3–7" in text
    marked = [mark.text.rstrip("\n") for mark in page.all("mark")]
    assert "    include_top=False," in marked
    assert "# the pre-trained base" not in marked


def test_several_findings_are_listed_with_their_cost() -> None:
    text = card(page_of(not_frozen()), "Head: global pooling")
    assert "Partly met" in text
    assert "does not lie on the way to the output. costs 1 point" in text
    assert "unusual bias. your teacher decides" in text
    assert "Global pooling and Dense(1) are in place. – " not in text


def test_a_single_finding_that_repeats_the_reason_is_not_said_twice() -> None:
    sentence = "No dropout layer was found."
    finding = JudgedFinding(code="no_dropout", message=sentence, cost=0.5)
    page = page_of(Example(evidence(), result(changes={"head": Change("partial", sentence, 1, findings=(finding,))})))
    assert card(page, "Head: global pooling").count(sentence) == 1


def test_evidence_strength_in_plain_words() -> None:
    page = page_of(exemplary())
    assert "Measured by us in a clean process" in card(page, "MobileNetV2 without its top")
    assert "Recorded while your notebook ran" in card(page, "Base frozen")
    assert "Read from your source" in card(page_of(crashed()), "Random flips")


def test_blocked_names_what_it_follows_from_and_costs_nothing() -> None:
    text = card(page_of(not_frozen()), "Trained accuracy")
    assert "See “Base frozen during feature extraction”." in text
    assert "3 points not counted" in text


def test_our_fault_is_called_our_fault() -> None:
    page = page_of(our_fault())
    text = words(page)
    assert "Something went wrong on our side. You lose no points. The disk of the grading machine was full." in text
    assert "21 points wait for us." in text
    assert "We found no answer" not in text
    assert text.count("We could not look at this.") == 1


def test_a_notebook_that_stopped_half_way_still_gives_a_useful_page() -> None:
    page = page_of(crashed())
    text = words(page)
    assert "Correct the name base_modle in Cell [7], line 5." in text
    assert "Python stopped before your notebook reached its end. See how it ran" in text
    assert "11 code cells: 6 ran, 1 failed, 4 did not run." in text
    assert "We saw no call of fit, so there are no curves to show." in text
    assert "We saw no trained model" in text
    assert "Cell [7] stopped with an error" in text
    assert "\x1b" not in page.text
    assert "[0;31m" not in page.text


def test_an_unreadable_notebook_still_gives_a_useful_page() -> None:
    text = words(page_of(unreadable()))
    assert "save it again, and hand it in once more" in text
    assert "The file is not valid JSON: line 214 ends too early." in text
    assert "Nothing is decided yet" in text


def test_errors_of_our_machine_are_forgiven_in_words() -> None:
    error = CellError(name="ImportError", value="You must install graphviz", place=place(6), ours=True)
    page = page_of(Example(evidence(run=Run(status="cells_failed", errors=(error,))), result()))
    assert "1 cell failed because our machine lacks something." in words(page)
    assert "This is our machine's fault, not yours. It costs you nothing." in words(page)


def test_an_error_after_a_shortened_call_may_be_ours() -> None:
    error = CellError(name="IndexError", value="list index out of range", place=place(11), after_shortened_call=True)
    page = page_of(Example(evidence(run=Run(status="cells_failed", errors=(error,))), result()))
    assert "We had cut an earlier training short. This error may come from that." in words(page)


def test_answers_are_shown_with_their_question() -> None:
    text = card(page_of(exemplary()), "Question 1")
    assert "What is transfer learning?" in text
    assert "What you wrote: Text cell (number 12 from the top)" in text
    assert "so we need less data and less time." in text
    assert "Awaits your teacher" in text


def test_answers_that_were_not_found_or_are_doubtful_say_so() -> None:
    page = page_of(exemplary())
    assert "We found no answer to this question." in card(page, "Question 4")
    assert "We are not sure that this is your answer" in card(page, "Question 3")


def test_white_space_of_answers_is_kept_and_long_ones_are_cut_with_a_notice() -> None:
    answer = Answer(question="transfer_learning", found=True, text="a)  first\n\n    b) second\n" + "x " * 9000)
    page = page_of(Example(evidence(answers=(answer,)), result()))
    assert page.all("blockquote")[0].text.startswith("a)  first\n\n    b) second\n")
    assert "Cut here. The whole text has 18,025 characters." in page.text


def test_curves_join_feature_extraction_and_fine_tuning() -> None:
    page = page_of(exemplary())
    descriptions = [element.text for element in page.all("desc")]
    assert any("Accuracy over 20 epochs." in text and "From epoch 11: fine-tuning." in text for text in descriptions)
    assert len(page.all("path", class_="boundary")) == 2
    assert {"training", "validation", "epoch", "Accuracy", "Loss"} <= {element.text for element in page.all("text")}


def test_shortened_training_does_not_pretend() -> None:
    text = words(page_of(capped()))
    assert "We cut your training short: each call of fit ran for a few steps only." in text
    assert "cut short by us: 1 of 10 epochs, 2 steps" in text
    assert "We cut your training short" not in words(page_of(exemplary()))


def test_a_loss_that_stops_being_a_number_is_said_and_not_drawn() -> None:
    page = page_of(capped())
    assert "In epoch 3 the loss was not a number (NaN). The curve has a gap there." in words(page)
    assert not [path for path in page.all("path") if re.search("nan|inf", path.attributes["d"], re.IGNORECASE)]


def test_a_history_without_any_number_draws_nothing() -> None:
    lost = fit(0, (0.5,)).model_copy(update={"history": {"loss": (math.nan, math.inf)}})
    page = page_of(Example(evidence(fits=(lost,)), result()))
    assert "recorded no numbers we can draw" in words(page)


def test_the_model_is_a_chain_of_roles() -> None:
    page = page_of(not_frozen())
    roles = [role.text for role in page.all("p", class_="role")]
    assert roles == ["Input", "Augmentation", "Preprocessing", "Base", "Pooling", "Head"]
    base = " ".join(page.all("li", class_="is-base")[0].text.split())
    assert base.startswith("Base MobileNetV2")
    assert "without its top" in base
    assert "not frozen: its weights changed" in base
    assert "Made, but not used" in page.text


def test_the_pack_without_imagenet_weights_is_named_at_the_top() -> None:
    page = page_of(not_frozen())
    assert "They are not ImageNet weights." in page.all("header")[0].text
    assert "ImageNet" not in page_of(exemplary()).all("header")[0].text
    silent = DEMO_PACK.model_copy(update={"notice": ""})
    page = page_of(Example(evidence(pack=silent), result()))
    assert "The weights in the asset pack “demo” are not ImageNet weights." in page.all("header")[0].text


def test_what_was_run_is_told() -> None:
    text = words(page_of(exemplary()))
    for fact in (
        "TensorFlow 2.21.0", "bubblewrap", "Full: training ran as you wrote it.", "3 min 23 s", REAL_PACK.name,
        "Two cells had the same id.", "2026-03-02 14:05 UTC", f"notebook {'3e' * 32}", f"rubric {'4f' * 32}",
    ):  # fmt: skip
        assert fact in text, fact


@pytest.mark.parametrize("strange", [Place(cell=99, first_line=5), Place(cell=3, code_cell=2, first_line=900)])
def test_places_that_do_not_exist_are_named_and_harmless(strange: Place) -> None:
    made = result(changes={"head": Change("unmet", "No head.", places=(strange,))})
    assert_safe(render_report(evidence(), made, RUBRIC))


def test_huge_numbers_are_harmless() -> None:
    huge = 10**5000
    made: Evidence = evidence(
        fits=(fit(0, (0.5,)).model_copy(update={"epochs_requested": huge, "epochs_run": huge - 1, "steps_run": huge}),),
        run=Run(status="completed", seconds=1e300, shortened_calls=huge),
    )
    assert "a huge number" in assert_safe(render_report(made, result(), RUBRIC)).text


def test_without_evidence_of_training_other_models_are_not_taken_for_it() -> None:
    toy = Fit(index=0, model_uid=8, model_name="toy", history={"loss": (1.0, 0.5)}, epochs_run=2)
    page = page_of(Example(evidence(fits=(toy, fit(1, (0.5, 0.6)))), result()))
    assert "1 other call of fit trained other models. They are not drawn." in words(page)


def test_a_verdict_that_is_blocked_by_something_unknown_is_harmless() -> None:
    verdict = Verdict(criterion="x", title="X", status="blocked", points=0, maximum=1, reason="", blocked_by="gone")
    made = result().model_copy(update={"verdicts": (verdict,), "next_criterion": "gone", "next_step": "Do it."})
    assert_accessible(assert_safe(render_report(evidence(), made, RUBRIC)))
