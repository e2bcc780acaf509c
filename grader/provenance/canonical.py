"""One spelling for each JSON value, so that two documents are equal exactly when their bytes are.

The text is ASCII and free of `<`, `>` and `&`: it can stand in HTML as it is and is read back as it was written.
Within these limits it follows RFC 8785 (sorted keys, no white space); other than there, everything beyond ASCII is
written as `\\uXXXX`, and a whole float keeps its `.0`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

_NEVER_BARE = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\x7f"}


def canonical(value: Any) -> bytes:
    """The one spelling of a JSON value.

    Raises:
        ValueError: NaN or an infinity in it, which JSON does not have.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.translate(_NEVER_BARE).encode("ascii")


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()
