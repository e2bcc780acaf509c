"""Small signed files of our own: what was kept is believed again only if this very key wrote it for this very use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.provenance.canonical import canonical
from grader.provenance.files import private_folder, read_file, write_private
from grader.provenance.keys import SigningKey

MAXIMUM_ENTRY_BYTES = 1 << 20


def signed_entry(content: dict[str, Any], purpose: str, key: SigningKey) -> bytes:
    """The file's bytes. `purpose` names the use and whatever the content is about, so that no other entry fits."""
    return canonical({"content": content, "signature": key.sign(purpose, canonical(content))})


def write_entry(path: Path, content: dict[str, Any], purpose: str, key: SigningKey) -> None:
    """Keep an entry, readable and writable by its owner only.

    Raises:
        OSError: cannot be written.
    """
    private_folder(path.parent)
    write_private(path, signed_entry(content, purpose, key), replace=True)


def read_entry(path: Path, purpose: str, key: SigningKey) -> dict[str, Any] | None:
    """The content, or None for whatever is not exactly what `write_entry` wrote with this purpose and key."""
    try:
        data = read_file(path, MAXIMUM_ENTRY_BYTES)
        value = json.loads(data)
        content, signature = value["content"], value["signature"]
        spelled = canonical({"content": content, "signature": signature})
    except (UsageError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if spelled != data or not isinstance(content, dict) or not isinstance(signature, str):
        return None
    return content if key.public.verifies(purpose, canonical(content), signature) else None
