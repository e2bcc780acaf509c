"""Code as it stands in a report: pasted from a notebook or a terminal, and damaged on the way.

Word processors curl quotes and lose indentation, terminals leave prompts, lines are broken where a page ends, and
output stands between the statements. What can be put right without guessing is put right; a line that still is no
Python is left out, and said to be.
"""

from __future__ import annotations

import ast
import keyword
import re
import textwrap
import warnings
from dataclasses import dataclass

MAX_LINES = 2000
MOST_JOINED = 25
"""Lines over which one statement may stretch; a model built in one call takes some 20."""

_STRAIGHT = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"',
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "`": "'", "´": "'", "′": "'",
        "\u00a0": " ", "\u2007": " ", "\u202f": " ", "\u2009": " ", "\u3000": " ", "\t": "    ",
        "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "…": "...", "＝": "=", "（": "(", "）": ")",
        "\u200b": None, "\u200c": None, "\u200d": None, "\ufeff": None, "\u00ad": None, "\r": None, "\x0b": "\n",
        "\x0c": "\n", "\u2028": "\n", "\u2029": "\n",
    }
)  # fmt: skip
"""What editors make of the characters of code."""

_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.(?=\s|$)|(?:In\s?)?\[\s?\d{0,5}\s?\]\s?:(?!\s*\w+\s*=\s*$)|\$(?=\s))\s?")
_RESULT = re.compile(r"^\s*Out\s?\[\s?\d{0,5}\s?\]\s?:")
_OUTPUT = re.compile(
    r"^\s*(?:Epoch \d+/\d+|\d+/\d+ |Downloading data|Found \d+ (?:files|images)|Using \d+ files|Model: [\"']"
    r"|Total params|(?:Non-)?[Tt]rainable params|Traceback \(|WARNING|INFO:|Number of |[┏┃┡│├└━─=_]{1}[┏┃┡│├└━─=_ ]{4,}"
    r"|[│┃]|<[a-zA-Z_.]+[ >]"
    r"|Layer \(type\)|\(None, |\d{4}-\d\d-\d\d |\d+\s?\[=|loss: |accuracy: |val_)"
)
_CODE = re.compile(
    r"^\s*(?:import\s+[\w.]+|from\s+[\w.]+\s+import\b|@\w+|(?:def|class)\s+\w+.*:\s*(?:#.*)?$"
    r"|(?:for|while|with|if|elif)\b.*:\s*(?:#.*)?$|(?:else|try|finally)\s*:|return\b"
    r"|[\w.\[\], ]{1,80}?\s?[-+*/]?=(?!=)\s?\S"
    r"|[A-Za-z_][\w.]*\(|[)\]}]+[,):]*\s*(?:\(\w*\))?,?$|\w+\s?=\s?[^,]+,$|\w+\s?=\s*$|#\s?\w|[%!]\w)"
)
_NUMBERED = re.compile(r"^\s*(\d{1,3})[.:|]?\s+(?=\S)")


_GAP = re.compile(r"\b([A-Za-z]\w*?)_? _?(?=([A-Za-z]\w*))")
"""Two names with a gap between them, and what is left of the underscore."""


@dataclass(frozen=True)
class Pasted:
    """Code that parses, and the lines that were left out because they do not."""

    source: str
    left_out: tuple[str, ...] = ()
    changed: bool = False
    """Whether anything was put right: the reader of the report sees other characters than these."""


def looks_like_code(line: str) -> bool:
    """Whether a line by itself is most likely Python (or a notebook's prompt with Python behind it)."""
    text = _clean(line)
    if _OUTPUT.match(text):
        return False
    if _PROMPT.match(text) and text.strip():
        return True
    if not _CODE.match(text):
        return False
    words = re.findall(r"[A-Za-z]{2,}", text)
    # "Model = the thing that is trained": prose may hold a sign of equality.
    return len(words) <= 12 or "(" in text or text.rstrip().endswith((":", ","))


def repair(text: str, *, from_picture: bool = False) -> Pasted:
    """Make pasted code parse, statement by statement. Never raises, runs nothing.

    Args:
        text: as it was pasted.
        from_picture: it was read from a picture, where underscores are often seen as gaps.
    """
    stripped = [_without_prompt(line) for line in _clean(text).split("\n")[:MAX_LINES]]
    if from_picture:
        stripped = [None if line is None else _with_underscores(line) for line in stripped]
    lines = _without_numbers([line for line in stripped if line is not None])
    joined = textwrap.dedent("\n".join(lines)).strip("\n")
    if _parses(joined):
        return Pasted(joined, changed=joined != text.strip("\n"))
    kept: list[str] = []
    left_out: list[str] = []
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        statement, used = _statement(lines, at)
        if statement is None:
            left_out.append(lines[at].strip())
        else:
            kept.append(statement)
        at += used
    return Pasted("\n".join(kept), tuple(left_out), changed=True)


