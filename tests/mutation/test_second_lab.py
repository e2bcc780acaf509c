"""Lab 7 is data alone: its samples are those of the table, and variants of its reference can be made."""

from __future__ import annotations

from pathlib import Path

from grader.mutation.catalogue import catalogue
from grader.mutation.make import make_variants
from grader.mutation.notebook import load_notebook
from grader.mutation.samples import load_samples
from grader.rubric import load_rubric

ROOT = Path(__file__).parents[2]


def test_every_sample_has_a_verdict_on_every_criterion() -> None:
    rubric = load_rubric("lab07")
    samples = load_samples(ROOT / "tests/samples/expected_lab07.toml")
    assert {sample.name for sample in samples.samples} == {path.name for path in samples.folder.iterdir()}
    for sample in samples.samples:
        assert (samples.folder / sample.submission).is_file()
        assert set(sample.expected) == {criterion.id for criterion in rubric.criteria}


def test_what_does_not_fit_this_lab_is_not_applicable() -> None:
    rubric = load_rubric("lab07")
    reference = load_notebook(ROOT / "reference_solution/lab07.ipynb")
    made = {each.name: each for each in make_variants(reference, rubric, catalogue())}
    assert "no criterion of this rubric uses augmentation" in made["no-rotation"].why_not
    assert made["no-dropout"].why_not == "no dropout in the reference"
    assert made["not-frozen"].notebook is not None
    assert made["sequential"].notebook is not None
    assert sum(each.notebook is not None for each in made.values()) >= 70
