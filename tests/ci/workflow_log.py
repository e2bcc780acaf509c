"""A CI runner's view of a log, written from GitHub's documentation and not from our own escaping."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    message: str


def commands_in(log: str) -> list[Command]:
    """The commands that a runner obeys: `::name key=value,key=value::message`, a line each."""
    found = []
    for line in re.split(r"\r\n|\r|\n", log):
        match = re.match(r"\s*::([^\s:]+)(?: (.*?))?::(.*)", line)
        if match is None:
            assert "##[" not in line
            continue
        pairs = [pair.partition("=") for pair in (match[2] or "").split(",") if pair]
        found.append(Command(match[1], {key: unescape_property(value) for key, _, value in pairs}, unescape(match[3])))
    return found


def unescape(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def unescape_property(text: str) -> str:
    return unescape(text.replace("%3A", ":").replace("%2C", ","))
