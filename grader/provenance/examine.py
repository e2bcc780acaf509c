"""Tell an original report from an edited one, or from one that somebody else signed. Pure: bytes in, findings out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from grader.provenance.keys import PublicKey
from grader.provenance.page import page_claim, take_out
from grader.provenance.proof import Proof, read_proof
from grader.provenance.statement import Mark, PagePart

Status = Literal["original", "edited", "unsigned", "unknown_key", "replayed"]
"""`original`: the very page that was signed with the trusted key. `edited`: page or statement were changed.
`unsigned`: there is no statement. `unknown_key`: signed, but not with the trusted key.
`replayed`: an original, but of other work or of an earlier day than it is shown for."""

SECTIONS = {
    "head": "the page's head (title, style)",
    "header": "the top of the page (lab and name)",
    "score": "“Your result” (the total)",
    "next": "the next step",
    "nav": "the list of criteria",
    "criteria": "the heading of the criteria",
    "training": "“Training”",
    "model": "“Your model”",
    "course": "“How it ran”",
    "facts": "“What was run”",
    "article": "an error that ended a cell",
    "signature": "“Signature”",
}
MOST_REASONS = 12


@dataclass(frozen=True)
class Examination:
    """The finding with its reasons, one sentence each; `notes` are worth knowing and decide nothing."""

    status: Status
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    proof: Proof | None = None
    """The statement on the page. Believe its content only where `signed` is true."""

    @property
    def signed(self) -> bool:
        """Whether the trusted key vouches for the statement (though perhaps not for the page around it)."""
        return self.proof is not None and self.proof.holds and self.status in ("original", "replayed", "edited")

    def but(self, reasons: Sequence[str], notes: Sequence[str] = ()) -> Examination:
        """The same, found to be a replay if there are reasons."""
        status = "replayed" if reasons and self.status == "original" else self.status
        return replace(self, status=status, reasons=(*self.reasons, *reasons), notes=(*self.notes, *notes))


def examine(page: bytes, trusted: PublicKey) -> Examination:
    """What a page is. Never raises, whatever the bytes."""
    signed = take_out(page)
    if signed is None:
        if b'id="statement"' in page:
            return Examination("edited", ("There is more than one signed statement on the page, or half of one.",))
        return Examination("unsigned", ("There is no signed statement on the page.",))
    proof = read_proof(signed.statement)
    if proof is None:
        return Examination("edited", ("The signed statement was changed: it is not in the form that is signed.",))
    if not proof.holds:
        return Examination("edited", ("The signed statement was changed: its signature does not fit it.",), (), proof)
    found = page_claim(signed.rest)
    same = found.sha256 == proof.statement.page.sha256
    if proof.key != trusted:
        reasons = [f"It is signed with the key {proof.key.text}. The key to check against is {trusted.text}."]
        reasons += [] if same else ["Nor is the page what was signed with that key."]
        return Examination("unknown_key", tuple(reasons), (), proof)
    if not same:
        return Examination("edited", tuple(changed_parts(proof, found.parts)), (), proof)
    return Examination("original", (), (), proof)


def changed_parts(proof: Proof, found: Sequence[PagePart]) -> list[str]:
    """Where the page differs from the one that was signed, in words; never empty."""
    before, marks = proof.statement.page.parts, proof.statement.marks
    sentences: list[str] = []
    matcher = SequenceMatcher(a=[p.sha256 for p in before], b=[p.sha256 for p in found], autojunk=False)
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag == "equal":
            continue
        gone = [_part_words(part, marks) for part in before[first:last]]
        come = new_last - new_first
        if tag == "insert":
            sentences.append(f"The page was changed: {come} more part{'s' if come > 1 else ''} than signed.")
        elif tag == "delete":
            sentences += [f"The page was changed: {words} is missing." for words in gone]
        else:
            sentences += [f"The page was changed in {words}." for words in gone]
    if len(sentences) > MOST_REASONS:
        sentences[MOST_REASONS:] = [f"The page was changed in {len(sentences) - MOST_REASONS} more places."]
    return sentences or ["The page was changed."]


def _part_words(part: PagePart, marks: Sequence[Mark]) -> str:
    if part.name in SECTIONS:
        return SECTIONS[part.name]
    if part.name[:1] == "c" and part.name[1:].isdecimal() and 0 < int(part.name[1:]) <= len(marks):
        mark = marks[int(part.name[1:]) - 1]
        return f"the criterion {mark.criterion} ({_points(mark)})"
    return f"the part {part.name}"


def _points(mark: Mark) -> str:
    if mark.points is None:
        return f"signed: undecided, of {mark.maximum:g}"
    return f"signed: {mark.points:g} of {mark.maximum:g}"