def _clean(text: str) -> str:
    return text.translate(_STRAIGHT)


def _without_prompt(line: str) -> str | None:
    if _RESULT.match(line) or _OUTPUT.match(line):
        return None
    previous = None
    while previous != line:
        # Doctest prompts inside a notebook's prompt: `In [3]: >>> x = 1`.
        previous, line = line, _PROMPT.sub("", line, count=1)
    # Magics and shell commands are no Python, and say nothing that is judged here.
    return None if re.match(r"\s*[%!]", line) else line.rstrip()


def _with_underscores(line: str) -> str:
    """`base model.trainable` as `base_model.trainable`: between two names Python allows nothing but an underscore."""
    if keyword.iskeyword((line.split() or [""])[0]) or line.count("'") % 2 or line.count('"') % 2:
        return line
    parts = re.split(r"(\"[^\"]*\"|'[^']*'|#.*)", line)
    for index in range(0, len(parts), 2):
        parts[index] = _GAP.sub(_underscored, parts[index])
    return "".join(parts)


def _underscored(gap: re.Match[str]) -> str:
    return gap[0] if keyword.iskeyword(gap[1]) or keyword.iskeyword(gap[2]) else f"{gap[1]}_"


def _without_numbers(lines: list[str]) -> list[str]:
    """Take out line numbers, if nearly every line has one and they count upwards."""
    present = [line for line in lines if line.strip()]
    found = [match for line in present if (match := _NUMBERED.match(line))]
    numbers = [int(match[1]) for match in found]
    if len(numbers) < 3 or len(numbers) < 0.8 * len(present) or numbers != sorted(set(numbers)):
        return lines
    return [_NUMBERED.sub("", line, count=1) for line in lines]


def _statement(lines: list[str], at: int) -> tuple[str | None, int]:
    """The statement that begins at a line, and how many lines it takes; None where no reading of it is Python."""
    first = lines[at].strip()
    if first.endswith(":") and re.match(r"(?:for|while|with|if|elif|else|try|def|class)\b", first):
        return _block(lines, at)
    for count in range(1, min(MOST_JOINED, len(lines) - at) + 1):
        taken = [line.strip() for line in lines[at : at + count]]
        if count > 1 and not taken[-1]:
            break
        following = lines[at + count].strip() if at + count < len(lines) else ""
        if following.startswith((".", ")", "]", "}", ",")) and not following.startswith("..."):
            continue
        # As it stands; as one line that was broken between words; as one broken within a word.
        for source in ("\n".join(taken), _on_one_line(taken), "".join(taken)):
            if _parses(source):
                return source, count
        if count > 1 and not _is_open(" ".join(taken[:-1])):
            break
    return None, 1


def _block(lines: list[str], at: int) -> tuple[str | None, int]:
    """A `for`, `if` or `def` with what belongs to it, indented anew where the indentation was lost."""
    head = lines[at].strip()
    indent = len(lines[at]) - len(lines[at].lstrip())
    body: list[str] = []
    index = at + 1
    indented = index < len(lines) and len(lines[index]) - len(lines[index].lstrip()) > indent
    whole_function = head.startswith(("def ", "class "))
    while index < len(lines) and len(body) < 60:
        line = lines[index]
        if not line.strip():
            if not (whole_function and not indented):
                break
            index += 1
            continue
        if indented and len(line) - len(line.lstrip()) <= indent:
            break
        if indented:
            body.append(line)
            index += 1
            continue
        inner, used = _statement(lines, index)
        if inner is None:
            break
        body.append(textwrap.indent(inner, "    "))
        index += used
        if not whole_function or inner.startswith("return"):
            break
    source = head + "\n" + (textwrap.indent(textwrap.dedent("\n".join(body)), "    ") if indented else "\n".join(body))
    if body and _parses(source):
        return source, index - at
    return None, 1


def _on_one_line(lines: list[str]) -> str:
    """Lines joined by blanks, but for those that break within quotes."""
    joined = ""
    for line in lines:
        joined += line if not joined or _ends(joined)[1] else f" {line}"
    return joined


def _is_open(source: str) -> bool:
    """Whether brackets or quotes are still open, so that more lines may belong to it."""
    depth, quote = _ends(source)
    return depth > 0 or bool(quote) or source.rstrip().endswith(("\\", "=", ",", ".", "("))


def _ends(source: str) -> tuple[int, str]:
    """Brackets and the quote that are open where the text ends."""
    depth = 0
    quote = ""
    for character in source:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
    return depth, quote


def _parses(source: str) -> bool:
    if not source.strip():
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
