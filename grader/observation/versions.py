"""Versions of what decides how a notebook runs."""

from __future__ import annotations

import importlib.metadata
import platform

PACKAGES = ("tensorflow", "keras", "tf_keras", "numpy", "nbclient", "ipykernel")


def versions() -> dict[str, str]:
    """By package, read from package metadata without importing anything."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
