"""Asset packs by digest: published once per class, fetched once per machine, believed only when every byte is right."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from grader.assets.assemble import aside, publish
from grader.assets.locate import data_home, named_packs, packs_home
from grader.assets.manifest import MAX_MANIFEST, load_pack
from grader.assets.pack import MANIFEST, MAX_BYTES, AssetPack
from grader.assets.verify import require_sound
from grader.cluster.shared_folder import SharedFolder
from grader.errors import AssetError, GraderError
from grader.zip_errors import DECODER_ERRORS


def publish_pack(pack: AssetPack, shared: SharedFolder, scratch: Path) -> None:
    """Put a pack where workers find it, unless it is there.

    Raises:
        OSError: no room, or not reachable.
    """
    name = _name(pack.digest)
    if shared.has(name):
        return
    made = scratch / "pack.zip"
    try:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
            for path in _paths(pack):
                archive.write(pack.folder / path, path)
        shared.put(name, made)
    finally:
        made.unlink(missing_ok=True)


def local_pack(digest: str, shared: SharedFolder) -> AssetPack:
    """The pack on this machine: one that is here already, or fetched now, by one process while others wait.

    Raises:
        AssetError: what was fetched is not that pack. OSError: no room, or not reachable.
    """
    here = _here(digest)
    if here is not None:
        return here
    home = data_home() / "packs-by-digest"
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home / f".{digest}.lock"):
        target = home / digest
        if not (target / MANIFEST).is_file():
            with aside(target) as folder:
                _fetch(digest, shared, folder)
                publish(folder, target)
        pack = load_pack(target)
        require_sound(pack)
        return pack


def _here(digest: str) -> AssetPack | None:
    """A pack that somebody made or fetched on this machine."""
    for name in named_packs():
        with contextlib.suppress(GraderError):
            pack = load_pack(packs_home() / name)
            if pack.digest == digest:
                require_sound(pack)
                return pack
    return None


def _fetch(digest: str, shared: SharedFolder, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetched-") as scratch:
        archive = Path(scratch) / "pack.zip"
        shared.get(_name(digest), archive, 2 * MAX_BYTES)
        try:
            with zipfile.ZipFile(archive) as opened:
                manifest = opened.open(MANIFEST).read(MAX_MANIFEST + 1)
                if hashlib.sha256(manifest).hexdigest() != digest:
                    raise _wrong(digest, shared, f"a {MANIFEST} with another digest")
                (folder / MANIFEST).write_bytes(manifest)
                # Names come from the manifest, which admits only places inside the pack, never from the archive.
                for path in _paths(load_pack(folder, check_files=False)):
                    (folder / path).parent.mkdir(parents=True, exist_ok=True)
                    with opened.open(path) as source, (folder / path).open("wb") as file:
                        shutil.copyfileobj(source, file)
        except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError, *DECODER_ERRORS) as problem:
            raise _wrong(digest, shared, f"{type(problem).__name__}: {problem}"[:200]) from problem


def _paths(pack: AssetPack) -> list[str]:
    visible = [f"visible/{file.path}" for file in pack.files]
    return [MANIFEST, *visible, *(f"heldout/{file.path}" for file in pack.heldout_files)]


def _name(digest: str) -> str:
    return f"packs/{digest}.zip"


def _wrong(digest: str, shared: SharedFolder, received: str) -> AssetError:
    return AssetError(
        expected="the pack as the coordinator published it", received=received,
        where=f"{shared.url.rstrip('/')}/{_name(digest)}",
        todo="Remove that file; the next batch publishes it again.",
    )  # fmt: skip


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        with contextlib.suppress(OSError):  # a file system without locks: then two may fetch, and one wins
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
