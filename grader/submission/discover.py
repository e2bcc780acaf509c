"""Find the submissions in what an instructor points at: a folder, one notebook, or a zip."""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.errors import UsageError
from grader.lookalikes import reads_like_another
from grader.submission.archive import ARCHIVE_ENDINGS, Skipped, extract
from grader.submission.choose import choose_notebook
from grader.submission.files import entries_of, list_files, odd_kind
from grader.submission.identity import display_name, unique_ids
from grader.submission.lms_layout import Placed, is_lms_download, lms_layout
from grader.submission.model import NOTEBOOK_ENDINGS, Submission, is_notebook_name
from grader.submission.nbgrader_layout import nbgrader_layout
from grader.submission.report_files import is_report_name, joined, reports_among

DOCUMENT_ENDINGS = (".py", ".html", ".htm", ".pdf", ".docx", ".md", ".markdown", ".doc", ".odt", ".rtf")
"""Files that a student may have handed in instead of a notebook."""

_HAND_IN = "Hand in the notebook (.ipynb), or a report as .docx, .pdf, .md or .txt."

_READS_ALIKE = "Another submission has a name that reads the same: tell them apart by their ids."


@dataclass(frozen=True)
class _Found:
    """A submission before ids are given; `key` is the raw name that makes it unique in its folder."""

    key: str
    name: str
    submission: Submission = field(default_factory=lambda: Submission(id="", name=""))
    entries: tuple[str, ...] = ()
    """Names in the folder that this came from, where that is not `key` alone."""


def discover(path: Path, scratch: Path) -> list[Submission]:
    """The submissions at `path`, sorted by name; empty when a folder holds none.

    - A notebook is one submission.
    - A folder holds one notebook per student, or one folder per student with a notebook somewhere inside, or both.
    - A zip is unpacked into `scratch` and read like a folder; one folder around everything is looked through, and a
      single notebook with its data beside it is one submission.

    What cannot be graded (a student's folder without a notebook, a link, a locked archive) is a submission with a
    `problem`, never left out in silence.

    Raises:
        UsageError: nothing is there, or it is neither a folder nor a notebook nor a zip.
        SubmissionError: the zip as a whole is damaged or too large.
        OSError: `scratch` cannot be written.
    """
    return discover_all([path], scratch)


def discover_all(paths: Sequence[Path], scratch: Path, assignment: str | None = None) -> list[Submission]:
    """The submissions at several paths, one after the other, with ids that are unique among all of them.

    Notebooks that bear the same name are told apart by the folders they lie in. `assignment` picks one where a folder
    is laid out as nbgrader does. Raises what `discover` raises.
    """
    found = [item for path in paths for item in _found_at(path, scratch, assignment)]
    spelled = Counter(item.key for item in found)
    found = [_with_folder(item) if spelled[item.key] > 1 else item for item in found]
    ids = unique_ids([_stem(item.key) for item in found], [item.key for item in found])
    names = [display_name(item.name) for item in found]
    alike = reads_like_another(names)
    return [
        replace(
            item.submission, id=id_, name=name, notes=item.submission.notes + ((_READS_ALIKE,) if doubtful else ()),
        )
        for item, id_, name, doubtful in zip(found, ids, names, alike, strict=True)
    ]  # fmt: skip


def _with_folder(item: _Found) -> _Found:
    place = item.submission.folder or item.submission.notebook
    return (
        item
        if place is None
        else replace(item, key=f"{place.parent.name}/{item.key}", name=f"{place.parent.name}/{item.name}")
    )


def _found_at(path: Path, scratch: Path, assignment: str | None) -> list[_Found]:
    if not path.exists():
        raise UsageError(
            expected="a folder, a notebook or a zip", received="a path where nothing is", where=display_name(str(path))
        )
    path = path.resolve()
    name = path.name.casefold()
    if path.is_dir():
        return _in_folder(path, scratch, assignment)
    if is_notebook_name(name) and path.is_file():
        return [_Found(path.name, _stem(path.name), Submission(id="", name="", notebook=path))]
    if is_report_name(path.name) and path.is_file():
        return [_Found(path.name, _stem(path.name), Submission(id="", name="", reports=(path,)))]
    if name.endswith(".zip") and path.is_file():
        return _in_zip(path, scratch, assignment)
    raise UsageError(
        expected="a folder, a notebook (.ipynb), a report or a zip", received=f"“{display_name(path.name)}”",
        todo="Unpack other archives first.",
    )  # fmt: skip


