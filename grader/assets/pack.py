"""Asset packs: what a lab needs from the outside world, as a folder with a manifest. See docs/asset-packs.md."""

from __future__ import annotations

import fnmatch
from pathlib import Path, PurePosixPath
from typing import Annotated, TypeAlias

from pydantic import Field, field_validator, model_validator

from grader.evidence.model import Document

MANIFEST = "pack.toml"
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
"""Endings of archives of pictures that a pack may hold."""
MAX_FILES = 1_000
MAX_HELD_OUT = 20_000
MAX_BYTES = 8 * 1024**3
MAX_PATH = 300

Sha256: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
CacheName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$")]
UrlPattern: TypeAlias = Annotated[str, Field(pattern=r"^[!-~]{1,500}$")]
ClassName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$")]
Size: TypeAlias = Annotated[int, Field(strict=True, ge=0, le=MAX_BYTES)]


def inside(path: str) -> str:
    """The path if it is relative, plain, and stays inside its folder; ValueError otherwise."""
    parts = path.split("/")
    plain = path.isprintable() and len(path) <= MAX_PATH and not any(sign in path for sign in '\\:*?"<>|')
    if not plain or not path or any(part in ("", ".", "..") or part != part.strip() for part in parts):
        raise ValueError("a relative path inside the pack, with / between names and without `..`")
    return path


class PackFile(Document):
    """A file student code may read. `path` is relative to `visible/`."""

    path: str
    sha256: Sha256
    bytes: Size
    cache_names: tuple[CacheName, ...] = ()
    """Names under KERAS_HOME/models that are this file."""
    urls: tuple[UrlPattern, ...] = ()
    """Addresses this file answers, as `fnmatch` patterns over the address without query and fragment."""
    backbone: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_]{1,64}$")
    """Name in `keras.applications` of the network whose weights these are."""
    include_top: bool = Field(default=False, strict=True)
    """Whether the weights include the 1000-way classifier."""
    weights_digest: Sha256 | None = None
    """Digest of all arrays in `get_weights()` order (see `grader.execution.recorder.digest`)."""

    _path_stays_inside = field_validator("path")(inside)

    @model_validator(mode="after")
    def _weights_have_a_digest(self) -> PackFile:
        if (self.backbone is None) != (self.weights_digest is None):
            raise ValueError("`backbone` and `weights_digest` together, or neither")
        return self

    def answers(self, url: str) -> bool:
        """Whether this file is the answer to a request for that address."""
        address = url.split("#", 1)[0].split("?", 1)[0]
        return any(fnmatch.fnmatchcase(address, pattern) for pattern in self.urls)


class HeldOutFile(Document):
    """An image student code never sees. `path` is relative to `heldout/` and begins with the class."""

    path: str
    sha256: Sha256
    bytes: Size

    @field_validator("path")
    @classmethod
    def _class_and_name(cls, path: str) -> str:
        if inside(path).count("/") != 1:
            raise ValueError("a path of the form CLASS/NAME")
        return path

    @property
    def label(self) -> str:
        """The class it belongs to."""
        return PurePosixPath(self.path).parts[0]


class AssetPack(Document):
    """A manifest that was read, and where."""

    name: Name
    folder: Path
    digest: Sha256
    """SHA-256 of pack.toml, which lists the SHA-256 of every file, held-out ones included."""
    imagenet: bool = Field(strict=True)
    """Whether the weights are ImageNet's."""
    notice: str = Field(default="", max_length=2_000)
    """Shown in every report: what a reader must know about these assets. Plain text."""
    recipe: str = Field(default="", max_length=200)
    """What made it, so that a pack made by an older version can be told from today's."""
    classes: Annotated[tuple[ClassName, ...], Field(min_length=2, max_length=100)]
    """Class names in label order: the n-th one has label n."""
    files: Annotated[tuple[PackFile, ...], Field(min_length=1, max_length=MAX_FILES)]
    heldout_files: Annotated[tuple[HeldOutFile, ...], Field(max_length=MAX_HELD_OUT)] = ()

    @property
    def visible(self) -> Path:
        """The folder student code may read."""
        return self.folder / "visible"

    @property
    def heldout(self) -> Path:
        """The folder of held-out images, one sub-folder per class. Never shown to student code."""
        return self.folder / "heldout"

    def path_of(self, file: PackFile) -> Path:
        """Where that file lies on this machine."""
        return self.visible / file.path

    def answer(self, url: str) -> PackFile | None:
        """The file that answers a request for that address, if any; the first one listed wins."""
        return next((file for file in self.files if file.answers(url)), None)

    def cached(self, name: str) -> PackFile | None:
        """The file that is `KERAS_HOME/models/name`, if any."""
        return next((file for file in self.files if name in file.cache_names), None)

    def weights_with(self, digest: str) -> PackFile | None:
        """The weights file whose arrays have that digest, if any."""
        return next((file for file in self.files if file.weights_digest == digest), None)
