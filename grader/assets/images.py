"""The lab's images: read from the data archive, with some of the validation images held out."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.assets.archive import read_zip
from grader.assets.names import CLASSES, DATA_FOLDER
from grader.errors import AssetError

HELD_OUT_PER_CLASS = 100
DEFAULT_SEED = 2026
JPEG_START = b"\xff\xd8\xff"
IMAGE = re.compile(rf"{DATA_FOLDER}/(train|validation)/({'|'.join(CLASSES)})/((?:cat|dog)\.\d{{1,6}}\.jpg)")


@dataclass(frozen=True)
class Split:
    """Images by their name in the archive (`visible`) or by CLASS/NAME (`heldout`)."""

    visible: dict[str, bytes]
    heldout: dict[str, bytes]

    def counts(self) -> str:
        """In words: how many images went where."""
        train = sum(1 for name in self.visible if "/train/" in name)
        return f"{train} training, {len(self.visible) - train} validation, {len(self.heldout)} held-out images"


def read_images(archive: Path) -> dict[str, bytes]:
    """All cat and dog pictures of the official archive's layout, by name; other files in it are left out.

    Raises:
        AssetError: An unsafe or damaged archive, none of the pictures, or a picture that is no JPEG.
    """
    images = {name: content for name, content in read_zip(archive) if IMAGE.fullmatch(name)}
    for name, content in images.items():
        if not content.startswith(JPEG_START):
            raise AssetError(expected="JPEG pictures", received=f"something else in {name}", where=archive)
    if not images:
        raise AssetError(
            expected=f"pictures named like {DATA_FOLDER}/train/cats/cat.0.jpg",
            received="an archive without any",
            where=archive,
        )
    return images


def content_digest(images: Mapping[str, bytes]) -> str:
    """One SHA-256 over the names and contents of all images, however the archive was packed."""
    lines = (f"{hashlib.sha256(images[name]).hexdigest()}  {name}\n" for name in sorted(images))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def hold_out(images: Mapping[str, bytes], *, per_class: int = HELD_OUT_PER_CLASS, seed: int = DEFAULT_SEED) -> Split:
    """Take `per_class` images of each class out of the validation images, chosen by the seed.

    Raises:
        AssetError: Too few validation images: at least as many must remain for the students.
    """
    chosen: set[str] = set()
    for label in CLASSES:
        candidates = sorted(name for name in images if f"/validation/{label}/" in name)
        if len(candidates) < 2 * per_class:
            raise AssetError(
                expected=f"at least {2 * per_class} validation images of {label}", received=str(len(candidates))
            )
        # random.Random promises the same sample for the same seed on every version of Python.
        chosen.update(random.Random(f"{seed} {label}").sample(candidates, per_class))  # noqa: S311 -- no secret
    visible = {name: images[name] for name in sorted(images) if name not in chosen}
    heldout = {"/".join(name.split("/")[-2:]): images[name] for name in sorted(chosen)}
    return Split(visible, heldout)
