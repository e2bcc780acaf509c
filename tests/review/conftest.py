"""A class and someone who marks it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.review.classes import Visitor, class_of_five, visiting


@pytest.fixture(autouse=True)
def _own_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of a class of five, made once."""
    folder = tmp_path_factory.mktemp("class")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_HOME", str(folder / "data"))
        return class_of_five(folder / "out")


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """A copy of it to work on."""
    return Path(shutil.copytree(made, tmp_path / "out"))


@pytest.fixture
def visitor(out: Path) -> Iterator[Visitor]:
    """Someone who came in by the link."""
    with visiting(out) as one:
        yield one
