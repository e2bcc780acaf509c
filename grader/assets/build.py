"""Build the pack cats-vs-dogs from local files: the data archive and one or more of Keras' weights files."""

from __future__ import annotations

import shutil
from pathlib import Path

from grader.assets import images, names, sources, weights_file
from grader.assets.archive import write_zip
from grader.assets.assemble import Progress, aside, listed, new_folder, publish, silent, write_heldout, write_manifest
from grader.assets.images import DEFAULT_SEED
from grader.assets.manifest import load_pack
from grader.assets.pack import AssetPack, PackFile
from grader.errors import AssetError

NAME = "cats-vs-dogs"
IMAGENET_DIGESTS = frozenset({"5355d834f80051bf7f0136600a5112b99fea149eed222d7e081a63e7113752ee"})
"""Digests of arrays (however the file was packed) known to be ImageNet's: 1.0_224 without its top."""
STAND_INS = (224, 160, 192, 128, 96)
"""Which size's weights answer for a missing size: the first that is there. 224 is Keras' own choice for odd sizes."""
MADE_TOP = "mobilenet_v2_1.0_made_top.h5"


def build(source: Path, out: Path, *, seed: int = DEFAULT_SEED, progress: Progress = silent) -> AssetPack:
    """Build the pack.

    Args:
        source: Folder with `cats_and_dogs_filtered.zip` and weights files under their official names, at least
            one without its top.
        out: The new pack's folder; must not exist.
        seed: Chooses the held-out images.
        progress: Told what is being done.

    Raises:
        AssetError: A file is missing, damaged or not what its name says, or `out` exists.
    """
    new_folder(out)
    archive = source / names.DATA_ARCHIVE
    if not archive.is_file():
        raise _missing(archive, "the data archive")
    with aside(out) as folder:
        visible = folder / "visible"
        visible.mkdir()
        progress("reading weights", 0, 4)
        weights, remarks = mobilenet_v2_weights(source, visible)
        progress("reading images", 1, 4)
        split = images.hold_out(images.read_images(archive), seed=seed)
        progress("writing images", 2, 4)
        write_zip(visible / names.DATA_ARCHIVE, split.visible.items())
        heldout = write_heldout(folder, split.heldout.items())
        data = listed(visible, names.DATA_ARCHIVE, urls=[names.DATA_URL])
        progress("writing the manifest", 3, 4)
        write_manifest(
            folder, name=NAME, imagenet=True, notice=" ".join(remarks), recipe=f"seed {seed}; {split.counts()}",
            classes=names.CLASSES, files=[data, *weights], heldout=heldout,
        )  # fmt: skip
        if not publish(folder, out):
            new_folder(out)
    progress("done", 4, 4)
    return load_pack(out)


def mobilenet_v2_weights(source: Path, visible: Path) -> tuple[list[PackFile], list[str]]:
    """Copy the weights files there are, let them answer for those there are not, and say so.

    Raises:
        AssetError: There is none without its top, or one is not MobileNetV2's.
    """
    files, remarks = _copied(source, visible, include_top=False)
    if not files:
        raise _missing(source / names.weights_name(224, include_top=False), "MobileNetV2's weights without the top")
    tops, top_remarks = _copied(source, visible, include_top=True)
    if tops:
        return [*files, *tops], remarks + top_remarks
    base = weights_file.read_mobilenet_v2(visible / files[0].path, include_top=False)
    top = weights_file.random_top()
    weights_file.write(visible / MADE_TOP, base, top)
    every = [names.weights_name(side, include_top=True) for side in names.SIDES]
    files.append(
        listed(
            visible,
            MADE_TOP,
            cache_names=every,
            urls=[f"*/{name}" for name in every],
            backbone=names.BACKBONE,
            include_top=True,
            weights_digest=weights_file.weights_digest((*base, *top)),
        )
    )
    remarks.append("A network with its 1000-way top gets a random classifier here.")
    return files, remarks


def _copied(source: Path, visible: Path, *, include_top: bool) -> tuple[list[PackFile], list[str]]:
    present = [side for side in STAND_INS if (source / names.weights_name(side, include_top=include_top)).is_file()]
    if not present:
        return [], []
    files, remarks = [], []
    absent = [side for side in names.SIDES if side not in present]
    for side in present:
        name = names.weights_name(side, include_top=include_top)
        arrays = weights_file.read_mobilenet_v2(source / name, include_top=include_top)
        digest = weights_file.weights_digest(arrays)
        shutil.copyfile(source / name, visible / name)
        answered = [name]
        if side == present[0]:
            answered += [names.weights_name(other, include_top=include_top) for other in absent]
        entry = listed(
            visible, name, cache_names=answered, urls=[f"*/{known}" for known in answered],
            backbone=names.BACKBONE, include_top=include_top, weights_digest=digest,
        )  # fmt: skip
        files.append(entry)
        if entry.sha256 not in sources.KNOWN_SHA256 and digest not in IMAGENET_DIGESTS:
            remarks.append(f"The weights in {name} are not among those this program knows by checksum.")
    if absent:
        sizes = ", ".join(str(side) for side in absent)
        given = names.weights_name(present[0], include_top=include_top)
        remarks.insert(
            0,
            f"ImageNet weights trained at {present[0]} pixels ({given}) also stand in for those of {sizes} pixels.",
        )
    return files, remarks


def _missing(path: Path, what: str) -> AssetError:
    return AssetError(
        expected=what, received="no such file", where=path,
        todo="Put it there, or let `grader assets fetch cats-vs-dogs` get it.",
    )  # fmt: skip
