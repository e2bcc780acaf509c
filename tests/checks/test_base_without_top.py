from __future__ import annotations

import pytest

from grader.evidence.model import BaseRecord, Cell, Evidence
from tests.checks.judging import codes, findings, share
from tests.evidence_examples import base, fit, good, measured, model, nothing, says, stopped_at


def found(evidence: Evidence, **parameters: object) -> list[str]:
    return codes("base_without_top", evidence, **parameters)


def test_mobilenet_v2_without_top_and_with_the_packs_weights() -> None:
    (finding,) = findings("base_without_top", good())
    assert (finding.code, finding.strength) == ("right_base", "verified")


def test_weights_of_a_fine_tuned_base_are_known_from_the_moment_it_was_made() -> None:
    (finding,) = findings("base_without_top", good(measurement=measured(base_weights_are=None)))
    assert (finding.code, finding.strength) == ("right_base", "observed")


def test_an_exploratory_network_with_top_beside_it_is_no_error() -> None:
    exploratory = base(uid=11, include_top=True, in_graded_model=False)
    assert found(good(bases=(exploratory, base()))) == ["right_base"]


def test_top_kept() -> None:
    evidence = good(graded=model(include_top=True), bases=(base(include_top=True),))
    assert found(evidence) == ["top_kept"]
    assert share("base_without_top", evidence) == 0


def test_made_with_top_and_cut_open_before_it_is_the_same_network() -> None:
    evidence = good(bases=(base(include_top=True),))
    assert found(evidence) == ["right_base", "top_cut_off"]
    assert share("base_without_top", evidence) == 1


def test_another_backbone_keeps_two_thirds() -> None:
    evidence = good(graded=model(backbone="VGG16"), bases=(base(backbone="VGG16"),))
    assert found(evidence) == ["other_backbone"]
    assert share("base_without_top", evidence) == 0.67
    assert found(evidence, backbones=["VGG16", "MobileNetV2"]) == ["right_base"]


def test_the_structure_decides_and_not_the_name() -> None:
    assert found(good(graded=model(backbone="VGG16"), bases=(base(backbone="MobileNetV2"),))) == ["other_backbone"]


def test_random_weights() -> None:
    evidence = good(bases=(base(weights=None, pack_weights=None),), measurement=measured(base_weights_are=None))
    assert found(evidence) == ["random_weights"]
    assert share("base_without_top", evidence) == 0


def test_weights_loaded_after_construction_count() -> None:
    assert found(good(bases=(base(weights=None, pack_weights=None),))) == ["right_base"]


@pytest.mark.parametrize(
    "record",
    [
        base(weights="mine.h5", pack_weights=None),
        base(weights=None, pack_weights=None, weights_digest="c" * 64),
        base(weights_digest="c" * 64),
    ],
)
def test_weights_of_unknown_origin_go_to_a_person(record: BaseRecord) -> None:
    evidence = good(bases=(record,), measurement=measured(base_weights_are=None))
    assert found(evidence) == ["unknown_weights"]


@pytest.mark.parametrize("asked", ["imagenet", "tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4"])
def test_what_was_asked_for_by_name_is_known_where_the_pack_lacks_it(asked: str) -> None:
    record = base(weights=asked, pack_weights=None, substituted=True)
    evidence = good(bases=(record,), measurement=measured(base_weights_are=None))
    (finding,) = findings("base_without_top", evidence)
    assert (finding.code, finding.strength) == ("right_base", "observed")
    other = record.model_copy(update={"weights_digest": "c" * 64})
    assert found(evidence.model_copy(update={"bases": (other,)})) == ["unknown_weights"]


@pytest.mark.parametrize("asked", ["mine.h5", "tfhub.dev/google/inaturalist/inception_v3/feature_vector/5"])
def test_but_not_what_a_file_of_ones_own_holds(asked: str) -> None:
    record = base(weights=asked, pack_weights=None, substituted=True)
    assert found(good(bases=(record,), measurement=measured(base_weights_are=None))) == ["unknown_weights"]


def test_part_of_a_base_has_another_digest_and_that_is_no_riddle() -> None:
    evidence = good(
        graded=model(cut_at="block_13"),
        bases=(base(weights_digest="c" * 64),),
        measurement=measured(base_weights_are=None),
    )
    assert found(evidence) == ["right_base"]


def test_weights_that_a_failed_cell_should_have_loaded_are_not_called_random() -> None:
    loading = Cell(position=9, code_cell=9, kind="code", source="base.load_weights(file)", status="failed")
    random = {"bases": (base(weights=None, pack_weights=None),), "measurement": measured(base_weights_are=None)}
    assert found(good(cells=(loading,), **random)) == ["unknown_weights"]
    assert found(good(cells=(loading.model_copy(update={"status": "ok"}),), **random)) == ["random_weights"]


def test_two_mistakes_are_two_findings() -> None:
    evidence = good(
        graded=model(backbone="VGG16", include_top=True),
        bases=(base(weights=None, pack_weights=None),),
        measurement=None,
    )
    assert found(evidence) == ["other_backbone", "top_kept", "random_weights"]


def test_weights_that_the_pack_lacks_are_not_the_students_fault() -> None:
    evidence = nothing(bases=(base(error="URL fetch failure", in_graded_model=False),))
    assert found(evidence) == ["construction_failed"]
    assert share("base_without_top", evidence) is None


def test_another_backbone_whose_imagenet_weights_the_pack_lacks_is_decided() -> None:
    asked = base(backbone="VGG16", pack_weights=None, substituted=True)
    unmeasured = measured(base_weights_are=None)
    evidence = good(graded=model(backbone="VGG16"), bases=(asked,), measurement=unmeasured)
    assert found(evidence) == ["other_backbone"]
    assert share("base_without_top", evidence) == 0.67
    others = base(backbone="VGG16", pack_weights=None, substituted=True, weights_digest="c" * 64)
    assert found(evidence.model_copy(update={"bases": (others,)})) == ["other_backbone", "unknown_weights"]
    own_file = base(backbone="VGG16", pack_weights=None, substituted=True, weights="mine_imagenet.h5")
    assert found(evidence.model_copy(update={"bases": (own_file,)})) == ["other_backbone", "unknown_weights"]


def test_nothing_there_is_different_from_not_seen() -> None:
    assert found(nothing()) == ["no_base"]
    assert found(nothing(bases=(base(in_graded_model=False),))) == ["base_unused"]
    assert found(stopped_at(1)) == ["not_reached"]
    (stated,) = findings("base_without_top", stopped_at(1))
    assert stated.strength == "stated"
    assert "include_top=False" in stated.message


def test_a_crashed_notebook_that_never_mentions_a_base() -> None:
    evidence = stopped_at(1).model_copy(update={"statements": (says("fit", 6),)})
    (finding,) = findings("base_without_top", evidence)
    assert (finding.code, finding.strength) == ("no_base", "stated")


def test_a_base_nobody_recognises() -> None:
    evidence = good(graded=model(backbone=None), bases=(), fits=(fit(),))
    assert found(evidence) == ["unknown_backbone"]


def test_any_weights_and_a_wanted_top() -> None:
    random = good(bases=(base(weights=None, pack_weights=None),), measurement=measured(base_weights_are=None))
    assert found(random, pretrained=False) == ["right_base"]
    assert found(good(), include_top=True) == ["top_missing"]
