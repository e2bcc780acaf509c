"""`SECURITY.md` names every known attack, and every test it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = [line for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
KNOWN = {"K": 13, "F": 8, "R": 11, "N": 6, "H": 7, "M": 11, "W": 7, "P": 3, "A": 6}
"""How many attacks of each kind have been thought of so far."""


@pytest.mark.parametrize("kind", KNOWN)
def test_every_attack_has_a_line(kind: str) -> None:
    named = set(re.findall(r"\b[A-Z]\d+\b", " ".join(line.split("|")[1] for line in TABLE)))
    assert {f"{kind}{number}" for number in range(1, KNOWN[kind] + 1)} <= named


def test_every_test_named_is_there() -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    for line in TABLE[1:]:
        for name in re.findall(r"test_[a-z0-9_]+\.py", line):
            assert name in files, f"{name} in {line[:60]}"
        for name in re.findall(r"(?<![\w/])(?:::|…::)?(test_[a-z0-9_]+)(?!\.py|\w)", line):
            assert any(f"def {name}(" in text for text in files.values()), f"{name} in {line[:60]}"
