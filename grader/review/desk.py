"""What every page needs: the class, the suggestions, the door, and who asks how to see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

from flask import Request, current_app

from grader.review.access import Access
from grader.review.classroom import Classroom
from grader.review.suggesting import Suggester

Order = Literal["grouped", "random", "name"]
SETTINGS_COOKIE = "grader-review-settings"


@dataclass(frozen=True, slots=True)
class Desk:
    """One running app."""

    classroom: Classroom
    suggester: Suggester
    access: Access


@dataclass(frozen=True, slots=True)
class Settings:
    """How one person wants to mark; kept in a cookie."""

    order: Order = "grouped"
    hide_names: bool = False
    keys: bool = True
    """Whether single keys do something. People who dictate need to turn that off (WCAG 2.1.4)."""

    def text(self) -> str:
        """As the cookie has it."""
        return f"{self.order}.{'hidden' if self.hide_names else 'shown'}.{'keys' if self.keys else 'nokeys'}"


def desk() -> Desk:
    """The desk of the running app."""
    return cast(Desk, current_app.extensions["desk"])


def settings_of(request: Request) -> Settings:
    """What the cookie says; whatever else stands there means the default."""
    parts = request.cookies.get(SETTINGS_COOKIE, "").split(".")
    settings = Settings()
    if len(parts) != 3:
        return settings
    if parts[0] in get_args(Order):
        settings = replace(settings, order=cast(Order, parts[0]))
    return replace(settings, hide_names=parts[1] == "hidden", keys=parts[2] != "nokeys")
