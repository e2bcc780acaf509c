"""Reports: one HTML page per student (`render_report`), one overview per class (`render_overview`)."""

from grader.report.overview import render_overview
from grader.report.rows import BatchInfo, OverviewRow
from grader.report.student import render_report

__all__ = ["BatchInfo", "OverviewRow", "render_overview", "render_report"]
