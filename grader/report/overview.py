"""The overview of a class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from grader.report import page, sorting
from grader.report.distribution import LEGEND, Difficulty, Histogram, Key, difficulties, histogram
from grader.report.rows import BatchInfo, Need, OverviewRow, by_name, need, waiting_code
from grader.report.run_facts import Fact
from grader.report.visible_text import prose
from grader.report.wording import (
    MARKS,
    RESULTS,
    RUNS_IN_SHORT,
    accuracy,
    counted,
    duration,
    listed,
    moment,
    number,
    policy,
)
from grader.rubric.model import Rubric
from grader.verdict import Verdict

__all__ = ["BatchInfo", "OverviewRow", "render_overview"]

MOST_NAMES = 60
"""Names listed per reason; the sorted table has them all."""
MANY_NAMES = 8
"""A longer list takes the width of the page."""

_REASONS: dict[Need, tuple[str, str]] = {
    "ours": ("Our side failed", "No points were lost. Grade these again."),
    "unreadable": ("Could not be read", "Ask for a new file."),
    "code": ("Code to look at", "The grader could not decide everything here."),
    "written": ("Only written answers to mark", "The code is decided."),
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
    open: bool
    wide: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A criterion's mark in the table: class for shape and colour, word for those who cannot see them."""

    css: str
    word: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. `index` numbers lines in the order of names, from 0."""

    index: int
    name: str
    id: str
    href: str
    cells: tuple[Cell, ...]
    total: str
    pending: str
    status: str
    accuracy: str
    run: str
    time: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the template shows, in its order."""

    title: str
    summary: tuple[str, ...]
    pack_notice: str
    groups: tuple[Group, ...]
    histogram: Histogram
    difficulties: tuple[Difficulty, ...]
    legend: tuple[Key, ...]
    criteria: tuple[str, ...]
    orders: tuple[sorting.Order, ...]
    rows: tuple[Row, ...]
    facts: tuple[Fact, ...]


def render_overview(rubric: Rubric, rows: Sequence[OverviewRow], batch_info: BatchInfo) -> str:
    """The HTML page of a class: self-contained, sortable without scripts, everything from outside escaped."""
    ordered = by_name(rows)
    needs = [need(row, rubric) for row in ordered]
    css = "\n".join(
        [
            f":root {{ --criteria: {max(1, len(rubric.criteria))}; }}",
            sorting.rules(),
            sorting.ranks([row.result for row in ordered], needs),
        ]
    )
    view = _overview(rubric, ordered, needs, batch_info)
    return page.render("overview.html", ("page.css", "overview.css"), css, overview=view)


def _overview(rubric: Rubric, rows: list[OverviewRow], needs: list[Need], batch: BatchInfo) -> Overview:
    results = [row.result for row in rows]
    return Overview(
        title=prose(batch.title, 160),
        summary=_summary(rows, needs),
        pack_notice=_pack_notice(batch),
        groups=tuple(_groups(rubric, rows, needs)),
        histogram=histogram(results),
        difficulties=difficulties(results, rubric),
        legend=LEGEND,
        criteria=tuple(prose(criterion.title, 160) for criterion in rubric.criteria),
        orders=sorting.ORDERS,
        rows=tuple(_row(index, row, rubric) for index, row in enumerate(rows)),
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
    for reason, (title, advice) in _REASONS.items():
        members = [row for row, why in zip(rows, needs, strict=True) if why == reason]
        if reason != "code":
            yield from _group(title, advice, [(row, "") for row in members], open_=reason != "written")
            continue
        waiting = [(row, waiting_code(row.result, rubric)) for row in members]
        for criterion in rubric.criteria:
            alone = [(row, "") for row, ids in waiting if ids == [criterion.id]]
            yield from _group(f"{title}: {prose(criterion.title, 160)}", advice, alone, open_=True)
        titles = {criterion.id: prose(criterion.title, 60) for criterion in rubric.criteria}
        several = [(row, _several([titles.get(id_, id_) for id_ in ids])) for row, ids in waiting if len(ids) > 1]
        yield from _group(f"{title}: several criteria", advice, several, open_=True)


def _group(title: str, advice: str, members: list[tuple[OverviewRow, str]], *, open_: bool) -> Iterator[Group]:
    if not members:
        return
    left = len(members) - MOST_NAMES
    yield Group(
        title=title,
        advice=advice,
        count=f"{len(members):,}",
        people=tuple(Person(_name(row), link(row.href), why) for row, why in members[:MOST_NAMES]),
        notice=f"And {left:,} more. Sort the table below by “Needs a person first”." if left > 0 else "",
        open=open_,
        wide=len(members) > MANY_NAMES,
    )


def _several(titles: list[str]) -> str:
    return listed(titles) if len(titles) <= 3 else f"{', '.join(titles[:3])} and {len(titles) - 3} more"


def _row(index: int, row: OverviewRow, rubric: Rubric) -> Row:
    verdicts = {verdict.criterion: verdict for verdict in row.result.verdicts}
    total = row.result.total
    return Row(
        index=index,
        name=_name(row),
        id=prose(row.id, 40) if row.id != row.name else "",
        href=link(row.href),
        cells=tuple(_cell(verdicts.get(criterion.id)) for criterion in rubric.criteria),
        total=f"{number(total.points)} of {number(total.counted)}" if total.counted else "–",
        pending=f"+{number(total.pending)} open" if total.pending else "",
        status=RESULTS[row.result.status],
        accuracy=accuracy(row.accuracy),
        run=RUNS_IN_SHORT[row.run_status],
        time=duration(row.seconds) if row.seconds else "",
    )


def _cell(verdict: Verdict | None) -> Cell:
    if verdict is None:
        return Cell("absent", "no verdict")
    mark = MARKS[verdict.status]
    if verdict.status == "partial":
        return Cell(mark.css, f"{mark.word}, {number(verdict.points)} of {number(verdict.maximum)}")
    return Cell(mark.css, "Needs a person" if verdict.status == "needs_review" else mark.word)


def _name(row: OverviewRow) -> str:
    return prose(row.name, 80) or prose(row.id, 80) or "No name given"


def link(href: str) -> str:
    """A link to a file below this page, percent-encoded: no scheme, no host, no way up; else empty."""
    parts = href.split("/")
    if not href or any(part in {"", ".", ".."} for part in parts):
        return ""
    return quote(href[:1000], safe="/-._~", errors="replace")


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
