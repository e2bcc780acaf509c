"""A written report, graded for what it states."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.evidence.model import Evidence, Pack, Place, Provenance, Statement, SubmissionInfo
from grader.judge import judge
from grader.observation.reports import differences, read_reports, report_answers, report_evidence
from grader.rubric import Rubric, load_rubric
from grader.verdict import Verdict
from tests.reports.writing import AUGMENTATION, BASE, CLASSIFIER, FROZEN, PIECES, report_with_pictures, typed_report

RUBRIC = load_rubric("lab06")
with_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs Tesseract (tesseract-ocr)")


def evidence_of(*files: Path) -> Evidence:
    reports = read_reports(files, [])
    answers = report_answers(reports, RUBRIC.questions(), ())
    return report_evidence(
        SubmissionInfo(id="noor", name="Noor"), reports, answers, Pack(name="demo", digest="0", imagenet=False),
        Provenance(grader_version="0", created="2026-01-01T00:00:00+00:00"),
    )  # fmt: skip


def verdicts(evidence: Evidence, rubric: Rubric = RUBRIC) -> dict[str, Verdict]:
    return {verdict.criterion: verdict for verdict in judge(rubric, evidence).verdicts}


def markdown_report(path: Path, pieces: Sequence[tuple[str, str]]) -> Path:
    path.write_text("\n\n".join(f"## {title}\n\n{code}" for title, code in pieces), encoding="utf-8")
    return path


def test_a_typed_report_is_graded_for_what_it_states(tmp_path: Path) -> None:
    evidence = evidence_of(typed_report(tmp_path / "noor.docx"))
    found = verdicts(evidence)
    stated = ("base-without-top", "base-frozen", "augmentation", "head", "preprocessing")
    assert {name: found[name].status for name in stated} == dict.fromkeys(stated, "met")
    assert {found[name].strength for name in stated} == {"stated"}
    assert found["head"].places[0].document == "noor.docx"
    for name in ("notebook-runs", "accuracy", "output-and-loss"):
        assert found[name].status == "needs_review"
        assert "Not assessable from a written report" in found[name].reason
    assert [answer.found for answer in evidence.answers] == [True] * 4
    assert evidence.run.status == "not_run"


@pytest.mark.slow
@with_tesseract
def test_a_report_with_pictures_of_code_is_graded_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    evidence = evidence_of(report_with_pictures(tmp_path / "noor.docx", size=16, dark=True))
    found = verdicts(evidence)
    for name in ("base-without-top", "base-frozen", "augmentation"):
        assert found[name].status == "met", found[name].reason
    assert found["head"].status in ("met", "needs_review")
    assert len(evidence.pictures) == 4
    assert {part.picture for part in evidence.cells if part.kind == "code"} == {1, 2, 3, 4}


@pytest.mark.slow
@with_tesseract
def test_blurred_pictures_cost_nothing_and_earn_nothing(tmp_path: Path) -> None:
    found = verdicts(evidence_of(report_with_pictures(tmp_path / "noor.docx", size=12, blur=1.2)))
    for name in ("base-without-top", "base-frozen", "augmentation", "head", "preprocessing"):
        assert found[name].status == "needs_review", found[name].reason


@pytest.mark.parametrize(
    ("change", "criterion", "status", "code"),
    [
        (("include_top=False", "include_top=True"), "base-without-top", "unmet", "top_kept"),
        (("‘imagenet’", "None"), "base-without-top", "unmet", "random_weights"),
        (("MobileNetV2(", "ResNet50("), "base-without-top", "partial", "other_backbone"),
        (("...   tf.keras.layers.RandomRotation(0.2),\n", ""), "augmentation", "partial", "flip_only"),
        (("x = tf.keras.layers.Dropout(0.2)(x)\n", ""), "head", "partial", "no_dropout"),
        (("GlobalAveragePooling2D", "Flatten"), "head", "partial", "flatten"),
        (("Dense(1)", "Dense(1000)"), "head", "partial", "other_units"),
    ],
)
def test_mistakes_cost_what_the_rubric_says(
    tmp_path: Path, change: tuple[str, str], criterion: str, status: str, code: str
) -> None:
    pieces = [(title, text.replace(*change)) for title, text in PIECES]
    verdict = verdicts(evidence_of(typed_report(tmp_path / "a.docx", pieces=pieces)))[criterion]
    assert (verdict.status, verdict.strength) == (status, "stated")
    assert code in [finding.code for finding in verdict.findings]


def test_a_report_is_judged_by_what_its_own_lab_asks_for(tmp_path: Path) -> None:
    other_lab = load_rubric("lab07")
    code = CLASSIFIER.replace("Dense(1)", "Dense(2, activation='softmax')").replace(
        "x = tf.keras.layers.Dropout(0.2)(x)\n", ""
    )
    pieces = [("Base", BASE.replace("MobileNetV2(", "VGG16(")), ("New classifier", code)]
    found = verdicts(evidence_of(markdown_report(tmp_path / "a.md", pieces)), other_lab)
    assert (found["head"].status, found["base"].status) == ("met", "met")
    assert "global pooling and 2 outputs" in found["head"].reason
    assert [finding.code for finding in found["base"].findings] == ["related_backbone"]
    one = [("Base", BASE), ("New classifier", code.replace("Dense(2, activation='softmax')", "Dense(1)"))]
    found = verdicts(evidence_of(markdown_report(tmp_path / "b.md", one)), other_lab)
    assert [finding.code for finding in found["head"].findings] == ["one_unit"]


def test_a_piece_that_is_not_shown_goes_to_a_person(tmp_path: Path) -> None:
    found = verdicts(evidence_of(markdown_report(tmp_path / "a.md", [("Base", BASE)])))
    assert found["base-without-top"].status == "met"
    for name in ("base-frozen", "augmentation", "head"):
        assert found[name].status == "needs_review"
        assert "shows no code" in found[name].reason


def test_nothing_is_missing_for_certain_where_a_line_could_not_be_read(tmp_path: Path) -> None:
    damaged = CLASSIFIER.replace("tf.keras.layers.Dropout(0.2)(x)", "tf.keras.layers.Drop?ut(0.2)(x)")
    found = verdicts(evidence_of(markdown_report(tmp_path / "a.md", [("New classifier", damaged)])))
    assert found["head"].status == "needs_review"
    assert "could not be read" in found["head"].reason


def test_a_teacher_may_want_to_see_notebooks(tmp_path: Path) -> None:
    strict = RUBRIC.model_copy(update={"reports": RUBRIC.reports.model_copy(update={"accepted": False})})
    found = verdicts(evidence_of(typed_report(tmp_path / "noor.docx")), strict)
    assert found["head"].status == "needs_review"


def test_a_report_that_cannot_be_opened_is_a_question(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"nothing")
    evidence = evidence_of(tmp_path / "a.docx")
    assert evidence.run.status == "unreadable"
    assert judge(RUBRIC, evidence).status == "unreadable"


def said(topic: str, detail: str, **given: str | float | bool | None) -> Statement:
    return Statement.model_validate({"topic": topic, "detail": detail, "settings": given, "place": Place(cell=1)})


def test_a_report_that_contradicts_the_notebook_is_pointed_out(tmp_path: Path) -> None:
    reports = read_reports([markdown_report(tmp_path / "a.md", PIECES)], [])
    notebook = [
        said("base", "MobileNetV2(...)", backbone="MobileNetV2", include_top=False, weights="imagenet", pooling=None),
        said("augmentation", "RandomFlip('horizontal')", name="RandomFlip", mode="horizontal"),
        said("augmentation", "RandomRotation(0.2)", name="RandomRotation", factor=0.2),
        said("classifier", "Dense(1)", name="Dense", units=1, last=True),
    ]
    (difference,) = differences(reports, notebook)
    assert difference.topic == "dropout"
    assert "Dropout(0.2)" in difference.words
    assert "nothing of the kind" in difference.words
    same = [*notebook, said("dropout", "Dropout(0.2)", name="Dropout", rate=0.2)]
    assert differences(reports, same) == ()
    other = [*notebook, said("dropout", "Dropout(0.5)", name="Dropout", rate=0.5)]
    assert "Dropout(0.5)" in differences(reports, other)[0].words


def test_pieces_are_the_four_that_the_lab_asks_for() -> None:
    assert [text for _, text in PIECES] == [BASE, FROZEN, AUGMENTATION, CLASSIFIER]
