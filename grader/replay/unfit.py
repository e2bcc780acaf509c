"""Why a training cannot be replayed, in words for people."""

from __future__ import annotations


class Unfit(ValueError):  # noqa: N818 -- it describes the training, not a fault of ours
    """This training cannot be replayed; the text says why, as the end of a sentence that begins with "because"."""


def short(text: object) -> str:
    """A student's word, cut short and without anything that could not be printed."""
    plain = "".join(character if character.isprintable() else " " for character in str(text)[:60])
    return plain.encode("utf-8", "replace").decode()
