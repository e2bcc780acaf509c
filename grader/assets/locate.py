"""Finding a pack by name or folder; the demo pack is made when it is first asked for."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from grader.assets.assemble import Progress, aside, publish, silent
from grader.assets.manifest import load_pack
from grader.assets.pack import MANIFEST, AssetPack
from grader.errors import AssetError

DEMO = "demo"
PACK_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def data_home() -> Path:
    """Where this program keeps packs and downloads: GRADER_HOME if set, else the user's data directory."""
    chosen = os.environ.get("GRADER_HOME")
    if chosen:
        return Path(chosen)
    import platformdirs

    return platformdirs.user_data_path("lab-grader")


def packs_home() -> Path:
    """The folder that holds one folder per named pack."""
    return data_home() / "packs"


def find_pack(name_or_folder: str, say: Callable[[str], None] | None = None, progress: Progress = silent) -> AssetPack:
    """The pack of that name, or in that folder.

    A plain name is looked up among the named packs first, and as a folder only if there is none. `demo` is made
    on first use (without a download, in well under a minute), and made again after an update changed its recipe.

    Args:
        name_or_folder: What the user gave.
        say: Told in one sentence when something takes a while.
        progress: Told how far that has come.

    Raises:
        AssetError: No such pack, or one that is damaged.
    """
    if name_or_folder == DEMO:
        return _demo(packs_home() / DEMO, say, progress)
    if PACK_NAME.fullmatch(name_or_folder):
        folder = packs_home() / name_or_folder
        if _is_pack(folder):
            return load_pack(folder)
    folder = Path(name_or_folder)
    if _is_pack(folder):
        return load_pack(folder.resolve())
    known = ", ".join(sorted({DEMO, *named_packs()}))
    raise AssetError(
        expected=f"the name of a pack ({known}) or a folder with a {MANIFEST}",
        received=repr(name_or_folder),
        todo="`grader assets build NAME --from FOLDER` makes one (docs/asset-packs.md).",
    )


def named_packs() -> tuple[str, ...]:
    """Names of the packs in the data directory, sorted."""
    home = packs_home()
    if not home.is_dir():
        return ()
    return tuple(sorted(path.parent.name for path in home.glob(f"[a-z0-9]*/{MANIFEST}")))


def _is_pack(folder: Path) -> bool:
    try:
        return (folder / MANIFEST).is_file()
    except OSError:
        # A name too long for the file system, or a folder that may not be read.
        return False


def _demo(target: Path, say: Callable[[str], None] | None, progress: Progress) -> AssetPack:
    from grader.assets.demo.make import make, recipe

    if _is_pack(target):
        pack = load_pack(target)
        if pack.recipe == recipe():
            return pack
    elif target.exists():
        raise AssetError(
            expected="the demo pack or nothing", received=f"a folder without {MANIFEST}", where=target,
            todo="Remove that folder; the pack is then made anew.",
        )  # fmt: skip
    if say is not None:
        say(f"Making the demo pack in {target} (once, less than a minute).")
    with aside(target) as folder:
        make(folder, progress)
        # Not published: another process made it meanwhile, or an older version's pack stands there.
        if not publish(folder, target) and load_pack(target).recipe != recipe():
            _discard(target)
            publish(folder, target)
    return load_pack(target)


def _discard(target: Path) -> None:
    """Take a folder away in one step, so that nobody finds half of it, then delete it."""
    bin_ = Path(tempfile.mkdtemp(dir=target.parent, prefix=".old-"))
    try:
        target.rename(bin_ / target.name)
    except FileNotFoundError:
        pass
    finally:
        shutil.rmtree(bin_, ignore_errors=True)
