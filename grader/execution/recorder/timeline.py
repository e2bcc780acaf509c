"""The outbox: one JSON object per line, and arrays by their digest in `.npz` files without pickle."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from .digest import array_digest

MAXIMUM_ARRAYS_BYTES = 1 << 30
"""Stop writing weights past this many bytes in all; the rest is then simply not there."""


class Timeline:
    """Appends events to `OUTBOX/timeline.jsonl` and arrays to `OUTBOX/arrays-N.npz`."""

    def __init__(self) -> None:
        self._outbox: Path | None = None
        self._start = time.monotonic()
        self._lock = threading.RLock()
        self._written: set[str] = set()
        self._files = 0
        self._bytes = 0
        self._waiting: dict[str, Any] | None = None

    def open(self, outbox: Path) -> None:
        """Write from now on. What happened before belongs to no notebook and is not kept."""
        self._outbox = outbox
        self._start = time.monotonic()
        self._waiting = None

    def add(self, event: str, **fields: Any) -> None:
        """Append one event; each line is on disk before the call returns, so a crash loses nothing."""
        record = {"event": event, "time": round(time.monotonic() - self._start, 3), **fields}
        with self._lock:
            waiting, self._waiting = self._waiting, None
            if waiting is not None:
                self._write(waiting)
            self._write(record)

    def add_start(self) -> None:
        """Say when the recorder started, on the clock that the other side reads as well."""
        self.add("session", clock=self._start)

    def add_trainable(self, uid: int, value: bool, place: dict[str, int]) -> None:
        """Note that a layer's `trainable` was set; a loop over layers on one line becomes one event."""
        with self._lock:
            waiting = self._waiting
            if waiting is not None and waiting["place"] == place and waiting["value"] == value:
                waiting["uids"].append(uid)
                return
            if waiting is not None:
                self._write(waiting)
            now = round(time.monotonic() - self._start, 3)
            self._waiting = {"event": "trainable", "time": now, "uids": [uid], "value": value, "place": place}

    def _write(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, default=str, ensure_ascii=True) + "\n"
        if self._outbox is None:
            return
        with (self._outbox / "timeline.jsonl").open("a", encoding="ascii") as file:
            file.write(line)

    def add_config(self, config: Any) -> str:
        """Store a model configuration once; returns the digest that events refer to it by."""
        import hashlib

        text = json.dumps(config, default=str, ensure_ascii=True, sort_keys=True)
        digest = hashlib.sha256(text.encode("ascii")).hexdigest()
        if self._outbox is None:
            return digest
        path = self._outbox / f"config-{digest[:16]}.json"
        with self._lock:
            if not path.exists():
                path.write_text(text, encoding="ascii")
        return digest

    def add_arrays(self, arrays: list[np.ndarray[Any, Any]]) -> list[str]:
        """Store those arrays that are not stored yet; returns all their digests, in order."""
        digests = [array_digest(array) for array in arrays]
        if self._outbox is None:
            return digests
        with self._lock:
            new = {d: a for d, a in zip(digests, arrays, strict=True) if d not in self._written}
            size = sum(a.nbytes for a in new.values())
            if new and self._bytes + size <= MAXIMUM_ARRAYS_BYTES:
                self._files += 1
                self._bytes += size
                aside = self._outbox / "arrays.part"
                with aside.open("wb") as file:
                    np.savez(file, **new)  # type: ignore[arg-type]
                os.replace(aside, self._outbox / f"arrays-{self._files}.npz")  # noqa: PTH105
                self._written.update(new)
        return digests
