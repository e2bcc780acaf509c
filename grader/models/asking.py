"""Measure a model that cannot be rebuilt: its own kernel answers for it, on held-out images without labels.

Labels never leave this side. Each time the images are shown in another order and slightly changed (mirrored, cut,
brightened, compressed again), in ways that leave a cat a cat: a model that looks pictures up finds none of them, unless
it recognises them as a person would. What comes back is a claim of the kernel, and counts as `observed`.
"""

from __future__ import annotations

import io
import math
import os
import random
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance

from grader.assets.pack import AssetPack
from grader.errors import EvidenceError
from grader.evidence.model import Measurement, Range
from grader.execution.recorder.probe import MAXIMUM_OUTPUTS
from grader.models import predictions, scaling

MAXIMUM_BYTES = 256 << 20
"""Of all images sent: 200 of 224 x 224 pixels are 115 MiB."""
MAXIMUM_SIDE = 1024
MAXIMUM_HEADER = 4_096


@dataclass(frozen=True)
class Questions:
    """Images for the kernel in random order, and the labels, which stay here."""

    images: np.ndarray[Any, np.dtype[np.float32]]
    """Shape (n, height, width, 3), scaled as the notebook's own data."""
    labels: np.ndarray[Any, np.dtype[np.int64]]


def questions(pack: AssetPack, height: int, width: int, scale: scaling.Scale) -> Questions:
    """Draw and change the held-out images anew.

    Args:
        height, width: Size in pixels.
        scale: What the data pipeline makes of pixels in [0, 255].

    Raises:
        EvidenceError: the size is not one of images.
    """
    if not (8 <= height <= MAXIMUM_SIDE and 8 <= width <= MAXIMUM_SIDE):
        raise EvidenceError(
            expected="images of 8 to 1024 pixels", received=f"{height} x {width}", where="training data"
        )
    chance = random.Random(secrets.randbits(128))  # noqa: S311 - seeded from the system's own randomness
    files = list(pack.heldout_files)
    chance.shuffle(files)
    files = files[: max(1, MAXIMUM_BYTES // (height * width * 12))]
    images = np.empty((len(files), height, width, 3), np.float32)
    for number, file in enumerate(files):
        with Image.open(pack.heldout / file.path) as picture:
            images[number] = np.asarray(_changed(picture.convert("RGB"), height, width, chance), np.float32)
    images = images * np.float32(scale[0]) + np.float32(scale[1])
    return Questions(images, np.asarray([pack.classes.index(file.label) for file in files], np.int64))


def _changed(picture: Image.Image, height: int, width: int, chance: random.Random) -> Image.Image:
    """The same animal, other pixels: up to 4 % cut off at each side, mirrored half of the time, 5 % brighter or darker,
    JPEG quality 80 to 92."""
    across, down = picture.size
    left, right = (chance.uniform(0.005, 0.04) * across for _ in range(2))
    top, bottom = (chance.uniform(0.005, 0.04) * down for _ in range(2))
    picture = picture.resize((width, height), Image.Resampling.BILINEAR, box=(left, top, across - right, down - bottom))
    if chance.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture = ImageEnhance.Brightness(picture).enhance(chance.uniform(0.95, 1.05))
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=chance.randint(80, 92))
    return Image.open(packed).convert("RGB")


def put_questions(folder: Path, images: np.ndarray[Any, Any]) -> tuple[Path, Path]:
    """Write the images where the kernel can read them; returns their path and one for the answers.

    The folder is under the control of student code. The name is new and random, and the file is made through a
    descriptor of the folder, exclusively and never through a link.
    """
    name = secrets.token_hex(12)
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(f"{name}.npy", flags, 0o644, dir_fd=directory), "wb") as file:
            np.save(file, images, allow_pickle=False)
    finally:
        os.close(directory)
    return folder / f"{name}.npy", folder / f"{name}-answers.npy"


def read_answers(path: Path, examples: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The kernel's answers: a float32 `.npy` of `examples` rows with at most 64 numbers each.

    Raises:
        EvidenceError: there is no such file, or it is anything else.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as problem:
        raise EvidenceError(expected="the model's answers", received="none", where="kernel") from problem
    with os.fdopen(descriptor, "rb") as file:
        information = os.fstat(file.fileno())
        if not stat.S_ISREG(information.st_mode):
            raise EvidenceError(expected="a regular file of answers", received="something else", where="kernel")
        data = file.read(MAXIMUM_HEADER + examples * MAXIMUM_OUTPUTS * 4 + 1)
    stream = io.BytesIO(data)
    if not data.startswith(b"\x93NUMPY\x01\x00"):
        raise EvidenceError(expected="answers as .npy", received="something else", where="kernel")
    try:
        np.lib.format.read_magic(stream)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=MAXIMUM_HEADER)
    except (ValueError, SyntaxError, RecursionError, MemoryError) as problem:
        raise EvidenceError(expected="answers as .npy", received="something else", where="kernel") from problem
    rest = data[stream.tell() :]
    wanted = len(shape) in (1, 2) and shape[0] == examples and math.prod(shape[1:]) <= MAXIMUM_OUTPUTS
    if not wanted or fortran or dtype.str != "<f4" or len(rest) != math.prod(shape) * 4:
        raise EvidenceError(
            expected=f"{examples} rows of answers", received=f"{str(shape)[:60]} of {dtype.str[:20]}", where="kernel"
        )
    return np.frombuffer(rest, np.float32).reshape(shape)


def score_answers(
    answers: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], *, classes: int, loss: str | None,
    from_logits: bool | None, why: str,
) -> Measurement:  # fmt: skip
    """What the answers are worth. `why` says why the model could not be rebuilt."""
    finite = answers[np.isfinite(answers)]
    between = bool(finite.size) and float(finite.min()) >= 0 and float(finite.max()) <= 1
    activation = "linear" if from_logits or not between else "sigmoid"
    result = predictions.score(
        answers, labels, classes=classes, activation=activation, loss=loss, loss_from_logits=from_logits
    )
    if isinstance(result, str):
        return Measurement(rebuilt=False, problem=result, answered_by="kernel")
    spread = None
    if result.minimum is not None and result.maximum is not None:
        spread = Range(minimum=result.minimum, maximum=result.maximum)
    swapped = None if result.swapped_correct is None else result.swapped_correct / result.examples
    return Measurement(
        rebuilt=False, problem=why, answered_by="kernel", accuracy=result.correct / result.examples,
        correct=result.correct, examples=result.examples, labels_swapped_accuracy=swapped,
        constant_prediction=result.constant, not_finite=result.not_finite, threshold=result.threshold,
        output_kind=result.kind, output_range=spread,
    )  # fmt: skip
