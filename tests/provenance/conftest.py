"""Every test has a data folder of its own, and a class of two that was graded and signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.provenance.key_store import signing_key
from grader.provenance.keys import SigningKey
from tests.provenance.reports import graded


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory."""
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GRADER_KEY", raising=False)
    return tmp_path / "home"


@pytest.fixture
def key() -> SigningKey:
    """This machine's own key."""
    return signing_key()


@pytest.fixture
def results(tmp_path: Path, key: SigningKey) -> Path:
    """The class's results folder."""
    return graded(tmp_path / "results", key)
