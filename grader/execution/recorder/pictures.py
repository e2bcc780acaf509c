"""Pictures of the asset pack in the folders, classes and sizes that a notebook asks for, where the pack lacks its own.

What stands in is written down, and nothing measured on it counts as accuracy; it lets a notebook go on, so that all
else about it can be seen.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .places import calling_place

if TYPE_CHECKING:
    from .timeline import Timeline

PER_CLASS = 160
"""Pictures of one class in one folder: enough for any batch size, and quickly laid out."""

KNOWN_CLASSES = {
    "flower": ("daisy", "dandelion", "roses", "sunflowers", "tulips"),
    "horse": ("horses", "humans"),
    "rps": ("paper", "rock", "scissors"),
    "rock": ("paper", "rock", "scissors"),
    "alpaca": ("alpaca", "not alpaca"),
    "petimages": ("Cat", "Dog"),
    "kagglecatsanddogs": ("Cat", "Dog"),
    "xray": ("NORMAL", "PNEUMONIA"),
}
"""Class folders of well-known data sets, by a word in the name that is asked for."""

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".gif")
OTHER_PART = ("val", "test", "eval", "holdout")


class Pictures:
    """The pack's training pictures, unpacked when they are first asked for."""

    def __init__(self, timeline: Timeline) -> None:
        self.archive: str | None = None
        self._timeline = timeline
        self.kinds: tuple[str, ...] = ("cats", "dogs")
        """The classes of the pack's pictures, in label order."""
        self._folder = Path()
        self._classes = 2
        self._files: list[tuple[str, int]] | None = None
        self._laid_out: dict[str, str] = {}

    def open(self, archive: str | None, kinds: Sequence[str], folder: Path, classes: int) -> None:
        """Say where the pack's pictures are and of which classes, where to unpack them, and how many classes the
        notebook's own model tells apart, as far as its source says."""
        self.archive = archive
        self.kinds = tuple(kinds)
        self._folder = folder
        self._classes = classes

    @property
    def cats_and_dogs(self) -> Path | None:
        """The pack's archive, where its pictures are those that well-known archives hold."""
        return Path(self.archive) if self.archive is not None and set(self.kinds) == {"cats", "dogs"} else None

    def files(self) -> list[tuple[str, int]]:
        """All pictures as (path, label in the pack's order), mixed by name as the real data sets are."""
        if self._files is None:
            if self.archive is None:
                self._files = []
                return self._files
            shutil.unpack_archive(self.archive, self._folder)
            paths = [path for path in self._folder.rglob("*") if path.suffix.lower() in IMAGE_ENDINGS]
            paths.sort(key=lambda path: mixed(path.name))
            labels = {name: label for label, name in enumerate(self.kinds)}
            self._files = [(str(path), labels[path.parent.name]) for path in paths if path.parent.name in labels]
        return self._files

    def note(self, asked: object, given: str, kind: str = "data") -> None:
        """Write down that something stood in: `data` for what may be trained on, `picture` for a single one, `missing`
        where nothing did."""
        text = str(asked)[:300]
        self._timeline.add("substitution", kind=kind, asked=text, given=given[:300], place=calling_place(2))

    def folder_for(self, asked: str, classes: tuple[str, ...] | None = None) -> str | None:
        """A folder with one sub-folder of pictures per class in place of `asked`; None without pictures.

        The same answer for the same question: the training part and the validation part of one folder must agree.
        """
        known = self._laid_out.get(asked)
        if known is not None:
            return known
        if not self.files():
            return None
        target = self._folder.parent / "stand-in" / f"{len(self._laid_out)}" / (Path(asked).name or "images")
        self.lay_out(target, classes or self.class_names(asked), later=is_other_part(asked))
        self._laid_out[asked] = str(target)
        self.note(asked, f"pictures of the asset pack in {len(os.listdir(target))} class folders")  # noqa: PTH208
        _link(Path(asked), target)
        return str(target)

    def class_names(self, asked: str) -> tuple[str, ...]:
        """Names of class folders for what is asked for: known ones, or as many as the notebook tells apart."""
        word = asked.lower().replace("_", "").replace("-", "")
        known = next((names for part, names in KNOWN_CLASSES.items() if part in word), None)
        if known is not None:
            return known
        if self._classes == len(self.kinds):
            return self.kinds
        if self._classes <= 2:
            return ("cats", "dogs")
        return tuple(f"class_{number:03d}" for number in range(self._classes))

    def lay_out(self, target: Path, classes: tuple[str, ...], *, later: bool = False) -> None:
        """Link pictures below `target`, one folder per class. `later` takes them from the other end of the list."""
        count = max(8, min(PER_CLASS, 4 * PER_CLASS // max(len(classes), 1)))
        for number, name in enumerate(classes):
            folder = target / name
            folder.mkdir(parents=True, exist_ok=True)
            pictures = [path for path, label in self.files() if label == number % len(self.kinds)]
            pictures = pictures[::-1] if later else pictures
            for index, path in enumerate(pictures[:count]):
                link = folder / f"{name.lower().rstrip('s')}.{index}.jpg"
                if not link.exists():
                    link.symlink_to(path)

    def one(self) -> str | None:
        """The path of a single picture."""
        return self.files()[0][0] if self.files() else None

    def arrays(self, count: int, size: tuple[int, int, int], classes: int) -> tuple[Any, Any]:
        """Pictures as an array of shape (count, height, width, channels), uint8, and labels of shape (count,)."""
        import numpy as np
        from PIL import Image

        height, width, channels = size
        chosen = self.files()[:count]
        images = np.empty((len(chosen), height, width, channels), np.uint8)
        labels = np.empty(len(chosen), np.uint8)
        for index, (path, label) in enumerate(chosen):
            with Image.open(path) as image:
                plain = image.convert("L" if channels == 1 else "RGB").resize((width, height))
            images[index] = np.asarray(plain).reshape(height, width, channels)
            labels[index] = spread(label, index, len(self.kinds), classes)
        return images, labels


def spread(label: int, index: int, kinds: int, classes: int) -> int:
    """A label among `classes` for the n-th picture of one of the pack's kinds: every class gets pictures of one kind
    where the numbers allow it."""
    return label if classes == kinds else (label + kinds * index) % classes


def is_other_part(asked: str) -> bool:
    """Whether a folder's name says that it is for validation or testing."""
    return any(part in Path(asked).name.lower() for part in OTHER_PART)


def holds_pictures(folder: object) -> bool:
    """Whether there is at least one picture in or below a folder."""
    for _, _, names in os.walk(str(folder), followlinks=True):
        if any(name.lower().endswith(IMAGE_ENDINGS) for name in names):
            return True
    return False


def mixed(name: str) -> str:
    """A key that puts names into an order that has nothing to do with their class."""
    return hashlib.sha256(name.encode()).hexdigest()


def _link(asked: Path, target: Path) -> None:
    """Let the path itself lead to the pictures too, where it may be written; code often lists it by hand."""
    try:
        if asked.is_dir() and not asked.is_symlink() and not any(asked.iterdir()):
            asked.rmdir()
        if not asked.exists():
            asked.parent.mkdir(parents=True, exist_ok=True)
            asked.symlink_to(target, target_is_directory=True)
    except OSError:
        return
