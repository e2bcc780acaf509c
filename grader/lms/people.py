"""Who in a platform's list handed in which submission.

Only what is unambiguous on both sides counts; whatever is not is left to a person, by name. From the surest to the
least: a list that the teacher made; the number or login that the platform itself wrote into a file's name; an id or
address that equals the submission's name; the person's name.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from grader.errors import UsageError
from grader.exports.results_json import SubmissionResult
from grader.lms.table import read_table

How = Literal["list", "number", "login", "id", "name"]


@dataclass(frozen=True)
class Person:
    """A row of a platform's list."""

    row: int
    name: str
    number: str = ""
    """The platform's own number: Canvas `ID`, Moodle `Participant`."""
    logins: tuple[str, ...] = ()
    """User name, address, number at the institution: what may be somebody's id."""
    platform: str = ""


@dataclass
class Matched:
    """What belongs together, and what does not."""

    pairs: dict[int, tuple[SubmissionResult, How]] = field(default_factory=dict)
    """Row → submission, and how it was found."""
    unmatched: list[tuple[SubmissionResult, str]] = field(default_factory=list)
    """Submissions without a row, and why."""

    def by(self, how: How) -> list[SubmissionResult]:
        """Those that were found in that way."""
        return [entry for entry, found in self.pairs.values() if found == how]


def match_people(
    people: Sequence[Person], entries: Iterable[SubmissionResult], listed: Mapping[str, str] | None = None
) -> Matched:
    """Bring submissions and people together.

    Args:
        people: the platform's list.
        entries: submissions.
        listed: submission id or name → an id of the person (number, login, address), made by the teacher.
    """
    claims: dict[int, list[tuple[SubmissionResult, How]]] = {}
    matched = Matched()
    for entry in entries:
        rows, how = _rows_of(people, entry, listed or {})
        if len(rows) == 1:
            claims.setdefault(rows[0], []).append((entry, how))
        else:
            why = "nobody in the list fits" if not rows else f"{len(rows)} people in the list fit"
            matched.unmatched.append((entry, why))
    for row, claimed in claims.items():
        if len(claimed) == 1:
            matched.pairs[row] = claimed[0]
        else:
            matched.unmatched += [(entry, "another submission fits the same person") for entry, _ in claimed]
    return matched


def _rows_of(people: Sequence[Person], entry: SubmissionResult, listed: Mapping[str, str]) -> tuple[list[int], How]:
    info = entry.submission
    sender = info.sender
    given = listed.get(info.id) or listed.get(info.name)
    if given:
        return _fitting(people, lambda person: given in (person.number, *person.logins)), "list"
    if sender is not None and sender.user_id and any(person.platform == sender.platform for person in people):
        # The platform's own word: when it fits nobody, no weaker sign may bring the mark to somebody else.
        return _fitting(people, lambda person: person.number == sender.user_id), "number"
    if sender is not None and sender.login:
        rows = _fitting(people, lambda person: _folded(sender.login or "") in _ids(person))
        if rows or sender.platform == "blackboard":
            return rows, "login"
    if sender is not None and sender.platform == "canvas" and sender.user_id is None:
        return [], "number"
    rows = _fitting(people, lambda person: bool({_folded(info.id), _folded(info.name)} & _ids(person)))
    if rows:
        return rows, "id"
    key = _name_key((sender.name if sender is not None else None) or info.name)
    return _fitting(people, lambda person: bool(key) and _name_key(person.name) == key), "name"


def _fitting(people: Sequence[Person], fits: Callable[[Person], bool]) -> list[int]:
    return [person.row for person in people if fits(person)]


def _ids(person: Person) -> set[str]:
    """Ids of a person in lower case, with the part of an address before its @."""
    folded = {_folded(login) for login in person.logins if login.strip()}
    return folded | {login.partition("@")[0] for login in folded if "@" in login and login.partition("@")[0]}


def _folded(text: str) -> str:
    return text.strip().casefold()


def _name_key(name: str) -> tuple[str, ...]:
    """The words of a name without accents, in order: "Lee, Anna", "anna_lee" and "Anna Lee" are the same."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    return tuple(sorted(word for word in re.split(r"[\W_]+", letters) if word))


def read_people(path: Path) -> dict[str, str]:
    """The teacher's list: a CSV with a column `submission` and a second one with an id of the person.

    Raises:
        UsageError: it is not such a list, or names a submission twice.
    """
    table = read_table(path)
    column = table.column("submission")
    other = next((at for at in range(len(table.head)) if at != column), None)
    if column is None or other is None:
        raise UsageError(
            expected="a column `submission` and a column with the person's id", received=", ".join(table.head)[:200],
            where=path, todo="Ids are what your platform's list has: a number, a login, or an address.",
        )  # fmt: skip
    rows = [(table.cell(row, column).strip(), table.cell(row, other).strip()) for row in range(len(table.rows))]
    rows = [(submission, person) for submission, person in rows if submission and person]
    twice = [submission for submission, count in Counter(submission for submission, _ in rows).items() if count > 1]
    if twice:
        raise UsageError(expected="each submission once", received=f"{twice[0][:80]!r} twice", where=path)
    return dict(rows)
