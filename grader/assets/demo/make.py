"""Make the `demo` pack: no download, the same pictures every time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grader.assets import names, weights_file
from grader.assets.archive import write_zip
from grader.assets.assemble import Progress, listed, sha256_of, silent, write_heldout, write_manifest
from grader.assets.demo import quantised, small_backbone
from grader.assets.demo.picture import draw, jpeg
from grader.assets.demo.traits import Kind
from grader.assets.pack import AssetPack, PackFile

NAME = "demo"
DRAWINGS = 1
"""Raised when the pictures change, so that packs made before are made again."""
SERIES = {"train": (11, 200, 0), "validation": (12, 60, 2000), "heldout": (13, 100, 4000)}
"""Split → (seed, pictures per class, number of the first file). No seed is the backbone's (see train_backbone)."""
NOTICE = (
    "Demo assets: the images are drawn by a program, and the network's weights are not ImageNet's: this project "
    "trained them on such drawings. Use the pack cats-vs-dogs for marks that count. "
    "A network with its 1000-way top gets a random classifier here."
)


def recipe() -> str:
    """What today's demo pack is made from; another one in a pack's manifest means it is out of date."""
    return f"demo {DRAWINGS} {sha256_of(quantised.SHIPPED)[:16]} {sha256_of(small_backbone.SHIPPED)[:16]}"


def make(folder: Path, progress: Progress = silent) -> AssetPack:
    """Write the whole pack into an empty folder. Takes some 20 s on one core; starts no TensorFlow.

    The same Pillow, NumPy and h5py give the same bytes; other versions of their codecs may not.
    """
    visible = folder / "visible"
    visible.mkdir()
    total = 2 * sum(count for _, count, _ in SERIES.values())
    counter = iter(range(1, total + 1))

    def pictures(split: str) -> Iterator[tuple[str, int, bytes]]:
        seed, count, first = SERIES[split]
        kinds: tuple[tuple[str, Kind], ...] = (("cats", "cat"), ("dogs", "dog"))
        for label, kind in kinds:
            for number in range(count):
                progress("drawing pictures", next(counter), total)
                yield label, first + number, jpeg(draw(kind, seed, number)[0])

    write_zip(
        visible / names.DATA_ARCHIVE,
        (
            (names.image_name(split, label, number), content)
            for split in ("train", "validation")
            for label, number, content in pictures(split)
        ),
    )
    heldout = write_heldout(
        folder,
        (
            (f"{label}/{label.removesuffix('s')}.{number}.jpg", content)
            for label, number, content in pictures("heldout")
        ),
    )
    progress("writing weights", total, total)
    weights, top = quantised.load(), weights_file.random_top()
    files = [listed(visible, names.DATA_ARCHIVE, urls=[names.DATA_URL])]
    for include_top in (False, True):
        path = f"mobilenet_v2_drawn{'_with_top' if include_top else '_no_top'}.h5"
        weights_file.write(visible / path, weights, top if include_top else None)
        answered = [names.weights_name(side, include_top=include_top) for side in names.SIDES]
        files.append(
            listed(
                visible,
                path,
                cache_names=answered,
                urls=[f"*/{name}" for name in answered],
                backbone=names.BACKBONE,
                include_top=include_top,
                weights_digest=weights_file.weights_digest((*weights, *top) if include_top else weights),
            )
        )
    files += _small_backbone(visible)
    return write_manifest(
        folder, name=NAME, imagenet=False, notice=NOTICE, recipe=recipe(),
        classes=names.CLASSES, files=files, heldout=heldout,
    )  # fmt: skip


def _small_backbone(visible: Path) -> Iterator[PackFile]:
    """MobileNet with a quarter of its width, with and without its top."""
    base = small_backbone.load()
    for include_top in (False, True):
        weights = (*base, *(small_backbone.random_top() if include_top else ()))
        path = f"mobilenet_025_drawn{'_with_top' if include_top else '_no_top'}.h5"
        weights_file.write_layers(visible / path, weights)
        answered = [small_backbone.weights_name(side, include_top=include_top) for side in small_backbone.SIDES]
        yield listed(
            visible, path, cache_names=answered, urls=[f"*/{name}" for name in answered],
            backbone=small_backbone.BACKBONE, include_top=include_top,
            weights_digest=weights_file.weights_digest(small_backbone.arrays_of(weights)),
        )  # fmt: skip
