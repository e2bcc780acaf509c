"""A reader of the report learns what stood in for things that our pack lacks."""

from __future__ import annotations

from grader.evidence.structure import Substitution
from grader.report.run_facts import facts
from grader.rubric.load import load_rubric
from tests.evidence_examples import good, ran


def test_what_the_pack_lacks_is_named_with_what_stood_in() -> None:
    stood_in = (
        Substitution(kind="weights", asked="VGG16 with imagenet", given="random weights, always the same"),
        Substitution(kind="missing", asked="google.colab.drive.mount", given="nothing"),
    )
    found = {fact.name: fact.values for fact in facts(good(run=ran(substitutions=stood_in)), load_rubric("lab06"))}
    assert found["Not in the pack"] == (
        "VGG16 with imagenet (instead: random weights, always the same)",
        "google.colab.drive.mount (nothing stood in)",
    )
    assert "Not in the pack" not in {fact.name for fact in facts(good(), load_rubric("lab06"))}
