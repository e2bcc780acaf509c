"""The official places of the real images and weights, and how to know that the right thing came."""

from __future__ import annotations

from dataclasses import dataclass

from grader.assets.names import DATA_ARCHIVE, weights_name

OFFICIAL = "https://storage.googleapis.com"
WEIGHTS_FOLDER = "tensorflow/keras-applications/mobilenet_v2"


@dataclass(frozen=True)
class Source:
    """A file to download. At least its size is known; `optional` ones may fail."""

    path: str
    """Below the base address; the last part is the file's name."""
    most_bytes: int
    sha256: str | None = None
    images_digest: str | None = None
    """`grader.assets.images.content_digest` of the archive: holds for mirrors that packed it again."""
    optional: bool = False

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rsplit("/", 1)[-1]


SOURCES = (
    Source(
        f"{WEIGHTS_FOLDER}/{weights_name(224, include_top=False)}",
        most_bytes=9_406_464,
        sha256="f8aff69536bd77a692c594f559c798c19bf7f3f36668fc9fa00b21c6aab4797c",
    ),
    # No checksum of this file is published; it must have the network's layout, and the notice says so.
    Source(f"{WEIGHTS_FOLDER}/{weights_name(160, include_top=False)}", most_bytes=9_406_464, optional=True),
    Source(
        f"mledu-datasets/{DATA_ARCHIVE}",
        most_bytes=80_000_000,
        images_digest="ad5acefe3c4f000e46fcecabc985f9dd6712e94452d052d3d0e45dd8f4f8027a",
    ),
)
KNOWN_SHA256 = frozenset(source.sha256 for source in SOURCES if source.sha256)
