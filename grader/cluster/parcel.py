"""What travels between machines as one file: a submission on its way to a worker, its evidence on the way back."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from grader.errors import EvidenceError, InfrastructureError
from grader.evidence.sender import Sender
from grader.evidence.store import MAXIMUM_BYTES, evidence_folder
from grader.storage import replacing
from grader.submission.files import read_regular_file
from grader.submission.model import Submission
from grader.zip_errors import DECODER_ERRORS

LARGEST_FILE = 1 << 30
MAXIMUM_PARCEL = 4 << 30
MAXIMUM_INDEX = 16 << 20
INDEX = "submission.json"
ARTEFACTS = {"timeline.jsonl": 512 << 20, "executed.ipynb": 512 << 20, "evidence.json": MAXIMUM_BYTES}
"""Files of stored evidence that travel, in the order in which they are put in place, with the most bytes of each."""


def pack_submission(submission: Submission, target: Path) -> None:
    """Write everything that was handed in, and what is said about it, to one file.

    The same submission gives the same bytes.

    Raises:
        SubmissionError: a file is a link, or too large. OutOfReachError: one cannot be read here any more.
        OSError: cannot be written.
    """
    folder = submission.folder or Path()
    index: dict[str, Any] = {
        "id": submission.id, "name": submission.name, "notes": submission.notes, "problem": submission.problem,
        "out_of_reach": submission.out_of_reach,
        "notebook": None if submission.notebook is None else submission.notebook.name,
        "folder": submission.folder is not None, "files": [path.as_posix() for path in submission.files],
        "reports": [path.name for path in submission.reports],
        "sender": None if submission.sender is None else submission.sender.model_dump(mode="json"),
    }  # fmt: skip
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parcel:
        # As ASCII: names of files may hold what is no character.
        parcel.writestr(_entry(INDEX), json.dumps(index, sort_keys=True))
        if submission.notebook is not None:
            parcel.writestr(_entry("notebook"), read_regular_file(submission.notebook, LARGEST_FILE))
        for kind, paths in (("file", [folder / path for path in submission.files]), ("report", submission.reports)):
            for number, path in enumerate(paths):
                parcel.writestr(_entry(f"{kind}-{number}"), read_regular_file(path, LARGEST_FILE))


def unpack_submission(parcel: Path, folder: Path) -> Submission:
    """Lay a submission out below an empty folder, as it was.

    Raises:
        InfrastructureError: the parcel is damaged. OSError: cannot be written.
    """
    try:
        with zipfile.ZipFile(parcel) as opened:
            index = json.loads(_bounded(opened, INDEX, MAXIMUM_INDEX))
            notebook = None
            if index["notebook"] is not None:
                notebook = _lay(opened, "notebook", folder / "notebook", index["notebook"])
            for number, name in enumerate(index["files"]):
                _lay(opened, f"file-{number}", folder / "files", name)
            reports = [
                _lay(opened, f"report-{number}", folder / "reports" / str(number), name)
                for number, name in enumerate(index["reports"])
            ]
            (folder / "files").mkdir(exist_ok=True)
            return Submission(
                id=_plain_id(index["id"]), name=str(index["name"]), notebook=notebook,
                folder=folder / "files" if index["folder"] else None,
                files=tuple(Path(name) for name in index["files"]), reports=tuple(reports),
                notes=tuple(map(str, index["notes"])),
                problem=None if index["problem"] is None else str(index["problem"]),
                out_of_reach=None if index["out_of_reach"] is None else str(index["out_of_reach"]),
                sender=TypeAdapter(Sender | None).validate_python(index["sender"]),
            )  # fmt: skip
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, ValidationError, RecursionError, EOFError,
            NotImplementedError, RuntimeError, *DECODER_ERRORS) as problem:  # fmt: skip
        raise InfrastructureError(
            expected="a submission as the coordinator packed it", received=f"{type(problem).__name__}: {problem}"[:300],
            where=parcel,
        ) from problem  # fmt: skip


def pack_evidence(out: Path, submission: str, target: Path) -> None:
    """Write a submission's stored evidence and artefacts to one file.

    Raises:
        OSError: there is no evidence, or no room.
    """
    folder = evidence_folder(out, submission)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parcel:
        for name in ARTEFACTS:
            if name == "evidence.json" or (folder / name).is_file():
                parcel.write(folder / name, name)


def unpack_evidence(parcel: Path, out: Path, submission: str) -> None:
    """Put evidence in its place below `out`; the document itself comes last, so that it is never there alone.

    Raises:
        EvidenceError: the parcel is damaged, or something in it is too large. OSError: cannot be written.
    """
    folder = evidence_folder(out, submission)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    try:
        with zipfile.ZipFile(parcel) as opened:
            names = set(opened.namelist())
            for name, most in ARTEFACTS.items():
                if name != "evidence.json" and name not in names:
                    continue
                with replacing(folder / name) as file:
                    file.write(_bounded(opened, name, most))
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError, RuntimeError,
            *DECODER_ERRORS) as problem:  # fmt: skip
        raise EvidenceError(
            expected="evidence as a worker packed it", received=f"{type(problem).__name__}: {problem}"[:300],
            where=parcel,
        ) from problem  # fmt: skip


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _bounded(opened: zipfile.ZipFile, name: str, most: int) -> bytes:
    with opened.open(name) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{name} has more than {most} bytes")
    return content


def _lay(opened: zipfile.ZipFile, entry: str, folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\0" in name or any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{name!r} is no place inside a folder")
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_bounded(opened, entry, LARGEST_FILE))
    return path


def _plain_id(name: object) -> str:
    if not isinstance(name, str) or not name or name in (".", "..") or "/" in name or "\0" in name:
        raise ValueError(f"{name!r} is no id")
    return name
