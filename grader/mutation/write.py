"""The files of a verification: JSON for machines, Markdown for a closing note, one page for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grader.mutation.campaign import Campaign
from grader.mutation.outcome import Row, in_words
from grader.mutation.show import summary
from grader.report.page import render
from grader.storage import write_text_atomically

SOURCES = (("sample", "Samples"), ("mutant", "Mutants"), ("rewrite", "Rewrites"))
_COLUMNS = ("caught", "missed", "other", "asked_lost", "kept", "waiting", "blocked", "wronged", "asked_kept")


def write_campaign(out: Path, campaign: Campaign) -> None:
    """Write `verification.json`, `verification.md` and `verification.html` below `out`."""
    write_text_atomically(out / "verification.json", json.dumps(as_data(campaign), indent=1, ensure_ascii=False) + "\n")
    write_text_atomically(out / "verification.md", as_markdown(campaign))
    write_text_atomically(out / "verification.html", as_page(campaign))


def as_data(campaign: Campaign) -> dict[str, Any]:
    """Everything, as plain data."""
    return {
        "schema": 1,
        "rubric": {"id": campaign.rubric.lab.id, "sha256": campaign.rubric.digest},
        "reference": campaign.reference.name,
        "training": campaign.training,
        "as_expected": campaign.as_expected,
        "lost_by_reference": list(campaign.lost_by_reference),
        "confusion": {
            source: {row.criterion: {name: getattr(row, name) for name in _COLUMNS} for row in campaign.table(source)}
            for source, _ in SOURCES
        },
        "outcomes": [
            {
                "name": each.name, "source": each.source, "says": each.says, "as_expected": each.as_expected,
                "criteria": [
                    {
                        "id": part.criterion, "answer": part.answer, "status": part.verdict.status,
                        "points": part.verdict.points, "maximum": part.verdict.maximum,
                        "findings": [finding.code for finding in part.verdict.findings],
                        "expected": sorted(part.expected.statuses), "expected_findings": list(part.expected.codes),
                    }
                    for part in each.criteria
                ],
            }
            for each in campaign.outcomes
        ],
        "not_applicable": [
            {"name": made.name, "source": made.kind, "why": made.why_not} for made in campaign.not_applicable
        ],
    }  # fmt: skip


def as_markdown(campaign: Campaign) -> str:
    """The confusion tables and every surprise, to be pasted into a note."""
    lines = [
        f"# Verification of {campaign.rubric.lab.id}",
        "",
        *(f"- {line.strip()}" for line in summary(campaign)),
        "",
    ]
    for source, title in SOURCES:
        rows = campaign.table(source)
        if any(_used(row) for row in rows):
            lines += [f"## {title}", "", *_markdown_table(rows), ""]
    surprises = [each for each in campaign.outcomes if not each.as_expected]
    if surprises:
        lines += ["## Not as expected", ""]
        lines += [f"- **{each.name}** ({each.says}): {'; '.join(map(in_words, each.wrong))}" for each in surprises]
        lines.append("")
    return "\n".join(lines)


def as_page(campaign: Campaign) -> str:
    """The page for people."""
    tables = [(title, campaign.table(source)) for source, title in SOURCES]
    groups = [
        (title, [each for each in campaign.outcomes if each.source == source],
         [made for made in campaign.not_applicable if made.kind == source])
        for source, title in SOURCES
    ]  # fmt: skip
    return render(
        "verification.html", ("page.css", "verification.css"), campaign=campaign, words=in_words,
        tables=[(title, rows) for title, rows in tables if any(_used(row) for row in rows)],
        groups=[group for group in groups if group[1] or group[2]],
        summary=[line for line in summary(campaign) if not line.startswith(" ")],
    )  # fmt: skip


def _used(row: Row) -> bool:
    return any(getattr(row, name) for name in _COLUMNS)


def _markdown_table(rows: tuple[Row, ...]) -> list[str]:
    heading = (
        "criterion",
        "caught",
        "missed",
        "lost otherwise",
        "asked",
        "kept",
        "waiting",
        "blocked",
        "lost",
        "asked",
    )
    return [
        f"| {' | '.join(heading)} |", f"|---|{'---:|' * len(_COLUMNS)}",
        *(f"| {row.criterion} | {' | '.join(str(getattr(row, name)) for name in _COLUMNS)} |" for row in rows),
    ]  # fmt: skip
