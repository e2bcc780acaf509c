"""Recognise the prose of published tutorials without storing it.

What is kept is a set of 64-bit BLAKE2b digests of overlapping runs of six words ("shingles", after Broder, "On the
resemblance and containment of documents", 1997), from which the text cannot be read back. Made by::

    python -m grader.answers.fingerprint NOTEBOOK... > grader/answers/tutorials.json

from all revisions of the TensorFlow tutorial "Transfer learning and fine-tuning" and of the Keras guide of the same
name (both published under Apache 2.0).
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import struct
import sys
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from grader.answers.words import words_of

SHINGLE_WORDS = 6
"""Long enough that six words in a row of one's own are hardly ever a tutorial's, short enough to survive an edit."""

_FILE = "tutorials.json"
_DIGEST = struct.Struct("<Q")


def _digest(words: list[str]) -> int:
    hashed = hashlib.blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=_DIGEST.size).digest()
    return int(_DIGEST.unpack(hashed)[0])


def _shingles(words: list[str]) -> list[int]:
    return [_digest(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)]


@functools.cache
def _known(name: str) -> frozenset[int]:
    stored = json.loads(resources.files("grader.answers").joinpath(_FILE).read_text("utf-8"))
    return unpack(stored[name])


def unpack(packed: str) -> frozenset[int]:
    """The digests in their stored form."""
    return frozenset(value for (value,) in _DIGEST.iter_unpack(base64.b64decode(packed)))


def copied_share(text: str) -> float:
    """Fraction of the words of `text` that stand in a run of six words of a known tutorial, in [0, 1].

    A text of fewer than six words counts as a whole if it is a whole line there, else not at all.
    """
    words = [word.text for word in words_of(text)]
    if len(words) < SHINGLE_WORDS:
        return float(bool(words) and _digest(words) in _known("lines"))
    shingles = _known("shingles")
    covered_up_to = covered = 0
    for start, digest in enumerate(_shingles(words)):
        if digest in shingles:
            end = start + SHINGLE_WORDS
            covered += end - max(start, covered_up_to)
            covered_up_to = end
    return covered / len(words)


def is_tutorial_line(text: str) -> bool:
    """Whether `text` is, word for word, a line (such as a heading) of a known tutorial."""
    words = [word.text for word in words_of(text[:2000])]
    return bool(words) and _digest(words) in _known("lines")


def make_fingerprint(texts: Iterable[str]) -> dict[str, str]:
    """The stored form for Markdown cells' `texts`: Base64 of sorted little-endian 64-bit digests."""
    shingles: set[int] = set()
    lines: set[int] = set()
    for text in texts:
        shingles.update(_shingles([word.text for word in words_of(text)]))
        for line in text.split("\n"):
            words = [word.text for word in words_of(line)]
            if words:
                lines.add(_digest(words))
    return {"lines": _packed(lines), "shingles": _packed(shingles)}


def _packed(values: set[int]) -> str:
    return base64.b64encode(b"".join(_DIGEST.pack(value) for value in sorted(values))).decode()


def _markdown_cells(paths: Iterable[Path]) -> Iterable[str]:
    from grader.submission.notebook import read_notebook

    for path in paths:
        yield from (cell.source for cell in read_notebook(path).notebook.cells if cell.cell_type == "markdown")


if __name__ == "__main__":
    about = "Digests of tutorials' prose; see grader/answers/fingerprint.py"
    made = {"about": about, **make_fingerprint(_markdown_cells(map(Path, sys.argv[1:])))}
    sys.stdout.write(json.dumps(made, indent=1) + "\n")
