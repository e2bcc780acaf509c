"""The self-check as a piece of HTML inside a notebook. Everything in it is escaped: it quotes the notebook."""

from __future__ import annotations

from functools import lru_cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined

from grader.report.cards import pieces
from grader.report.visible_text import prose
from grader.selfcheck.table import SelfCheck
from grader.selfcheck.wording import GROUPS, HOW, SIGNS, STATES, points_so_far, row_points, told_together

LONGEST = 400
"""Characters of a title, a name or a line of code."""


def fragment(answer: SelfCheck) -> str:
    """A table that fits light and dark notebooks, without scripts and without anything from outside."""
    groups = [
        (heading, group, together) for group, heading in GROUPS.items() if (together := told_together(answer, group))
    ]
    return _environment().get_template("selfcheck.html").render(
        answer=answer, groups=groups, points=points_so_far(answer), how=HOW[answer.how], signs=SIGNS, states=STATES,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("grader.selfcheck", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"pieces": pieces, "prose": partial(prose, limit=LONGEST), "points": row_points}
    return environment
