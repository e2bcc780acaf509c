"""What `wget`, `curl` and `unzip` share while grading: addresses are answered from the asset pack, or not at all."""

from __future__ import annotations

import fnmatch
import json
import os
import posixpath
import shutil
import sys
import urllib.parse
import zipfile
from pathlib import Path

NO_NETWORK = "there is no network while grading, and the asset pack does not hold"


def answer(url: str) -> Path | None:
    """The pack's file for an address, if it has one. `LAB_SETTINGS` names the settings of this run."""
    settings = json.loads(Path(os.environ["LAB_SETTINGS"]).read_text(encoding="utf-8"))
    address = url.split("#", 1)[0].split("?", 1)[0]
    if "://" not in address:
        address = f"http://{address}"
    for entry in settings["downloads"]:
        if fnmatch.fnmatchcase(address, entry["pattern"]):
            return Path(entry["path"])
    return None


def name_of(url: str) -> str:
    """The file name that a download without a name of its own gets."""
    return posixpath.basename(urllib.parse.urlsplit(url).path) or "index.html"


def note(kind: str, asked: str, given: str) -> None:
    """Write down that something was asked for that the pack does not hold: one line of the recorder's timeline."""
    settings = json.loads(Path(os.environ["LAB_SETTINGS"]).read_text(encoding="utf-8"))
    event = {"event": "substitution", "kind": kind, "asked": asked[:300], "given": given, "place": None}
    with (Path(settings["outbox"]) / "timeline.jsonl").open("a", encoding="ascii") as file:
        file.write(json.dumps(event) + "\n")


ARCHIVES = {
    "kagglecatsanddogs": "PetImages/{kind}/{number}.jpg",
    "petimages": "PetImages/{kind}/{number}.jpg",
}
"""Well-known archives by a part of their name, and how pictures lie in them (`{kind}` is Cat or Dog)."""


def stand_in(url: str) -> Path | None:
    """An archive of the pack's pictures laid out like a well-known one that the pack does not hold."""
    name = name_of(url).lower()
    layout = next((layout for part, layout in ARCHIVES.items() if part in name), None)
    source = answer("https://example.invalid/cats_and_dogs_filtered.zip")
    if layout is None or source is None:
        return None
    target = Path(os.environ.get("TMPDIR", "/tmp")) / f"stand-in-{name}"  # noqa: S108
    numbers = {"Cat": 0, "Dog": 0}
    with zipfile.ZipFile(source) as pictures, zipfile.ZipFile(target, "w") as archive:
        for member in sorted(pictures.namelist()):
            if member.lower().endswith(".jpg"):
                kind = "Dog" if "dog" in posixpath.dirname(member).rsplit("/", 1)[-1].lower() else "Cat"
                archive.writestr(layout.format(kind=kind, number=numbers[kind]), pictures.read(member))
                numbers[kind] += 1
    return target


def archive_in_place_of(path: str) -> Path | None:
    """The pack's pictures, where a well-known archive was left on Drive or on another computer; noted as data."""
    found = answer(f"https://example.invalid/{posixpath.basename(path)}") or stand_in(path)
    if found is not None:
        note("data", path, "an archive of the asset pack's pictures")
    return found


def download(program: str, url: str, target: str | None, folder: str = ".") -> int:
    """Copy the pack's file to `target` (`-` is standard output); returns the exit code, 4 for a network failure."""
    source = answer(url)
    if source is None and (source := stand_in(url)) is not None:
        note("data", url, "an archive of the asset pack's pictures")
    if source is None:
        note("missing", url, "nothing")
        sys.stderr.write(f"{program}: {NO_NETWORK} {url[:300]}\n")
        return 4
    if target == "-":
        with source.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        return 0
    path = Path(target) if target else Path(folder) / name_of(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, path)
    sys.stderr.write(f"{program}: {url[:300]} -> {path}\n")
    return 0
