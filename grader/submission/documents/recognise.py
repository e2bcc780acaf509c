"""Text in pictures, by Tesseract (Debian: `tesseract-ocr`). What it does not see is never guessed at.

Each picture is read at three sizes, and the reading in which most lines are Python (or, for prose, the first) is taken.
How far another one agrees with it is how sure we are, unless Tesseract's own confidence is very low: made for prose, it
says little about sharp code (.50 to .93, measured) and is mostly below that for blurred code (.24 to .61).
"""

from __future__ import annotations

import base64
import io
import shutil
import statistics
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

from grader.source.pasted import repair
from grader.submission.documents.blocks import MAX_PICTURE_BASE64

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 40_000_000
"""Of a picture that is decoded; a screenshot of four screens has 33 million."""
SMALLEST = 40
"""Pixels; anything narrower or lower is a rule or an icon."""
LARGEST_SHOWN = 1400
"""Pixels of the longer side of a picture that is kept for people."""
_SCALES = ((2.0, 3.0, 4.0), (1.0, 1.5, 2.0))
"""Enlargements of small and of large pictures for the readings: Tesseract wants letters of some 30 pixels."""
_SMALL_WIDTH = 1300
"""Pixels; a screenshot is narrower, a scanned page wider."""
_MARGIN = 20
"""Pixels of white around a picture: letters at the very edge are not seen."""
_SECONDS = 30
_DOUBTFUL = 0.5
"""Mean confidence of Tesseract, in [0, 1], below which it is taken for the whole certainty."""


@dataclass(frozen=True)
class Seen:
    """What was read in a picture."""

    text: str
    confidence: float | None
    problem: str
    png: str


class Recogniser:
    """Reads pictures, as long as there is time."""

    def __init__(self) -> None:
        self.there = shutil.which("tesseract") is not None

    def read(self, data: bytes, *, keep: bool) -> Seen | None:
        """The text of a picture with line breaks and indentation; None for one too small to hold text.

        Args:
            data: a file in any format that Pillow reads.
            keep: whether the picture itself is given back, for people.
        """
        from PIL import Image, UnidentifiedImageError

        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        try:
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    return Seen("", None, "The picture is too large to be read.", "")
                image = _on_white(opened)
        except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
            return Seen("", None, "The picture could not be decoded.", "")
        if image.width < SMALLEST or image.height < SMALLEST // 2:
            return None
        png = _small(image) if keep else ""
        if not self.there:
            return Seen("", None, "No text recognition is installed here (Debian package: tesseract-ocr).", png)
        return self._recognised(image, png)

    def _recognised(self, image: Image, png: str) -> Seen:
        import pytesseract

        scales = _SCALES[0] if image.width < _SMALL_WIDTH else _SCALES[1]
        try:
            readings = [_words(_found(_prepared(image, scale))) for scale in scales]
        except (RuntimeError, OSError, ValueError, pytesseract.TesseractError) as problem:
            return Seen("", None, f"Text recognition failed: {str(problem)[:150]}", png)
        readings = [words for words in readings if words]
        if not readings:
            return Seen("", None, "No text was found in the picture.", png)
        chosen = min(readings, key=lambda words: len(repair(_laid_out(words), from_picture=True).left_out))
        others = [words for words in readings if words is not chosen]
        agreement = max((fuzz.ratio(_joined(chosen), _joined(words)) / 100 for words in others), default=0.0)
        own = sum(word.confidence * len(word.text) for word in chosen) / sum(len(word.text) for word in chosen) / 100
        sure = agreement if own >= _DOUBTFUL else min(agreement, own)
        return Seen(_laid_out(chosen), round(max(0.0, sure), 3), "", png)


def _joined(words: list[_Word]) -> str:
    return "".join(word.text for word in words)


def _found(image: Image) -> dict[str, list[Any]]:
    import pytesseract

    found: dict[str, list[Any]] = pytesseract.image_to_data(
        image, lang="eng", config="--psm 6", timeout=_SECONDS, output_type=pytesseract.Output.DICT
    )
    return found


@dataclass(frozen=True)
class _Word:
    text: str
    confidence: float
    line: tuple[int, int, int]
    left: int
    width: int


def _words(found: dict[str, list[Any]]) -> list[_Word]:
    rows = zip(
        found["text"], found["conf"], found["block_num"], found["par_num"], found["line_num"], found["left"],
        found["width"], strict=True,
    )  # fmt: skip
    return [
        _Word(str(text).strip(), float(confidence), (int(block), int(paragraph), int(line)), int(left), int(width))
        for text, confidence, block, paragraph, line, left, width in rows
        if str(text).strip() and float(confidence) >= 0
    ]


def _laid_out(words: list[_Word]) -> str:
    """Lines as they stand in the picture, indented by where they begin."""
    letter = statistics.median(word.width / len(word.text) for word in words) or 1.0
    margin = min(word.left for word in words)
    lines = []
    for _, group in groupby(words, key=lambda word: word.line):
        line = list(group)
        indent = round((line[0].left - margin) / letter)
        # Half a letter is how the first letters of lines differ in shape; code is indented by two letters and more.
        lines.append(" " * min(80, indent if indent >= 2 else 0) + " ".join(word.text for word in line))
    return "\n".join(lines)


def _on_white(image: Image) -> Image:
    """The first frame, its transparent parts white."""
    from PIL import Image as Pictures

    shown = image.convert("RGBA")
    white = Pictures.new("RGBA", shown.size, (255, 255, 255, 255))
    return Pictures.alpha_composite(white, shown).convert("RGB")


def _prepared(image: Image, scale: float) -> Image:
    """Dark on light, in grey, and large enough."""
    from PIL import Image as Pictures
    from PIL import ImageOps, ImageStat

    grey = ImageOps.grayscale(image)
    if ImageStat.Stat(grey).mean[0] < 128:
        grey = ImageOps.invert(grey)
    factor = min(scale, (MAX_PIXELS / (grey.width * grey.height)) ** 0.5)
    grey = grey.resize((round(grey.width * factor), round(grey.height * factor)), Pictures.Resampling.LANCZOS)
    return ImageOps.expand(ImageOps.autocontrast(grey), _MARGIN, fill=255)


def _small(image: Image) -> str:
    """A PNG in Base64, small enough to be kept; empty when it cannot be."""
    shown = image.copy()
    shown.thumbnail((LARGEST_SHOWN, LARGEST_SHOWN))
    for colours in (64, 16):
        out = io.BytesIO()
        shown.quantize(colours).save(out, "PNG", optimize=True)
        encoded = base64.b64encode(out.getvalue()).decode("ascii")
        if len(encoded) <= MAX_PICTURE_BASE64:
            return encoded
        shown.thumbnail((LARGEST_SHOWN // 2, LARGEST_SHOWN // 2))
    return ""
