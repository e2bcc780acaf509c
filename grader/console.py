"""Text from outside on its way to a terminal or a CI log: one line, no escape codes, no commands.

Two readers act on what they see there. A terminal obeys control characters and escape sequences. A CI service obeys
workflow commands: GitHub's runner takes any line that begins with `::`, and `##[` anywhere in it
(actions/runner, ActionCommand.cs), Azure Pipelines takes `##vso[`, TeamCity `##teamcity[`. Tables wrap lines where they
please, so a command is broken up wherever it stands, not only at the start of a line.
"""

from __future__ import annotations

import re

from grader.report.visible_text import prose

LONGEST_LINE = 1_000
MOST_LINES = 60

_COMMAND = re.compile(r"(?<=:)(?=:)|(?<=#)(?=#)")


def console_line(text: str, limit: int = LONGEST_LINE) -> str:
    """`text` on one line of at most about `limit` characters, with nothing in it that a terminal or a CI log obeys."""
    return _COMMAND.sub(" ", prose(text, limit))


def console_block(text: str) -> str:
    """The lines of `text`, each as by `console_line`, at most `MOST_LINES`."""
    rows = text.split("\n", MOST_LINES)
    shown = "\n".join(console_line(row) for row in rows[:MOST_LINES])
    return f"{shown}\n…" if len(rows) > MOST_LINES else shown
