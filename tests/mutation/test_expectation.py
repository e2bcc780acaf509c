"""What must come of a variant, and how what came is called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.checks.registry import CHECKS
from grader.mutation.campaign import Campaign
from grader.mutation.catalogue import Variant, read_catalogue
from grader.mutation.expectation import Expectation, expect, with_shortened
from grader.mutation.outcome import compare, confusion, in_words, outcome
from grader.mutation.show import summary
from grader.rubric import Rubric, parse_rubric
from grader.verdict import JudgedFinding, Result, Status, Total, Verdict

RUBRIC = b"""
schema = 1
[lab]
id = "x"
title = "X"
reference = "x.ipynb"
[[criteria]]
id = "frozen"
title = "Frozen"
check = "frozen_base"
points = 2
[[criteria]]
id = "head"
title = "Head"
check = "head"
points = 2
costs = { no_dropout = 0.25, two_units = 0 }
[[criteria]]
id = "accuracy"
title = "Accuracy"
check = "accuracy"
points = 2
depends_on = ["frozen"]
"""


def rubric() -> Rubric:
    return parse_rubric(RUBRIC, "x.toml")


def variant(shows: str, more: str = "") -> Variant:
    text = f'[[mutant]]\nname = "m"\nsays = ""\nedits = [{{ remove = "freeze" }}]\nshows = {shows}\n{more}'
    ((_, made),) = read_catalogue(text.encode(), "m.toml")
    return made


def verdict(criterion: str, status: Status, share: float = 1.0, code: str = "") -> Verdict:
    found = (JudgedFinding(code=code, message=""),) if code else ()
    return Verdict(criterion=criterion, title="", status=status, points=2 * share, maximum=2, reason="", findings=found)


def result(*verdicts: Verdict) -> Result:
    total = Total(points=0, counted=0, pending=0, excluded=0, maximum=0, final=True)
    return Result(submission="s", name="s", status="graded", verdicts=verdicts, total=total)


GOOD = result(verdict("frozen", "met"), verdict("head", "met"), verdict("accuracy", "met"))


def expected(shows: str, more: str = "") -> dict[str, Expectation]:
    return expect(rubric(), CHECKS, variant(shows, more), None, GOOD)


def test_a_broken_criterion_loses_what_the_rubric_says_and_the_others_nothing() -> None:
    wanted = expected('{ head = "no_dropout" }')
    before = GOOD.verdicts[1]
    assert wanted["head"].met_by(verdict("head", "partial", 0.75, "no_dropout"), before)
    assert not wanted["head"].met_by(verdict("head", "partial", 0.5, "no_dropout"), before)
    assert not wanted["head"].met_by(verdict("head", "partial", 0.75, "flatten"), before)
    assert not wanted["head"].met_by(verdict("head", "met"), before)
    assert wanted["frozen"].statuses == {"met"}
    assert wanted["accuracy"].statuses == {"met"}


def test_what_depends_on_a_broken_criterion_may_be_blocked() -> None:
    wanted = expected('{ frozen_base = "not_frozen" }')
    assert wanted["frozen"].statuses == {"unmet"}
    assert wanted["accuracy"].statuses == {"met", "blocked"}
    assert wanted["head"].statuses == {"met"}


def test_a_style_that_costs_nothing_must_lose_nothing() -> None:
    wanted = expected('{ head = "two_units" }')
    assert wanted["head"] == Expectation(frozenset({"met"}), (), (1.0,), broken=False)


def test_what_a_crash_takes_from_sight_may_wait_for_a_person() -> None:
    wanted = expected('{ head = "no_dropout" }', 'open = ["frozen_base"]')
    assert wanted["frozen"].statuses == {"met", "needs_review"}


@pytest.mark.parametrize(
    ("broken", "came", "answer"),
    [
        (True, verdict("head", "partial", 0.75, "no_dropout"), "right"),
        (True, verdict("head", "met"), "missed"),
        (True, verdict("head", "blocked", 0), "missed"),
        (True, verdict("head", "unmet", 0, "flatten"), "other"),
        (True, verdict("head", "needs_review", 0), "asked"),
        (False, verdict("head", "met"), "right"),
        (False, verdict("head", "partial", 0.5, "flatten"), "wronged"),
        (False, verdict("head", "blocked", 0), "wronged"),
        (False, verdict("head", "needs_review", 0), "asked"),
    ],
)
def test_every_way_to_be_wrong_has_a_name(broken: bool, came: Verdict, answer: str) -> None:
    wanted = expected('{ head = "no_dropout" }' if broken else '{ frozen_base = "not_frozen" }')["head"]
    assert compare(wanted, came, GOOD.verdicts[1]) == answer


def test_the_table_counts_criterion_by_criterion() -> None:
    wanted = expected('{ frozen_base = "not_frozen" }')
    caught = result(
        verdict("frozen", "unmet", 0, "not_frozen"), verdict("head", "met"), verdict("accuracy", "blocked", 0)
    )
    missed = result(verdict("frozen", "met"), verdict("head", "unmet", 0, "flatten"), verdict("accuracy", "met"))
    outcomes = [outcome("mutant", "m", "", wanted, came, GOOD) for came in (caught, missed)]
    frozen, head, accuracy = confusion(outcomes, {"frozen": "", "head": "", "accuracy": ""})
    assert (frozen.caught, frozen.missed, frozen.right) == (1, 1, False)
    assert (head.kept, head.wronged) == (1, 1)
    assert (accuracy.kept, accuracy.blocked, accuracy.right) == (1, 1, True)
    assert [each.as_expected for each in outcomes] == [True, False]
    assert in_words(outcomes[1].wrong[0]) == "frozen: met (no finding), expected not met (not_frozen)"


def test_criteria_that_no_mutant_tries_are_named_when_all_were_run() -> None:
    caught = result(verdict("frozen", "unmet", 0, "not_frozen"), verdict("head", "met"), verdict("accuracy", "blocked"))
    outcomes = (outcome("mutant", "m", "", expected('{ frozen_base = "not_frozen" }'), caught, GOOD),)
    campaign = Campaign(rubric(), Path("x.ipynb"), GOOD, outcomes, (), "capped")
    assert campaign.untried == ("head", "accuracy")
    assert any("no mutant takes points from head, accuracy" in line for line in summary(campaign))
    assert replace(campaign, whole=False).untried == ()


def test_what_shortened_training_leaves_open_for_the_reference_is_open_for_a_sample_that_keeps_it() -> None:
    good, bad = Expectation(frozenset({"met"})), Expectation(frozenset({"unmet"}), broken=True)
    cut_short = result(verdict("frozen", "met"), verdict("accuracy", "needs_review", code="shortened"))
    open_ = with_shortened({"frozen": good, "accuracy": good}, cut_short)
    assert open_["accuracy"].statuses == {"met", "needs_review"}
    assert open_["frozen"] == good
    assert with_shortened({"accuracy": bad}, cut_short)["accuracy"] == bad
    assert with_shortened({"accuracy": good}, GOOD)["accuracy"] == good
