"""Asking a kernel: what is sent carries nothing but pixels, and what comes back is believed only as numbers."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from grader.assets.pack import AssetPack, HeldOutFile, PackFile
from grader.errors import EvidenceError
from grader.models.asking import put_questions, questions, read_answers, score_answers

DIGEST = "0" * 64


@pytest.fixture
def pack(tmp_path: Path) -> AssetPack:
    files = []
    for label, colour in (("cats", 40), ("dogs", 200)):
        (tmp_path / "heldout" / label).mkdir(parents=True)
        for number in range(6):
            Image.new("RGB", (120, 90), (colour, colour, colour)).save(tmp_path / "heldout" / label / f"{number}.png")
            files.append(HeldOutFile(path=f"{label}/{number}.png", sha256=DIGEST, bytes=1))
    return AssetPack(
        name="t", folder=tmp_path, digest=DIGEST, imagenet=False, classes=("cats", "dogs"),
        files=(PackFile(path="x", sha256=DIGEST, bytes=0),), heldout_files=tuple(files),
    )  # fmt: skip


def test_images_are_shuffled_changed_and_scaled_as_the_notebooks_data(pack: AssetPack) -> None:
    first, second = (questions(pack, 32, 48, (1 / 255, 0.0)) for _ in range(2))
    assert first.images.shape == (12, 32, 48, 3)
    assert ((first.images.mean(axis=(1, 2, 3)) > 0.5) == first.labels.astype(bool)).all(), "labels belong to images"
    assert not np.array_equal(first.images, second.images)
    assert first.images.max() <= 1.0


def test_a_link_in_the_workspace_is_never_followed(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    with pytest.raises(OSError, match="link"):
        put_questions(tmp_path / "link", np.zeros((1, 8, 8, 3), "f4"))
    images, answers = put_questions(real, np.zeros((1, 8, 8, 3), "f4"))
    assert images.is_file()
    secret = tmp_path / "secret.npy"
    np.save(secret, np.zeros(1, "f4"))
    answers.symlink_to(secret)
    with pytest.raises(EvidenceError):
        read_answers(answers, 1)


def test_a_pipe_an_object_array_and_the_wrong_number_of_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    os.mkfifo(path)
    with pytest.raises(EvidenceError, match="regular"):
        read_answers(path, 3)
    for array in (np.array([{}, {}, {}]), np.zeros(4, "f4"), np.zeros(3, "f8"), np.zeros((3, 65), "f4")):
        path.unlink()
        np.save(path, array, allow_pickle=True)
        with pytest.raises(EvidenceError):
            read_answers(path, 3)


@given(st.binary(max_size=300), st.booleans())
def test_bytes_of_any_kind_are_answers_or_refused(data: bytes, headed: bool) -> None:
    import tempfile

    stream = io.BytesIO()
    np.save(stream, np.zeros(3, "f4"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.npy"
        path.write_bytes((stream.getvalue()[:10] if headed else b"") + data)
        with contextlib.suppress(EvidenceError):
            assert len(read_answers(path, 3)) == 3


def test_answers_are_scored_by_the_loss_the_notebook_compiled() -> None:
    labels = np.array([0, 0, 1, 1])
    logits = score_answers(
        np.array([-2, 0.2, 0.3, 2], "f4"),
        labels,
        classes=2,
        loss="BinaryCrossentropy",
        from_logits=True,
        why="own class",
    )
    assert (logits.accuracy, logits.output_kind, logits.answered_by, logits.rebuilt) == (0.75, "logit", "kernel", False)
    sure = score_answers(np.array([0.1, 0.2, 0.7, 0.9], "f4"), labels, classes=2, loss="x", from_logits=False, why="")
    assert (sure.accuracy, sure.output_kind) == (1.0, "probability")
    broken = score_answers(np.full(4, np.nan, "f4"), labels, classes=2, loss=None, from_logits=None, why="")
    assert broken.not_finite
    assert broken.accuracy == 0
