"""Build a pack for a lab of one's own from local files: pictures, held-out pictures, and Keras's weights files."""

from __future__ import annotations

import re
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.assets import names, weights_file
from grader.assets.archive import read_zip, write_zip
from grader.assets.assemble import Progress, aside, listed, new_folder, publish, silent, write_heldout, write_manifest
from grader.assets.build import mobilenet_v2_weights
from grader.assets.manifest import load_pack
from grader.assets.pack import ARCHIVES, AssetPack, PackFile
from grader.errors import AssetError
from grader.source.vocabulary import BACKBONES

HELD_OUT = "heldout"
PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".bmp")
"""What TensorFlow decodes, by the ending of its name."""
ZIP = ".zip"
FEW_HELD_OUT = 50
"""Per class; with fewer, a difference in accuracy is mostly chance, and the notice says so."""

_LAYOUT = (
    f"Put into it: a folder or an archive with the pictures as students get them, {HELD_OUT}/CLASS/ with pictures that "
    "they never get, and Keras's weights files (.h5), if you have them. See docs/asset-packs.md."
)


def build(name: str, source: Path, out: Path, *, urls: Iterable[str] = (), progress: Progress = silent) -> AssetPack:
    """Build the pack.

    Args:
        name: The pack's name.
        source: Folder with what students download (archives, or folders that become archives), `heldout/CLASS/…`, and
            weights files under the names by which Keras asks for them.
        out: The new pack's folder; must not exist.
        urls: More addresses (`fnmatch` patterns) that the one archive answers, besides those that end in its name.
        progress: Told what is being done.

    Raises:
        AssetError: Something is missing, damaged or not what its name says, or `out` exists.
    """
    new_folder(out)
    if not source.is_dir():
        raise AssetError(expected="a folder", received="no such folder", where=source, todo=_LAYOUT)
    with aside(out) as folder:
        visible = folder / "visible"
        visible.mkdir()
        progress("reading held-out images", 0, 4)
        heldout = dict(_held_out(source / HELD_OUT))
        progress("packing what students get", 1, 4)
        data = _data(source, visible, tuple(urls), set(heldout.values()))
        progress("reading weights", 2, 4)
        weights, remarks = _weights(source, visible)
        classes = sorted({path.split("/")[0] for path in heldout})
        few = min(sum(1 for path in heldout if path.startswith(f"{each}/")) for each in classes)
        if few < FEW_HELD_OUT:
            remarks.append(f"Only {few} held-out images of a class: differences in accuracy are mostly chance.")
        progress("writing the manifest", 3, 4)
        write_manifest(
            folder, name=name, imagenet=bool(weights), notice=" ".join(remarks), recipe="built from a folder",
            classes=classes, files=[*data, *weights], heldout=write_heldout(folder, sorted(heldout.items())),
        )  # fmt: skip
        if not publish(folder, out):
            new_folder(out)
    progress("done", 4, 4)
    return load_pack(out)


def _held_out(folder: Path) -> Iterator[tuple[str, bytes]]:
    """CLASS/NAME and content of every held-out picture."""
    found = [path for path in _files(folder) if path.suffix.lower() in PICTURES]
    classes = {path.parent.name for path in found}
    if len(classes) < 2 or any(path.parent.parent != folder for path in found):
        raise AssetError(
            expected=f"pictures in {HELD_OUT}/CLASS/ for two classes or more",
            received=f"{len(found)} pictures in {len(classes)} folders" if folder.is_dir() else "no such folder",
            where=folder, todo=_LAYOUT,
        )  # fmt: skip
    for path in found:
        yield f"{path.parent.name}/{path.name}", path.read_bytes()


