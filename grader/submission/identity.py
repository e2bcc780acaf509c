"""Names from the outside: one form for people, one for file names."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

MAX_NAME = 80
"""Characters of a name shown to people."""

MAX_ID = 64
"""Characters of an id; leaves room for suffixes below the 255 bytes of common file systems."""

_DIGEST = 8

_DEVICE_NAMES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"com{n}" for n in range(1, 10)} | {f"lpt{n}" for n in range(1, 10)}
)
"""Names that Windows reserves in every folder: a report folder is often unpacked there."""

_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def display_name(name: str, limit: int = MAX_NAME) -> str:
    """`name` for people: no control, bidirectional or invisible characters, single spaces, at most `limit`.

    Never empty, encodable as UTF-8. It is still a stranger's text: escape it in HTML.
    """
    shown = "".join(" " if unicodedata.category(c) in _UNSHOWN or c.isspace() else c for c in name[: limit * 8])
    shown = " ".join(shown.split())
    if len(shown) > limit:
        shown = shown[: limit - 1].rstrip() + "…"
    return shown or "(no name)"


def slug(name: str) -> str:
    """`name` in lower-case ASCII letters, digits, `.`, `_` and `-`, fit for a file name; may be empty."""
    ascii_only = unicodedata.normalize("NFKD", name[:1024]).encode("ascii", "ignore").decode()
    dashed = re.sub(r"[^a-z0-9._-]+", "-", ascii_only.lower())
    cut = re.sub(r"-{2,}", "-", dashed).strip("-._")[:MAX_ID].rstrip("-._")
    return f"{cut}-" if cut.split(".")[0] in _DEVICE_NAMES else cut


def unique_ids(names: Sequence[str], keys: Sequence[str] | None = None) -> tuple[str, ...]:
    """One id per name, in order, all different even where a file system ignores case.

    An id depends on its own name alone, except where two names lead to one slug: then those that are not already
    spelled like the slug get a digest as a suffix. Of several names spelled alike none keeps the bare one, so that
    nobody takes another's id by coming first.

    Args:
        names: what the ids are to remind of.
        keys: what tells equal names apart and makes their digests, such as the whole file names; by default `names`.
    """
    slugs = [slug(name) for name in names]
    shared = Counter(slugs)
    spelled = Counter(names)
    taken: set[str] = set()
    ids: list[str] = []
    for name, key, plain in zip(names, keys or names, slugs, strict=True):
        own = shared[plain] == 1 or (name == plain and spelled[name] == 1)
        made = _with_digest(plain, key)
        candidate = plain if plain and own else made
        number = 2
        while candidate in taken:
            candidate = f"{made}-{number}"
            number += 1
        taken.add(candidate)
        ids.append(candidate)
    return tuple(ids)


def _with_digest(plain: str, name: str) -> str:
    digest = hashlib.sha256(os.fsencode(name) if _encodable(name) else repr(name).encode()).hexdigest()[:_DIGEST]
    return f"{(plain or 'submission')[: MAX_ID - _DIGEST - 6].rstrip('-._')}-{digest}"


def _encodable(name: str) -> bool:
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return True
