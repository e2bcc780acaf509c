"""The overview of a class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.report import page
from grader.report.class_table import ClassTable, class_table, link, name_of, table_css
from grader.report.distribution import Difficulty, Histogram, difficulties, histogram
from grader.report.rows import BatchInfo, Need, OverviewRow, by_name, need, waiting_code
from grader.report.run_facts import Fact
from grader.report.sheets import (
    MOST_ON_ONE_PAGE,
    ROWS_PER_SHEET,
    STATES,
    Arrangement,
    arrangements,
    first_sheet_of,
)
from grader.report.visible_text import prose
from grader.report.wording import counted, duration, listed, moment, policy
from grader.rubric.model import Rubric

__all__ = ["BatchInfo", "OverviewRow", "render_overview"]

MOST_NAMES = 60
"""Names listed per reason; the sorted table has them all."""
MANY_NAMES = 8
"""A longer list takes the width of the page."""

_SHEETS = (
    f"Pages of {ROWS_PER_SHEET}. Everybody is on three of them: among the names, among the totals, and among those in "
    "the same state."
)
_IN_THE_TABLE = " Sort the table below by “Needs a person first”."

_ADVICE: dict[Need, str] = {
    "ours": "No points were lost. Grade these again.",
    "unreadable": "Ask for a new file.",
    "code": "The grader could not decide everything here.",
    "written": "The code is decided.",
}


@dataclass(frozen=True, slots=True)
class Person:
    """A submission in the list of those who need a human. `why` names what is open."""

    name: str
    href: str
    why: str


@dataclass(frozen=True, slots=True)
class Group:
    """Submissions that need a person for the same reason. `open` unless the list is long."""

    title: str
    advice: str
    count: str
    people: tuple[Person, ...]
    notice: str
    more: str
    """The page that has them all; empty when the table below does."""
    open: bool
    wide: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the template shows, in its order."""

    title: str
    summary: tuple[str, ...]
    pack_notice: str
    groups: tuple[Group, ...]
    histogram: Histogram
    difficulties: tuple[Difficulty, ...]
    table: ClassTable | None
    """None for a class that is laid out on several pages."""
    arrangements: tuple[Arrangement, ...]
    sheets_notice: str
    facts: tuple[Fact, ...]


def render_overview(rubric: Rubric, rows: Sequence[OverviewRow], batch_info: BatchInfo) -> str:
    """The HTML page of a class: sortable without scripts, everything from outside escaped.

    A large class has its rows on pages of their own (`render_sheets`), to which this one leads.
    """
    ordered = by_name(rows)
    needs = [need(row, rubric) for row in ordered]
    css = "" if len(rows) > MOST_ON_ONE_PAGE else table_css(rubric, ordered, needs)
    view = _overview(rubric, ordered, needs, batch_info)
    return page.render("overview.html", ("page.css", "overview.css"), css, overview=view)


def _overview(rubric: Rubric, rows: list[OverviewRow], needs: list[Need], batch: BatchInfo) -> Overview:
    results = [row.result for row in rows]
    many = len(rows) > MOST_ON_ONE_PAGE
    return Overview(
        title=prose(batch.title, 160),
        summary=_summary(rows, needs),
        pack_notice=_pack_notice(batch),
        groups=tuple(_groups(rubric, rows, needs)),
        histogram=histogram(results),
        difficulties=difficulties(results, rubric),
        table=None if many else class_table(rubric, rows),
        arrangements=arrangements(rows, needs) if many else (),
        sheets_notice=_SHEETS,
        facts=_facts(batch, rubric),
    )


def _summary(rows: list[OverviewRow], needs: list[Need]) -> tuple[str, ...]:
    counts = Counter(needs)
    final = sum(row.result.total.final for row in rows)
    parts = [counted(len(rows), "submission"), f"{final:,} final"]
    waiting = counts["code"] + counts["written"]
    if waiting:
        parts.append(f"{waiting:,} {'waits' if waiting == 1 else 'wait'} for a person")
    if counts["unreadable"]:
        parts.append(f"{counts['unreadable']:,} could not be read")
    if counts["ours"]:
        parts.append(f"{counts['ours']:,} failed on our side")
    return tuple(parts)


def _pack_notice(batch: BatchInfo) -> str:
    notice = prose(batch.pack_notice, 400)
    if batch.imagenet or "imagenet" in notice.lower():
        return notice
    return f"The weights in the asset pack “{prose(batch.pack, 60)}” are not ImageNet weights. {notice}".strip()


def _groups(rubric: Rubric, rows: list[OverviewRow], needs: list[Need]) -> Iterator[Group]:
    """One group per reason; open criteria about code get a group each, students with several a common one."""
    for reason, advice in _ADVICE.items():
        title, more = STATES[reason], first_sheet_of(reason) if len(rows) > MOST_ON_ONE_PAGE else ""
        members = [row for row, why in zip(rows, needs, strict=True) if why == reason]
        if reason != "code":
            yield from _group(
                title, advice, [(row, "") for row in members], more, open_=reason != "written" and not more
            )
            continue
        waiting = [(row, waiting_code(row.result, rubric)) for row in members]
        for criterion in rubric.criteria:
            alone = [(row, "") for row, ids in waiting if ids == [criterion.id]]
            yield from _group(f"{title}: {prose(criterion.title, 160)}", advice, alone, more, open_=not more)
        titles = {criterion.id: prose(criterion.title, 60) for criterion in rubric.criteria}
        several = [(row, _several([titles.get(id_, id_) for id_ in ids])) for row, ids in waiting if len(ids) > 1]
        yield from _group(f"{title}: several criteria", advice, several, more, open_=not more)


def _group(
    title: str, advice: str, members: list[tuple[OverviewRow, str]], more: str, *, open_: bool
) -> Iterator[Group]:
    if not members:
        return
    left = len(members) - MOST_NAMES
    yield Group(
        title=title,
        advice=advice,
        count=f"{len(members):,}",
        people=tuple(Person(name_of(row), link(row.href), why) for row, why in members[:MOST_NAMES]),
        notice=f"And {left:,} more.{'' if more else _IN_THE_TABLE}" if left > 0 else "",
        more=more,
        open=open_,
        wide=len(members) > MANY_NAMES,
    )


def _several(titles: list[str]) -> str:
    return listed(titles) if len(titles) <= 3 else f"{', '.join(titles[:3])} and {len(titles) - 3} more"


def _facts(batch: BatchInfo, rubric: Rubric) -> tuple[Fact, ...]:
    return (
        Fact("Lab", (prose(rubric.lab.title, 160),)),
        Fact("Started", (moment(batch.started),)),
        Fact("Took", (duration(batch.seconds),)),
        Fact("Training policy", (policy(batch.policy),)),
        Fact("Asset pack", (prose(batch.pack, 60),)),
        Fact("Sandbox", (prose(batch.sandbox, 60),)),
        Fact("Grader", (prose(batch.grader_version, 40),)),
        Fact("Rubric digest", (prose(rubric.digest, 80),), digest=True),
    )
