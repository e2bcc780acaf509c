"""The statement's place in a page, and digests of the rest of the page.

A page is taken as bytes and never parsed: whatever a browser makes of it, it makes of the very bytes that were
signed. The statement is text inside a `<pre>`, in a spelling without any character that means something in HTML.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from dataclasses import dataclass

from grader.provenance.statement import MOST_PARTS, PageClaim, PagePart

OPENING = b'<pre id="statement">'
CLOSING = b"</pre>"
_PIECE = re.compile(rb"<(?:header|nav|article|section)[ >]")
_NAME = re.compile(rb'<(?:article|section)[^>]{0,200}? (?:id|aria-labelledby)="([a-z0-9-]{1,40})"|<([a-z]{1,10})[ >]')


@dataclass(frozen=True)
class SignedPage:
    """A page taken apart: the statement's text, and everything else."""

    rest: bytes
    statement: bytes


def put_in(page: str, statement: bytes) -> str:
    """The page with the statement in the place that waits for it.

    Raises:
        ValueError: there is not exactly one such place; the template is wrong.
    """
    slot = (OPENING + CLOSING).decode()
    if page.count(slot) != 1:
        raise ValueError(f"Expected one place for the statement. Received {page.count(slot)}.")
    return page.replace(slot, (OPENING + statement + CLOSING).decode("ascii"))


def take_out(page: bytes) -> SignedPage | None:
    """The statement and the page without it; None when there is not exactly one statement.

    Line ends are brought to one form first, as browsers do: mail and version control may change them.
    """
    page = page.replace(b"\r\n", b"\n")
    before, opening, after = page.partition(OPENING)
    statement, closing, rest = after.partition(CLOSING)
    if not opening or not closing or OPENING in rest:
        return None
    return SignedPage(before + opening + closing + rest, statement)


def page_claim(rest: bytes) -> PageClaim:
    """Digests of a page without its statement."""
    rest = rest.replace(b"\r\n", b"\n")
    begins = [0, *(found.start() for found in itertools.islice(_PIECE.finditer(rest), MOST_PARTS))]
    pieces = [rest[begin:end] for begin, end in itertools.pairwise([*begins, len(rest)]) if begin < end]
    parts = tuple(PagePart(name=_name(piece), sha256=hashlib.sha256(piece).hexdigest()[:16]) for piece in pieces)
    return PageClaim(sha256=hashlib.sha256(rest).hexdigest(), parts=parts)


def _name(piece: bytes) -> str:
    """The id of a piece's element, else its tag; `head` for what stands before the first."""
    found = _NAME.match(piece)
    if found is None:
        return "head"
    return (found[1] or found[2]).decode("ascii")
