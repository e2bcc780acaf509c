"""Check a whole pack against its manifest, byte by byte."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from grader.assets.assemble import Progress, sha256_of, silent
from grader.assets.manifest import load_pack
from grader.assets.pack import MANIFEST, AssetPack
from grader.errors import AssetError


@dataclass(frozen=True)
class Findings:
    """Paths relative to the pack's folder, each list sorted."""

    checked: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether the pack is exactly what its manifest says."""
        return not (self.missing or self.changed or self.extra)


def verify(folder: Path, progress: Progress = silent) -> Findings:
    """Hash every file of the pack again.

    A link counts as changed: what it points to may be different tomorrow.

    Raises:
        AssetError: The manifest itself cannot be read.
    """
    pack = load_pack(folder, check_files=False)
    wanted = _wanted(pack)
    missing, changed = [], []
    for number, (name, (size, digest)) in enumerate(sorted(wanted.items()), start=1):
        progress("checking", number, len(wanted))
        path = folder / name
        if not path.exists() and not path.is_symlink():
            missing.append(name)
        elif path.is_symlink() or not path.is_file() or path.stat().st_size != size or sha256_of(path) != digest:
            changed.append(name)
    extra = sorted(_present(folder) - wanted.keys() - {MANIFEST})
    return Findings(len(wanted), tuple(missing), tuple(changed), tuple(extra))


def require_sound(pack: AssetPack) -> None:
    """Hash every file again before marks depend on them: sizes and dates are easily kept while content changes.

    Files beside `visible/` and `heldout/` are nobody's business; one more *in* them would be seen by student code,
    or measured as one more held-out image.

    Raises:
        AssetError: the pack is not what its manifest said when it was loaded.
    """
    findings = verify(pack.folder)
    extra = tuple(path for path in findings.extra if path.startswith(("visible/", "heldout/")))
    wrong = [f"{path} ({word})" for word, paths in (("missing", findings.missing), ("changed", findings.changed),
             ("not listed", extra)) for path in paths]  # fmt: skip
    if load_pack(pack.folder, check_files=False).digest != pack.digest:
        wrong.insert(0, f"{MANIFEST} (changed)")
    if wrong:
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise AssetError(
            expected="an asset pack as it was made", received=", ".join(wrong[:5]) + more, where=pack.folder,
            todo="Nothing can be graded with it. Make the pack again (`grader assets build` or `fetch`).",
        )  # fmt: skip


def _wanted(pack: AssetPack) -> dict[str, tuple[int, str]]:
    files = {f"visible/{file.path}": (file.bytes, file.sha256) for file in pack.files}
    return files | {f"heldout/{image.path}": (image.bytes, image.sha256) for image in pack.heldout_files}


def _present(folder: Path) -> set[str]:
    found: set[str] = set()
    for root, folders, files in os.walk(folder, followlinks=False):
        linked = [name for name in folders if (Path(root) / name).is_symlink()]
        found.update((Path(root) / name).relative_to(folder).as_posix() for name in [*files, *linked])
    return found
