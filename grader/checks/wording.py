"""Filling templates with values that may come from a student's notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Formatter

LONGEST_VALUE = 200


def placeholders(template: str) -> tuple[str, ...]:
    """The `{names}` a template uses.

    Raises:
        ValueError: the braces do not match, or a placeholder is more than a plain name.
    """
    names = []
    for _, name, specification, conversion in Formatter().parse(template):
        if name is None:
            continue
        if not name.isidentifier() or specification or conversion:
            raise ValueError(f"{{{name}}} is not a plain name in braces")
        names.append(name)
    return tuple(dict.fromkeys(names))


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its placeholders replaced, as one sentence that starts with a capital.

    Values are text only: nothing in them is interpreted. An empty value leaves no gap behind.
    """
    parts = []
    for literal, name, _, _ in Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            parts.append(harmless(values.get(name, "?")))
    sentence = " ".join("".join(parts).split())
    return sentence[:1].upper() + sentence[1:]


def harmless(text: str) -> str:
    """One short line without control or direction-changing characters (they can forge a terminal's output)."""
    line = "".join(character if character.isprintable() else " " for character in text[: 4 * LONGEST_VALUE])
    line = " ".join(line.split())
    return line if len(line) <= LONGEST_VALUE else line[: LONGEST_VALUE - 1] + "…"


def listed(items: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    words = list(dict.fromkeys(items))
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""


def percent(fraction: float) -> str:
    """`0.9583` as `95.8 %`."""
    return f"{100 * fraction:.1f} %"


def number(value: float) -> str:
    """Three significant digits, without an exponent where a person would write none."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
