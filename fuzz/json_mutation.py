"""Change one thing in a JSON document: bytes alone hardly ever reach what stands behind a schema."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**31, 2**53, 2**63, 10**30, 0.5, 1e308, 1e-320, "", "nan", "inf", "-inf", "x",
    "a" * 64, "0" * 64, "\x00", "\ud800", "\u202e", "{x}", "<script>", "::error::", "../..", "x" * 301, [], {}, [[]],
)  # fmt: skip
_MOST = 4_000
"""Places looked at in one document."""


def mutate(data: bytes, seed: int, most: int) -> bytes | None:
    """`data` (JSON, or lines of JSON) with one value changed, at most `most` bytes; None when that cannot be."""
    chance = random.Random(seed)
    head, nul, tail = data.partition(b"\0")
    if nul and chance.random() < 0.4:
        changed = _changed(tail, chance)
        made = None if changed is None else head + nul + changed
    else:
        lines = head.split(b"\n")
        if len(lines) > 1 and lines[0][-1:] != b"}":
            lines = [head]
        number = chance.randrange(len(lines))
        changed = _changed(lines[number], chance)
        if changed is None:
            return None
        lines[number] = changed
        made = b"\n".join(lines) + nul + tail
    return made if made is not None and len(made) <= most else None


def _changed(text: bytes, chance: random.Random) -> bytes | None:
    try:
        value = json.loads(text)
        places = _places(value)
    except (ValueError, RecursionError):
        return None
    if not places:
        return None
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        holder, key = chance.choice(places)
        _change(holder, key, chance)
        places = _places(value)
        if not places:
            break
    try:
        return json.dumps(value).encode()
    except (ValueError, RecursionError):
        return None


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting and len(found) < _MOST:
        item = waiting.pop()
        keys: Any = item.keys() if isinstance(item, dict) else range(len(item)) if isinstance(item, list) else ()
        for key in keys:
            found.append((item, key))
            waiting.append(item[key])
    return found


def _change(holder: Any, key: Any, chance: random.Random) -> None:
    kind = chance.randrange(6)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    elif kind == 2 and isinstance(holder[key], int):
        holder[key] += chance.choice((-1, 1, 2, -(2**31)))
    elif kind == 3 and isinstance(holder, dict) and len(holder) > 1:
        holder[key] = copy.deepcopy(holder[chance.choice(list(holder))])
    elif kind == 4 and isinstance(holder[key], str):
        holder[key] += chance.choice(("x", "\u202e", "\n", "\ud800", holder[key][:200] * 3))
    else:
        holder[key] = copy.deepcopy(chance.choice(HOSTILE))
