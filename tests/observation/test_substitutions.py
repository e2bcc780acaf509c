"""Stand-ins never become an accuracy, and never a student's fault."""

from __future__ import annotations

from grader.evidence.structure import Substitution
from grader.facts import read_facts
from grader.observation.substitutions import without_stand_ins
from tests.evidence_examples import BASE, base, good, measured


def test_random_weights_that_stood_in_are_nobodys_accuracy() -> None:
    record = base(backbone="VGG16", substituted=True, pack_weights=None)
    left = without_stand_ins(measured(0.5, constant_prediction=True), BASE, [record], ())
    assert (left.accuracy, left.constant_prediction) == (None, False)
    assert left.problem is not None
    assert "our asset pack does not hold the weights asked for (VGG16, imagenet)" in left.problem


def test_nor_is_what_was_learned_from_other_pictures_but_a_single_one_matters_not() -> None:
    flowers = Substitution(kind="data", asked="tfds.load('tf_flowers')", given="pictures")
    picture = Substitution(kind="picture", asked="https://example.org/hopper.jpg", given="a picture")
    assert without_stand_ins(measured(), BASE, [base()], [flowers]).accuracy is None
    assert without_stand_ins(measured(), BASE, [base()], [picture]).accuracy == 0.96


def test_the_weights_are_a_question_and_the_fact_says_what_was_asked() -> None:
    measurement = measured(None, base_weights_are=None)
    evidence = good(bases=(base(substituted=True, pack_weights=None),), measurement=measurement)
    fact = read_facts(evidence).weights
    assert (fact.value, fact.strength) == ("imagenet", "observed")
    assert "does not hold these weights" in fact.reason


def test_why_a_model_could_not_be_rebuilt_is_still_told() -> None:
    flowers = Substitution(kind="data", asked="tfds.load('tf_flowers')", given="pictures")
    failed = measured(None, rebuilt=False, problem="The configuration is too deep.")
    problem = without_stand_ins(failed, BASE, [base()], [flowers]).problem
    assert problem is not None
    assert problem.startswith("The configuration is too deep; besides, our asset pack does not hold the data asked for")


def test_a_module_of_tf_hub_is_told_as_what_it_was_trained_on() -> None:
    address = "tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4"
    facts = read_facts(good(bases=(base(substituted=True, weights=address),)))
    assert (facts.backbone.value, facts.backbone.reason) == ("MobileNetV2", "a TF-Hub module")
    assert (facts.weights.value, facts.weights.strength) == ("imagenet", "observed")
    assert address in facts.weights.reason
