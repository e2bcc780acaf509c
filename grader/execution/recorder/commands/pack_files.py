"""What `wget`, `curl` and `unzip` share while grading: addresses are answered from the asset pack, or not at all."""

from __future__ import annotations

import fnmatch
import json
import os
import posixpath
import re
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


ARCHIVES = (
    (re.compile(r"(?:kagglecatsanddogs|petimages)[^/]*$"), "PetImages/{Kind}/{number}.jpg"),
    (re.compile(r"dogs?-?vs-?cats.*/train\.zip$"), "train/{kind}.{number}.jpg"),
    (re.compile(r"dogs?-?vs-?cats.*/test1?\.zip$"), "test1/{place}.jpg"),
)
"""Well-known archives by their address or path, and how pictures lie in them (`{kind}` is cat or dog)."""

PICTURES = "https://example.invalid/cats_and_dogs_filtered.zip"
"""An address that a pack with the lab's images answers."""

STOOD_IN = "an archive of the asset pack's pictures"


def stand_in(url: str, source: Path | None) -> Path | None:
    """An archive of the pack's pictures laid out like a well-known one that the pack does not hold. `source` is the
    pack's own archive of them."""
    address = url.split("#", 1)[0].split("?", 1)[0].lower().replace("_", "-").replace("\\", "/")
    layout = next((layout for known, layout in ARCHIVES if known.search(address)), None)
    if layout is None or source is None:
        return None
    target = Path(os.environ.get("TMPDIR", "/tmp")) / f"stand-in-{name_of(url).lower()}"  # noqa: S108
    numbers = {"cat": 0, "dog": 0}
    with zipfile.ZipFile(source) as pictures, zipfile.ZipFile(target, "w") as archive:
        for member in sorted(pictures.namelist()):
            if member.lower().endswith(".jpg"):
                kind = "dog" if "dog" in posixpath.dirname(member).rsplit("/", 1)[-1].lower() else "cat"
                place = sum(numbers.values()) + 1
                name = layout.format(kind=kind, Kind=kind.title(), number=numbers[kind], place=place)
                archive.writestr(name, pictures.read(member))
                numbers[kind] += 1
    return target


def archive_in_place_of(path: str) -> Path | None:
    """The pack's pictures, where a well-known archive was left on Drive or on another computer; noted as data."""
    found = answer(f"https://example.invalid/{posixpath.basename(path)}") or stand_in(path, answer(PICTURES))
    if found is not None:
        note("data", path, STOOD_IN)
    return found


def download(program: str, url: str, target: str | None, folder: str = ".") -> int:
    """Copy the pack's file to `target` (`-` is standard output); returns the exit code, 4 for a network failure."""
    source = answer(url)
    if source is None and (source := stand_in(url, answer(PICTURES))) is not None:
        note("data", url, STOOD_IN)
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
