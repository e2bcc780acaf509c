"""Where benchmarks keep what is dear to make: peers' environments, the demo pack, the reference's result."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parents[1]


def cache() -> Path:
    """`GRADER_BENCHMARKS` if set, else a folder of the user's cache."""
    given = os.environ.get("GRADER_BENCHMARKS")
    folder = Path(given) if given else platformdirs.user_cache_path("lab-grader") / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment() -> dict[str, str]:
    """For commands of this checkout: a data folder of the benchmarks' own, so that nothing of the user's is touched."""
    return {"GRADER_HOME": str(cache() / "home"), "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
