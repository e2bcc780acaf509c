"""Write a student's kit: a folder, or a zip of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

import grader
from grader import __version__
from grader.errors import InfrastructureError, UsageError
from grader.kit.guide import guide
from grader.kit.public_rubric import public_rubric_text
from grader.kit.student_notebook import student_notebook
from grader.rubric.load import parse_rubric
from grader.rubric.model import Rubric
from grader.storage import write_text_atomically

PACKAGE = f"lab-grader=={__version__}"
BUILD_SECONDS = 600
STAMP = (2020, 1, 1, 0, 0, 0)
"""One date for all members, so that the same kit is the same bytes."""


@dataclass(frozen=True)
class Kit:
    """What was written."""

    folder: Path
    files: tuple[str, ...]
    zip: Path | None


def write_kit(rubric: Rubric, out: Path, *, package: str | None, zipped: bool) -> Kit:
    """Write the kit into `out`, which may exist but must not hold other files of the same names.

    Args:
        package: what students give to pip; None: a wheel of this checkout is built and put into the kit, or, where
            this is no checkout, the version in use is named.

    Raises:
        UsageError: no criterion is public, the template is missing, or `out` holds something else.
        InfrastructureError: the wheel could not be built.
    """
    name = rubric.lab.id
    try:
        text = public_rubric_text(rubric)
    except ValueError as problem:
        raise UsageError(
            expected="a rubric with public criteria", received="one in which nothing can be checked by a student",
            where=rubric.path, todo="Remove `public = false` from a criterion.",
        ) from problem  # fmt: skip
    parse_rubric(text.encode(), f"{name}.toml")  # what we hand out must be readable there
    notebook = nbformat.writes(student_notebook(rubric), version=4)
    out.mkdir(parents=True, exist_ok=True)
    wheel = None if package is not None else _wheel(out)
    written = {
        f"{name}.toml": text,
        f"{name}.ipynb": notebook + "\n",
        "README.md": guide(rubric, package or (f"./{wheel}" if wheel else PACKAGE)),
    }
    for file, content in written.items():
        write_text_atomically(out / file, content)
    files = tuple(sorted([*written, *([wheel] if wheel else [])]))
    return Kit(out, files, _zip(out, files) if zipped else None)


def _wheel(out: Path) -> str | None:
    """Build a wheel of this checkout into `out`; None where this package was not installed from one.

    The wheel holds the package and nothing of the course: rubrics, references and submissions lie outside of it.
    """
    checkout = Path(grader.__file__).resolve().parent.parent
    if not (checkout / "pyproject.toml").is_file():
        return None
    with tempfile.TemporaryDirectory(prefix="kit-") as scratch:
        source = Path(scratch) / "source"
        # A copy: building leaves folders behind, and old ones in a checkout would get into the wheel.
        shutil.copytree(checkout / "grader", source / "grader", ignore=shutil.ignore_patterns("__pycache__"))
        for file in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copyfile(checkout / file, source / file)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run(
            [*command, "--wheel-dir", str(Path(scratch) / "wheel"), str(source)],
            capture_output=True, text=True, timeout=BUILD_SECONDS, check=False,
        )  # fmt: skip
        built = sorted((Path(scratch) / "wheel").glob("*.whl"))
        if done.returncode or not built:
            raise InfrastructureError(
                expected="pip to build a wheel of this package", received=done.stderr.strip()[-400:] or "no wheel",
                todo="Say what students install instead: --package NAME|URL|FILE.",
            )  # fmt: skip
        shutil.copyfile(built[0], out / built[0].name)
        return built[0].name


def _zip(folder: Path, files: tuple[str, ...]) -> Path:
    path = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(f"{folder.name}/{file}", STAMP), (folder / file).read_bytes())
    return path
