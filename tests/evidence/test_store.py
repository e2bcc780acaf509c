"""Evidence on disk comes back as it was, and a damaged file is named."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from grader.errors import EvidenceError
from grader.evidence.store import load_evidence, save_evidence, stored_evidence
from tests.evidence_examples import fit, good


def test_there_and_back(tmp_path: Path) -> None:
    evidence = good()
    path = save_evidence(tmp_path, evidence)
    assert load_evidence(path) == evidence
    assert list(stored_evidence(tmp_path, [evidence.submission.id])) == [evidence]


def test_a_loss_that_became_nan_survives(tmp_path: Path) -> None:
    diverged = fit().model_copy(update={"history": {"loss": (1.0, math.nan, math.inf)}})
    path = save_evidence(tmp_path, good(fits=[diverged]))
    again = load_evidence(path).fits[0].history["loss"]
    assert again[0] == 1.0
    assert math.isnan(again[1])
    assert again[2] == math.inf


def test_characters_that_utf8_has_not_are_replaced_not_fatal(tmp_path: Path) -> None:
    evidence = good()
    hostile = evidence.model_copy(update={"submission": evidence.submission.model_copy(update={"name": "a\ud800b"})})
    assert load_evidence(save_evidence(tmp_path, hostile)).submission.name == "a?b"


@pytest.mark.parametrize("content", [b"", b"{", b'{"schema_version": 2}', b"\xff\xfe", b"[]"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "evidence.json"
    path.write_bytes(content)
    with pytest.raises(EvidenceError, match=r"evidence\.json"):
        load_evidence(path)
