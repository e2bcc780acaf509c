"""Fetch the pack cats-vs-dogs from the official addresses: download what it needs, then build it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.assets.assemble import Progress, new_folder, silent
from grader.assets.build import build
from grader.assets.download import download
from grader.assets.images import DEFAULT_SEED
from grader.assets.locate import data_home
from grader.assets.pack import AssetPack
from grader.assets.sources import OFFICIAL, SOURCES, Source
from grader.errors import AssetError


def downloads_home() -> Path:
    """Where downloads are kept, so that a second pack needs no second download."""
    return data_home() / "downloads"


def fetch(
    out: Path,
    *,
    base_url: str = OFFICIAL,
    sources: Sequence[Source] = SOURCES,
    seed: int = DEFAULT_SEED,
    progress: Progress = silent,
) -> AssetPack:
    """Download and build the pack.

    Args:
        out: The new pack's folder; must not exist.
        base_url: Where the files are; a mirror keeps the official paths below it.
        sources: What to download.
        seed: Chooses the held-out images.
        progress: Told what is being done.

    Raises:
        AssetError: A file could not be had, is not the right one, or `out` exists.
    """
    new_folder(out)
    for source in sources:
        try:
            download(source, base_url, downloads_home(), progress)
        except AssetError:
            # Without it another file stands in, and the pack's notice says so.
            if not source.optional:
                raise
    return build(downloads_home(), out, seed=seed, progress=progress)
