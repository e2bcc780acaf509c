"""PDF, by PDFium: the text layer, and pictures and scanned pages as rendered."""

from __future__ import annotations

import io
from typing import Any

from grader.submission.documents.gathering import Gathering, UnreadableError

MAX_PAGES = 60
MAX_RENDERED = 24
"""Pages that are rendered for their pictures."""
_DOTS = 200
"""Per inch, at which pictures and scanned pages are rendered: less makes small print unreadable, more helps little."""
_FEWEST_CHARACTERS = 25
"""Of a text layer; a page with less is taken for scanned, if there is a picture on it."""
_LARGE = 0.02
"""Fraction of the page from which on a picture may hold text."""
_MOST_OBJECTS = 5000


def read_pdf(data: bytes, into: Gathering) -> int:
    """Add all that can be read of a PDF; returns its number of pages.

    Raises:
        UnreadableError: no PDF, or locked.
    """
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(data)
        count = len(document)
    except (pdfium.PdfiumError, ValueError) as problem:
        raise UnreadableError("This is no PDF that can be opened, or it is locked with a password.") from problem
    rendered = 0
    for index in range(min(count, MAX_PAGES)):
        try:
            rendered += _page(document[index], index + 1, into, may_render=rendered < MAX_RENDERED)
        except (pdfium.PdfiumError, ValueError, OverflowError) as problem:
            into.note(f"Page {index + 1} could not be read ({type(problem).__name__}).")
    if count > MAX_PAGES:
        into.note(f"Only the first {MAX_PAGES} of {count} pages were read.")
    return count


def _page(page: Any, number: int, into: Gathering, *, may_render: bool) -> bool:
    """Whether it had to be rendered."""
    text = page.get_textpage().get_text_bounded().replace("\r\n", "\n").replace("\ufffe", "")
    boxes = _picture_boxes(page)
    scanned = len(text.strip()) < _FEWEST_CHARACTERS
    if not scanned or not boxes:
        into.text(text, page=number)
    if not boxes:
        return False
    if not may_render:
        into.note(f"Pictures after the first {MAX_RENDERED} pages with pictures were not looked at.")
        return False
    image = _rendered(page)
    if scanned:
        into.picture(_png(image), page=number)
        return True
    width, height = page.get_size()
    for left, bottom, right, top in boxes:
        across, down = image.width / width, image.height / height
        box = (int(left * across), int((height - top) * down), int(right * across), int((height - bottom) * down))
        into.picture(_png(image.crop(box)), page=number)
    return True


def _picture_boxes(page: Any) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right, top of pictures in points, within the page and large enough, from top to bottom."""
    import pypdfium2.raw as raw

    width, height = page.get_size()
    boxes = []
    for index, item in enumerate(page.get_objects(max_depth=3)):
        if index >= _MOST_OBJECTS:
            break
        if item.type != raw.FPDF_PAGEOBJ_IMAGE:
            continue
        left, bottom, right, top = item.get_bounds()
        box = (max(0.0, left), max(0.0, bottom), min(width, right), min(height, top))
        if (box[2] - box[0]) * (box[3] - box[1]) >= _LARGE * width * height and box[2] > box[0] and box[3] > box[1]:
            boxes.append(box)
    return sorted(boxes, key=lambda box: (-box[3], box[0]))[:10]


def _rendered(page: Any) -> Any:
    """The page as a picture of at most 12 million pixels."""
    width, height = page.get_size()
    scale = min(_DOTS / 72, (12_000_000 / max(1.0, width * height)) ** 0.5)
    return page.render(scale=scale).to_pil().convert("RGB")


def _png(image: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
