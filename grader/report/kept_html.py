"""Pieces of a page that the points of a rubric have no say in: made once for the evidence, then kept as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from markupsafe import Markup
from pydantic import TypeAdapter

from grader.report import page
from grader.worked_out import worked_out

_TEXT = TypeAdapter(str)


def kept_html(
    what: str, inputs: Iterable[str], template: str, view: Callable[[], Mapping[str, object]]
) -> Markup:  # fmt: skip
    """That template filled in with that view, or what came of it before.

    Args:
        what: names the piece, without spaces.
        inputs: all that it depends on, but for the program and the evidence.
        view: what the template shows; asked for only when the piece is not known.
    """
    html = worked_out(f"html-{what}", inputs, _TEXT, lambda: str(page.part(template, **view())))
    return Markup(html)  # noqa: S704 - a template of ours escaped it, and what is kept is signed
