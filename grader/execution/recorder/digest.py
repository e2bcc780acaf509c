"""Digests of weights. Used inside a student's kernel and outside of it, so NumPy and hashlib only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt


def array_digest(array: npt.NDArray[Any]) -> str:
    """SHA-256 in hexadecimal over type, shape and values (C order) of an array of any shape and dtype."""
    whole = np.asarray(array)
    head = f"{whole.dtype.str}{whole.shape}".encode()
    # `tobytes` gives C order for every memory layout, and keeps the shape () of scalars, unlike ascontiguousarray.
    return hashlib.sha256(head + whole.tobytes(order="C")).hexdigest()


def combined_digest(digests: Iterable[str]) -> str:
    """SHA-256 in hexadecimal over the given digests in order: one digest for a layer or a whole network."""
    return hashlib.sha256("".join(digests).encode("ascii")).hexdigest()
