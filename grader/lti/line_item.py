"""Which column of the platform's gradebook: found by label or resource id, made where that is allowed."""

from __future__ import annotations

from typing import Any

from grader.errors import UsageError
from grader.lti.client import CONTAINER_TYPE, ITEM_TYPE, Client, refused
from grader.lti.config import LtiConfig, safe_address


def scopes_for(config: LtiConfig) -> list[str]:
    """The rights that are needed and no more."""
    if config.line_item.url is not None:
        return ["score"]
    return ["score", "lineitem" if config.line_item.create else "lineitem.readonly"]


def find_line_item(client: Client, config: LtiConfig, label: str, maximum: float) -> str:
    """The line item's address.

    Args:
        client: the platform.
        config: where to look.
        label: of a new one, when the configuration names none.
        maximum: of a new one.

    Raises:
        UsageError: none or several fit, or it may not be made.
    """
    asked = config.line_item
    if asked.url is not None:
        return asked.url
    assert asked.container is not None
    found = [
        item["id"]
        for page in client.pages(asked.container, CONTAINER_TYPE)
        for item in (page if isinstance(page, list) else [])
        if isinstance(item, dict) and isinstance(item.get("id"), str) and _fits(item, config)
    ]
    if len(found) == 1:
        return _checked(found[0], asked.container)
    if found or not asked.create:
        raise UsageError(
            expected="one line item that fits", received=str(len(found)), where=asked.container,
            todo="Name it by `resource_id`, or its own `url`; `create = true` makes a missing one.",
        )  # fmt: skip
    new: dict[str, Any] = {"label": asked.label or label, "scoreMaximum": maximum}
    if asked.resource_id is not None:
        new["resourceId"] = asked.resource_id
    answer = client.send("POST", asked.container, accept=ITEM_TYPE, body=(ITEM_TYPE, new))
    made = answer.document()
    if answer.status not in (200, 201) or not isinstance(made, dict) or not isinstance(made.get("id"), str):
        raise refused(answer, asked.container)
    return _checked(made["id"], asked.container)


def _fits(item: dict[str, Any], config: LtiConfig) -> bool:
    asked = config.line_item
    wanted = {"label": asked.label, "resourceId": asked.resource_id}
    return all(item.get(key) == value for key, value in wanted.items() if value is not None)


def _checked(url: str, container: str) -> str:
    try:
        return safe_address(url)
    except ValueError as problem:
        raise UsageError(expected=str(problem), received=url[:100], where=container) from problem