def _in_folder(folder: Path, scratch: Path, assignment: str | None = None) -> list[_Found]:
    placed = nbgrader_layout(folder, assignment) or lms_layout(folder, scratch)
    if placed is not None:
        return [_placed(person) for person in placed]
    found: list[_Found] = []
    entries = entries_of(folder)
    plain = [name for name, status in entries if stat.S_ISREG(status.st_mode)]
    beside = joined(
        [name for name in plain if is_notebook_name(name)], [name for name in plain if _is_lone_report(name)]
    )
    taken = {report for reports in beside.values() for report in reports}
    for name, status in entries:
        lower = name.casefold()
        odd = odd_kind(status)
        if odd is not None:
            problem = f"“{display_name(name)}” is {odd}, and links and special files are not opened. {_HAND_IN}"
            found.append(_problem(name, problem))
        elif stat.S_ISDIR(status.st_mode):
            found.append(_Found(name, name, _in_students_folder(folder / name)))
        elif is_notebook_name(lower):
            reports = tuple(folder / report for report in beside.get(name, ()))
            work = Submission(id="", name="", notebook=folder / name, reports=reports)
            found.append(_Found(name, _stem(name), work, (name, *beside.get(name, ()))))
        elif name in taken:
            continue
        elif _is_lone_report(name):
            found.append(_Found(name, _stem(name), Submission(id="", name="", reports=(folder / name,))))
        elif lower.endswith(ARCHIVE_ENDINGS):
            found.append(_problem(name, "An archive inside a folder or an archive is not opened: unpack it first."))
        elif lower.endswith(DOCUMENT_ENDINGS):
            found.append(_problem(name, f"“{display_name(name)}” is not a notebook. {_HAND_IN}"))
    return found


def _is_lone_report(name: str) -> bool:
    """A text file beside notebooks of a class is too often a note of the teacher's to be taken for a submission."""
    return is_report_name(name) and not name.casefold().endswith(".txt")


def _placed(person: Placed) -> _Found:
    work = _in_students_folder(person.folder)
    work = replace(work, sender=person.sender, notes=person.notes + work.notes)
    name = person.sender.name or person.sender.login or person.key
    return _Found(person.key, name, work, person.entries)


def _in_students_folder(folder: Path) -> Submission:
    listing = list_files(folder)
    notebooks = [path for path in listing.files if is_notebook_name(path.name)]
    archives = [path for path in listing.files if path.name.casefold().endswith(ARCHIVE_ENDINGS)]
    notes = listing.notes + tuple(
        f"{display_name(path.as_posix(), 200)} is an archive and was not opened." for path in archives
    )
    reports = tuple(folder / path for path in reports_among(listing.files))
    if not notebooks and reports:
        return Submission(id="", name="", folder=folder, files=listing.files, reports=reports, notes=notes)
    if not notebooks and listing.out_of_reach is not None:
        return Submission(id="", name="", folder=folder, notes=notes, out_of_reach=listing.out_of_reach)
    if not notebooks:
        inside = f"{len(listing.files)} other file(s)" if listing.files else "nothing that can be read"
        problem = f"No notebook was found in this folder ({inside}). {_HAND_IN}"
        return Submission(id="", name="", folder=folder, files=listing.files, notes=notes, problem=problem)
    choice = choose_notebook(folder, notebooks)
    return Submission(
        id="",
        name="",
        notebook=folder / choice.notebook,
        folder=folder,
        files=tuple(path for path in listing.files if path != choice.notebook),
        reports=reports,
        notes=notes + choice.notes,
    )


