"""Putting a pack together: files are written aside, listed with their checksums, and appear in one step."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from grader.assets.manifest import load_pack, render
from grader.assets.pack import MANIFEST, AssetPack, HeldOutFile, PackFile
from grader.errors import AssetError
from grader.storage import flush_folder, flush_tree

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is (0: not known)."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Report no progress."""


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def listed(
    visible: Path,
    path: str,
    *,
    cache_names: Iterable[str] = (),
    urls: Iterable[str] = (),
    backbone: str | None = None,
    include_top: bool = False,
    weights_digest: str | None = None,
) -> PackFile:
    """The manifest's entry for a file that lies in `visible` already."""
    return PackFile(
        path=path,
        sha256=sha256_of(visible / path),
        bytes=(visible / path).stat().st_size,
        cache_names=tuple(cache_names),
        urls=tuple(urls),
        backbone=backbone,
        include_top=include_top,
        weights_digest=weights_digest,
    )


def write_heldout(folder: Path, images: Iterable[tuple[str, bytes]]) -> tuple[HeldOutFile, ...]:
    """Write held-out images given as (CLASS/NAME, content) below a pack's folder and list them."""
    entries = []
    for path, content in images:
        target = folder / "heldout" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        entries.append(HeldOutFile(path=path, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content)))
    return tuple(entries)


def write_manifest(
    folder: Path,
    *,
    name: str,
    imagenet: bool,
    notice: str,
    recipe: str,
    classes: Iterable[str],
    files: Iterable[PackFile],
    heldout: Iterable[HeldOutFile],
) -> AssetPack:
    """Write pack.toml and read it back, with all the checks any pack goes through."""
    content = render(
        name=name, imagenet=imagenet, notice=notice, recipe=recipe,
        classes=tuple(classes), files=tuple(files), heldout=tuple(heldout),
    )  # fmt: skip
    (folder / MANIFEST).write_bytes(content)
    return load_pack(folder)


@contextlib.contextmanager
def aside(target: Path) -> Iterator[Path]:
    """A new folder beside `target`, removed at the end unless it was published."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    # mkdtemp makes it private; sandboxes may read a pack as another user.
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(made: Path, target: Path) -> bool:
    """Rename a finished folder to its place, once the disk has all of it. False when something stands there already
    (another process won)."""
    flush_tree(made)
    try:
        # POSIX: a folder that is not empty is never replaced.
        made.rename(target)
    except OSError:
        if (target / MANIFEST).is_file():
            return False
        raise
    flush_folder(target.parent)
    return True


def new_folder(target: Path) -> Path:
    """The target, if nothing stands there.

    Raises:
        AssetError: Something does.
    """
    if target.exists() or target.is_symlink():
        raise AssetError(
            expected="a folder that does not exist yet",
            received="something that is there",
            where=target,
            todo="Give another folder with --out, or move that one away.",
        )
    return target
