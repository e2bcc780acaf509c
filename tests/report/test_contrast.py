"""Every text colour on every ground it stands on: at least 4.5 to 1 (WCAG 2.2, 1.4.3), in the light and in the dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import grader.report

CSS = (Path(grader.report.__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
LIGHT, DARK, PRINT = (
    dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6});", part)) for part in re.split(r"@media [^{]*(?:dark|print)", CSS)
)
STATUSES = ("met", "partial", "unmet", "review", "blocked", "ours")
CODE = ("ink", "soft", "keyword", "string", "comment", "number", "function")
PAIRS = [
    *((text, "paper") for text in ("ink", "soft", "link", *STATUSES)),
    *((text, ground) for text in CODE for ground in ("raised", "marked")),
    *((text, "shade") for text in ("ink", "soft", "link")),
    ("unmet", "raised"),
    ("link", "raised"),
]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_contrast(scheme: str, text: str, ground: str) -> None:
    colours = {"light": LIGHT, "dark": DARK, "print": PRINT}[scheme]
    one, other = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (one + 0.05) / (other + 0.05) >= 4.5


def test_no_colour_outside_the_palette() -> None:
    for sheet in ("report.css", "overview.css"):
        text = (Path(grader.report.__file__).parent / "templates" / sheet).read_text(encoding="utf-8")
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", text)