def _in_zip(archive: Path, scratch: Path, assignment: str | None) -> list[_Found]:
    extraction = extract(archive, scratch)
    root = extraction.root
    depth = 0
    while (inner := _only_wrapper(root)) is not None:
        root = inner
        depth += 1
    if not is_lms_download(root) and _is_one_students_work(root, extraction.skipped):
        own = _Found(archive.name, _stem(archive.name), _in_students_folder(root))
        return [_with_notes(own, list(extraction.skipped))]
    return _with_skipped(_in_folder(root, scratch, assignment), extraction.skipped, depth)


def _only_wrapper(folder: Path) -> Path | None:
    """The folder that someone zipped to hand over a class, if `folder` holds nothing else.

    A student's own folder looks alike; it has its notebook directly inside, or in a single folder.
    """
    entries = entries_of(folder)
    if len(entries) != 1 or not stat.S_ISDIR(entries[0][1].st_mode):
        return None
    inner = folder / entries[0][0]
    notebooks = folders = 0
    for name, status in entries_of(inner):
        if stat.S_ISDIR(status.st_mode):
            folders += any(is_notebook_name(path.name) for path in list_files(inner / name).files)
        else:
            notebooks += is_notebook_name(name)
    return inner if notebooks + folders > 1 else None


def _is_one_students_work(root: Path, skipped: tuple[Skipped, ...]) -> bool:
    """One notebook at the top of a zip, with data or modules beside it and nothing that another student handed in."""
    names = [name.casefold() for name, _ in entries_of(root)]
    others = (*ARCHIVE_ENDINGS, *(ending for ending in DOCUMENT_ENDINGS if ending != ".py"))
    if len(names) == 1 or sum(map(is_notebook_name, names)) != 1 or any(name.endswith(others) for name in names):
        return False
    if any(item.path and item.path[-1].casefold().endswith((*NOTEBOOK_ENDINGS, *others)) for item in skipped):
        return False
    return sum(is_notebook_name(path.name) for path in list_files(root).files) == 1


def _with_skipped(found: list[_Found], skipped: tuple[Skipped, ...], depth: int) -> list[_Found]:
    """Tell each student what of theirs was not unpacked; who lost everything gets a submission all the same."""
    by_entry: dict[str, list[Skipped]] = {}
    for item in skipped:
        parts = [part for part in item.path if part != ".."][depth:] or list(item.path) or ["(no name)"]
        by_entry.setdefault(parts[0], []).append(item)
    known = {entry for item in found for entry in item.entries or (item.key,)}
    result = [
        _with_notes(item, [one for entry in item.entries or (item.key,) for one in by_entry.get(entry, [])])
        for item in found
    ]
    for entry, items in by_entry.items():
        if entry not in known and not entry.startswith(".") and _matters(items):
            reason = "; ".join(sorted({item.reason for item in items})[:3])
            result.append(_problem(entry, f"Nothing of this could be unpacked: {reason}. {_HAND_IN}"))
    return sorted(result, key=lambda item: (item.key.casefold(), item.key))


def _matters(items: list[Skipped]) -> bool:
    """Whether a student may stand behind these members: anything but litter of a packing program."""
    return any(not item.path or item.path[0].casefold() != "__macosx" for item in items)


def _with_notes(item: _Found, skipped: list[Skipped]) -> _Found:
    if not skipped:
        return item
    notes = [f"{entry.shown} was not unpacked: {entry.reason}." for entry in skipped[:20]]
    if len(skipped) > len(notes):
        notes.append(f"{len(skipped) - len(notes)} more files were not unpacked.")
    return replace(item, submission=replace(item.submission, notes=item.submission.notes + tuple(notes)))


def _problem(key: str, problem: str) -> _Found:
    return _Found(key, _stem(key), Submission(id="", name="", problem=problem))


def _stem(name: str) -> str:
    lower = name.casefold()
    endings = (*reversed(NOTEBOOK_ENDINGS), *ARCHIVE_ENDINGS, *DOCUMENT_ENDINGS, ".txt")
    ending = next((e for e in sorted(endings, key=len, reverse=True) if lower.endswith(e) and len(lower) > len(e)), "")
    return name[: len(name) - len(ending)] if ending else name
