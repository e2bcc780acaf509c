"""Make the zip that is uploaded: scripts, this package, the lab, and its asset pack."""

from __future__ import annotations

import io
import os
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from grader.assets.locate import DEMO, find_pack
from grader.errors import UsageError
from grader.gradescope.settings import NAME, Settings
from grader.rubric.load import load_rubric
from grader.rubric.model import Rubric
from grader.storage import write_bytes_atomically

SCRIPTS = Path(__file__).with_name("scripts")
PACKAGE = Path(__file__).parents[1]
DISTRIBUTION = "lab-grader"
_STAMP = (2000, 1, 1, 0, 0, 0)
"""The same lab gives the same zip."""
LARGE = 100 * 2**20


def write_autograder(out: Path, rubric_name: str, pack_name: str | None, settings: Settings) -> list[str]:
    """Write the zip. `rubric` and `pack` of the settings are filled in here.

    Returns what the teacher should know, in words.

    Raises:
        RubricError, AssetError, UsageError: something that it needs is missing.
    """
    rubric = load_rubric(rubric_name)
    pack = find_pack(pack_name or rubric.lab.assets)
    lab = dict(_lab(rubric))
    files: dict[str, bytes] = {f"lab/{place}": path.read_bytes() for place, path in lab.items()}
    rubric_place = next(place for place, path in lab.items() if path == rubric.path.resolve())
    inside = DEMO if pack.name == DEMO else "pack"
    if inside != DEMO:
        files |= {f"pack/{path.relative_to(pack.folder)}": path.read_bytes() for path in _files(pack.folder)}
    files |= {f"lab-grader/grader/{path.relative_to(PACKAGE)}": path.read_bytes() for path in _files(PACKAGE)}
    files["lab-grader/requirements.txt"] = "".join(f"{one}\n" for one in requirements()).encode()
    files["lab-grader/constraints.txt"] = "".join(f"{one}\n" for one in installed()).encode()
    chosen = settings.model_copy(update={"rubric": f"lab/{rubric_place}", "pack": inside})
    files[NAME] = (chosen.model_dump_json(indent=1) + "\n").encode()
    for script in ("setup.sh", "run_autograder"):
        text = (SCRIPTS / script).read_text(encoding="utf-8")
        files[script] = text.replace("@PYTHON@", f"python{sys.version_info.major}.{sys.version_info.minor}").encode()
    content = _zip(files)
    write_bytes_atomically(out, content)
    notes = [f"{out}: {len(content) / 1e6:.1f} MB, {len(files)} files, pack {pack.name}"]
    if len(content) > LARGE:
        notes.append("Gradescope may refuse zips of more than 100 MB.")
    if settings.sandbox == "none":
        notes.append(
            "Without a sandbox a submission can read the rubric, the reference and the held-out images in the "
            "container, and write its own result. docs/gradescope.md says more."
        )
    return notes


def _lab(rubric: Rubric) -> Iterator[tuple[str, Path]]:
    """The lab's files with their places relative to one another, so that the rubric needs no change."""
    given = [name for name in (rubric.lab.reference, rubric.lab.template) if name is not None]
    paths = [rubric.path.resolve(), *((rubric.path.parent / name).resolve() for name in given)]
    for path in paths:
        if not path.is_file():
            raise UsageError(expected="a file that the rubric names", received="none", where=path)
    common = Path(os.path.commonpath([path.parent for path in paths]))
    for path in paths:
        yield path.relative_to(common).as_posix(), path


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def requirements() -> list[str]:
    """What this package declares to need, without extras."""
    pyproject = PACKAGE.parent / "pyproject.toml"
    if pyproject.is_file():
        declared = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["dependencies"]
        return [str(one) for one in declared]
    return [one for one in metadata.requires(DISTRIBUTION) or [] if "extra ==" not in one]


def installed() -> list[str]:
    """Every package here with its version: the container gets the same ones."""
    found = {(one.metadata["Name"] or "").lower(): one.version for one in metadata.distributions()}
    left_out = {"", DISTRIBUTION, "pip", "setuptools", "wheel"}
    return sorted(f"{name}=={version}" for name, version in found.items() if name not in left_out)


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (0o100755 if name in ("setup.sh", "run_autograder") else 0o100644) << 16
            archive.writestr(info, files[name])
    return out.getvalue()
