"""One submission's own folder while it runs: what it may read, where it may write, and nothing of anybody else."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.assets.pack import ARCHIVES, AssetPack


@dataclass(frozen=True)
class Workspace:
    """Paths are the same inside and outside the sandbox, which keeps socket names and tracebacks plain."""

    folder: Path
    readable: tuple[Path, ...] = ()
    framework: str = "keras3"
    """`tf_keras` when the notebook is to find Keras 2 under the name of Keras. Decided before TensorFlow is imported,
    so a kernel that has imported it cannot serve."""

    @property
    def work(self) -> Path:
        """The kernel's working folder."""
        return self.folder / "work"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def keras_home(self) -> Path:
        return self.home / ".keras"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def outbox(self) -> Path:
        """Where the recorder writes."""
        return self.folder / "outbox"

    @property
    def sockets(self) -> Path:
        return self.folder / "s"

    @property
    def kernel_log(self) -> Path:
        """What the kernel process itself printed, for our own diagnosis."""
        return self.folder / "kernel.log"

    def last_words(self, characters: int = 600) -> str:
        """The end of the kernel's log."""
        try:
            return self.kernel_log.read_text(encoding="utf-8", errors="replace")[-characters:].strip()
        except OSError:
            return ""

    @property
    def settings_file(self) -> Path:
        return self.folder / "settings.json"


@contextmanager
def open_workspace(
    root: Path,
    pack: AssetPack,
    student_folder: Path | None,
    files: Sequence[Path],
    *,
    policy: str,
    steps_per_call: int,
    classes: int = 2,
    framework: str = "keras3",
) -> Iterator[Workspace]:
    """Make a workspace, with the student's other files beside the notebook, and remove it at the end.

    `root` must have a short path: those of Unix sockets may not be longer than 107 bytes (unix(7)). `files`, relative
    to `student_folder`, are regular files already admitted by `grader.submission`. `classes` is how many classes the
    notebook's own classifier tells apart, for pictures that stand in for data we lack.
    """
    folder = Path(tempfile.mkdtemp(prefix="w-", dir=root))
    workspace = Workspace(folder, readable=(pack.visible,), framework=framework)
    try:
        for path in (workspace.work, workspace.keras_home / "models", workspace.temporary, workspace.outbox):
            path.mkdir(parents=True)
        workspace.sockets.mkdir(mode=0o700)
        if student_folder is not None:
            for file in files:
                (workspace.work / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(student_folder / file, workspace.work / file, follow_symlinks=False)
        _seed_weights(pack, workspace.keras_home / "models")
        settings = {
            "outbox": str(workspace.outbox),
            "data": str(workspace.home / "data"),
            "policy": policy,
            "steps_per_call": steps_per_call,
            "classes": classes,
            "framework": framework,
            "pictures": {"archive": _archive(pack), "kinds": pack.classes},
            "downloads": [
                {"pattern": url, "path": str(pack.visible / file.path)} for file in pack.files for url in file.urls
            ],
        }
        workspace.settings_file.write_text(json.dumps(settings), encoding="utf-8")
        workspace.settings_file.chmod(0o444)
        yield workspace
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _archive(pack: AssetPack) -> str | None:
    """The pack's pictures: its first archive."""
    found = (file for file in pack.files if file.backbone is None and file.path.lower().endswith(ARCHIVES))
    first = next(found, None)
    return None if first is None else str(pack.path_of(first))


def _seed_weights(pack: AssetPack, models: Path) -> None:
    """Link the pack's weights under the names Keras looks for: `weights="imagenet"` then needs no network."""
    for file in pack.files:
        for name in file.cache_names:
            os.symlink(pack.visible / file.path, models / name)  # noqa: PTH211
