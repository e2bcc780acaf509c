"""How Canvas, Moodle and Blackboard name the files in a download of all submissions.

Conventions as the platforms' own code and downloads show them:

- Canvas (`lib/content_zipper.rb`): `leeanna_LATE_123_456_lab.ipynb`: sortable name without blanks, `LATE` if so, the
  user's number, the attachment's number, the student's file name. Anonymous: `anon_x7Qb2_456_lab.ipynb`.
- Moodle (`mod/assign`): a folder `Anna Lee_123_assignsubmission_file` (older versions end in `_`), or files with that
  in front. The number is the participant's. In groups: `Group 1-Anna Lee_123_…`.
- Blackboard Learn: `Lab 6_alee_attempt_2026-01-31-12-00-00_lab.ipynb`, and a receipt `…-00-00.txt` beside it.

What a student may choose stands last, so each pattern takes the leftmost match: nobody takes another's place by a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.evidence.sender import Sender

_DIGITS = r"[0-9]{1,20}"
_CANVAS = re.compile(
    rf"(?P<name>[^\W_][\w-]*?)_(?:(?P<late>LATE)_)?(?P<user>{_DIGITS})_(?:(?P<attachment>{_DIGITS})_(?P<file>.+)"
    r"|(?P<typed>text|link)\.html)",
    re.DOTALL,
)
_CANVAS_TWO_WAYS = re.compile(rf"{_DIGITS}_")
"""A student's file name that begins like a number of Canvas's own."""
_CANVAS_ANONYMOUS = re.compile(
    rf"(?:(?P<late>LATE)_)?anon_(?P<user>[A-Za-z0-9]{{1,20}})_(?P<attachment>{_DIGITS})_(?P<file>.+)", re.DOTALL
)
_MOODLE = re.compile(
    rf"(?P<name>[^_]+)_(?P<user>{_DIGITS})_assignsubmission_(?P<plugin>file|onlinetext)(?:_(?P<file>.*))?", re.DOTALL
)
_BLACKBOARD = re.compile(
    r"(?P<before>.+?)_attempt_(?P<time>[0-9]{4}(?:-[0-9]{2}){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))", re.DOTALL
)


@dataclass(frozen=True)
class LmsName:
    """One name taken apart."""

    sender: Sender
    file: str
    """What the student called it; empty for a folder and for a receipt."""
    person: tuple[str, ...]
    """What all files of one person have in common."""
    attempt: str = ""
    """Sorts the attempts of one person."""
    receipt: bool = False


def lms_name(name: str) -> LmsName | None:
    """The platform's part of a file's or folder's name; None for a name of no platform."""
    return _moodle(name) or _blackboard(name) or _canvas(name)


def _canvas(name: str) -> LmsName | None:
    found = _CANVAS_ANONYMOUS.fullmatch(name)
    shown = None
    if found is None:
        found = _CANVAS.fullmatch(name)
        shown = found["name"] if found else None
    if found is None:
        return None
    late = found["late"] is not None
    if shown is not None and found["typed"]:
        sender = Sender(platform="canvas", user_id=found["user"], name=shown, late=late)
        return LmsName(sender, f"{found['typed']}.html", ("canvas", found["user"]))
    attachment = found["attachment"].zfill(20)
    if shown is not None and _CANVAS_TWO_WAYS.match(found["file"]):
        # Someone called "Lee_ _7_ _8" could be taken for user 7: then nobody is, and a person looks.
        return LmsName(Sender(platform="canvas", late=late), found["file"], ("canvas", name), attachment)
    sender = Sender(platform="canvas", user_id=found["user"], name=shown, late=late)
    return LmsName(sender, found["file"], ("canvas", found["user"]), attachment)


def _moodle(name: str) -> LmsName | None:
    found = _MOODLE.fullmatch(name)
    if found is None:
        return None
    sender = Sender(platform="moodle", user_id=str(int(found["user"])), name=found["name"].strip() or None)
    return LmsName(sender, found["file"] or "", ("moodle", str(int(found["user"]))))


def _blackboard(name: str) -> LmsName | None:
    found = _BLACKBOARD.fullmatch(name)
    if found is None or "_" not in found["before"]:
        return None
    login = found["before"].rpartition("_")[2]
    day, clock = found["time"][:10], found["time"][11:].replace("-", ":")
    sender = Sender(platform="blackboard", login=login, handed_in=f"{day}T{clock}")
    # Everything before the attempt stays the key: a user name may hold underscores itself.
    return LmsName(
        sender, found["file"] or "", ("blackboard", found["before"]), found["time"], found["receipt"] is not None
    )