def _data(source: Path, visible: Path, urls: tuple[str, ...], heldout: set[bytes]) -> list[PackFile]:
    """What students download: archives as they are, and folders packed into one of their name."""
    folders = [path for path in sorted(source.iterdir()) if path.is_dir() and path.name != HELD_OUT]
    archives = [path for path in sorted(source.iterdir()) if path.name.lower().endswith(ARCHIVES)]
    if (not folders and not archives) or (urls and len(folders) + len(archives) != 1):
        received = f"{len(folders)} folders and {len(archives)} archives"
        wanted = "one folder or archive that the given addresses lead to" if urls else "a folder or an archive"
        raise AssetError(expected=f"{wanted}, with pictures", received=received, where=source, todo=_LAYOUT)
    packed = []
    for path in folders:
        packed.append(visible / f"{path.name}{ZIP}")
        inside = ((f"{path.name}/{file.relative_to(path).as_posix()}", file.read_bytes()) for file in _files(path))
        write_zip(packed[-1], inside)
    for path in archives:
        packed.append(visible / path.name)
        if packed[-1].exists():
            raise AssetError(expected="each name once", received=f"a folder and an archive {path.name!r}", where=source)
        shutil.copyfile(path, packed[-1])
    for path in packed:
        _keeps_secrets(path, heldout)
    return [listed(visible, path.name, urls=[f"*/{path.name}", *urls]) for path in packed]


def _keeps_secrets(archive: Path, heldout: set[bytes]) -> None:
    """No picture that is held out lies in what students get."""
    for name, content in _read(archive):
        if content in heldout:
            raise AssetError(
                expected="held-out pictures that students never get", received=f"one of them, as {name[:100]!r}",
                where=archive, todo="Move pictures to the held-out folder; do not copy them.",
            )  # fmt: skip


def _read(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.name.lower().endswith(ZIP):
        yield from read_zip(archive)
        return
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content is not None:
                    yield member.name, content.read()
    except (OSError, EOFError, tarfile.TarError) as error:
        raise AssetError(
            expected="a tar archive that can be read", received=f"{type(error).__name__}: {error}", where=archive
        ) from error


def _files(folder: Path) -> list[Path]:
    """Regular files at any depth, sorted; hidden ones, which systems leave behind, are left out."""
    found = sorted(folder.rglob("*")) if folder.is_dir() else []
    return [
        path
        for path in found
        if path.is_file()
        and not path.is_symlink()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def _weights(source: Path, visible: Path) -> tuple[list[PackFile], list[str]]:
    """Weights files under Keras's names. MobileNetV2's answer for sizes that are not there, as Keras's own do."""
    official = {names.weights_name(side, include_top=top) for side in names.SIDES for top in (False, True)}
    others = [path for path in sorted(source.glob("*.h5")) if path.name not in official]
    files: list[PackFile] = []
    remarks: list[str] = []
    if any((source / name).is_file() for name in official):
        files, remarks = mobilenet_v2_weights(source, visible)
    for path in others:
        backbone = backbone_of(path.name)
        if backbone is None:
            raise AssetError(
                expected="weights under the name by which Keras asks for them, such as "
                "`vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`",
                received=repr(path.name), where=path, todo="Keras keeps what it has downloaded in ~/.keras/models.",
            )  # fmt: skip
        arrays = weights_file.read(path)
        shutil.copyfile(path, visible / path.name)
        file = listed(
            visible, path.name, cache_names=[path.name], urls=[f"*/{path.name}"], backbone=backbone,
            include_top="notop" not in _plain(path.name), weights_digest=weights_file.weights_digest(arrays),
        )  # fmt: skip
        files.append(file)
        remarks.append(f"The weights in {path.name} are not among those this program knows by checksum.")
    if not files:
        remarks.append("It holds no weights: random ones stand in, and accuracy is left to a person.")
    return files, remarks


def backbone_of(name: str) -> str | None:
    """The network in `keras.applications` whose published weights have a file name like this; None for others."""
    plain = _plain(name)
    fitting = [backbone for backbone in BACKBONES if backbone.lower() in plain]
    return max(fitting, key=len) if fitting else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
