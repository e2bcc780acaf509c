"""Which of the pack's images a training used, and under which labels."""

from __future__ import annotations

import functools
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

from grader.assets.pack import AssetPack
from grader.execution.timeline import DataEntry
from grader.models.heldout import SUFFIXES
from grader.replay.unfit import Unfit, short

MOST_IMAGES = 20_000


def groups_of(data: DataEntry, pack: AssetPack) -> tuple[str, ...]:
    """Folders of the pack's archive that the training images are in.

    Raises:
        Unfit: they are other images than the pack's, or that cannot be told.
    """
    if data.directory is None or not data.files:
        raise Unfit("its training data does not come straight from the image files of the lab")
    if data.labels_kept is not True:
        raise Unfit("it cannot be told that its data pipeline leaves the labels as they are")
    if data.in_class_order:
        raise Unfit("its images come in the order of their classes, and not mixed")
    archive = image_archive(pack)
    counts = {} if archive is None else counted(archive, pack.classes)
    wanted = data.directory.strip("/")
    chosen = sorted(name for name in counts if name == wanted or name.endswith(f"/{wanted}"))
    chosen = chosen or sorted(name for name in counts if PurePosixPath(name).parent.name == wanted.split("/")[-1])
    found = sum(counts[name] for name in chosen)
    if not chosen or data.files > found or found > MOST_IMAGES:
        raise Unfit(f"it trains on a folder of its own ({short(wanted)})")
    return tuple(chosen)


def label_order(data: DataEntry, pack: AssetPack) -> tuple[int, ...]:
    """The label that the student's data gives to each class of the pack.

    Raises:
        Unfit: the classes are called otherwise, or were not seen.
    """
    names = [_singular(name) for name in data.class_names or []]
    wanted = [_singular(name) for name in pack.classes]
    if sorted(names) != sorted(wanted) or len(set(names)) < len(names):
        raise Unfit("which label stands for which class was not seen")
    return tuple(names.index(name) for name in wanted)


def _singular(name: str) -> str:
    return name.casefold().rstrip("s")


def image_archive(pack: AssetPack) -> Path | None:
    """The zip with the lab's training images."""
    return next((pack.path_of(file) for file in pack.files if file.path.endswith(".zip")), None)


def counted(archive: Path, classes: tuple[str, ...]) -> dict[str, int]:
    """Images by the folder that holds the classes' folders."""
    return dict(Counter(group for group, _, _ in members(archive, classes)))


@functools.lru_cache(maxsize=4)
def members(archive: Path, classes: tuple[str, ...]) -> tuple[tuple[str, int, str], ...]:
    """(folder, class number, name) of each image in the archive, sorted."""
    found = []
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            path = PurePosixPath(name)
            if path.suffix.lower() in SUFFIXES and len(path.parts) >= 3 and path.parent.name in classes:
                found.append((path.parent.parent.as_posix(), classes.index(path.parent.name), name))
    return tuple(sorted(found))
