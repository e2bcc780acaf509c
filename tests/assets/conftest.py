"""Where the real images and weights are, if they are on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.assets.names import DATA_ARCHIVE


@pytest.fixture
def real_assets() -> Path:
    """The folder GRADER_REAL_ASSETS names, or shared/assets beside the checkout."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "assets"
    folder = Path(os.environ.get("GRADER_REAL_ASSETS", beside))
    if not (folder / DATA_ARCHIVE).is_file():
        pytest.skip(f"no real images and weights in {folder}; set GRADER_REAL_ASSETS")
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory for packs and downloads."""
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
