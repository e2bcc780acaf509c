"""Reports: one HTML page per student (`render_report`), one overview per class (`render_overview`, with `render_sheets`
for a class that one page cannot hold)."""

from grader.report.overview import render_overview
from grader.report.rows import BatchInfo, OverviewRow
from grader.report.sheet_pages import render_sheets
from grader.report.student import render_report

__all__ = ["BatchInfo", "OverviewRow", "render_overview", "render_report", "render_sheets"]
