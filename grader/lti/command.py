"""`grader lms lti`: plan, then print or post."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from grader.errors import InfrastructureError
from grader.exports.results_json import ResultsDocument
from grader.lti.client import SCORE_TYPE, NoAnswerError, open_client
from grader.lti.config import LtiConfig
from grader.lti.ledger import open_ledger, read_ledger
from grader.lti.line_item import find_line_item, scopes_for
from grader.lti.score import scores_address
from grader.lti.send import Sent, body_of, plan, send


def would_send(results: ResultsDocument, config: LtiConfig, users: Mapping[str, str], ledger: Path) -> Iterator[str]:
    """What would be posted, a JSON document per line; nothing is written and nobody is asked."""
    planned = plan(results, users, read_ledger(ledger), config.item_name)
    item = config.line_item
    place = (
        scores_address(item.url) if item.url else f"the line item {item.label or item.resource_id} in {item.container}"
    )
    for one in planned.due:
        request = {
            "name": one.name, "method": "POST", "url": place, "content_type": SCORE_TYPE,
            "body": body_of(one, "(when it is sent)"),
        }  # fmt: skip
        yield json.dumps(request)
    for reason in planned.left:
        yield json.dumps({"not sent": reason})
    for name in planned.already:
        yield json.dumps({"already there": name})


def post_scores(
    results: ResultsDocument, config: LtiConfig, users: Mapping[str, str], ledger: Path,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Sent, InfrastructureError | None]:  # fmt: skip
    """Post what is due. Comes back with what became of it, and with the trouble that ended it early, if any.

    Raises:
        UsageError: the platform refuses the tool, or another process is sending.
    """
    with open_ledger(ledger) as book, open_client(config, scopes_for(config), sleep) as client:
        sent = plan(results, users, book, config.item_name)
        if not sent.due:
            return sent, None
        try:
            url = find_line_item(client, config, results.lab.title, results.rubric.maximum)
            send(sent, client, book, config.item_name, url)
        except NoAnswerError as trouble:
            return sent, trouble
    return sent, None
