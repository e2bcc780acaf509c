"""What was seen of a submission in fixed words, apart from any rubric (docs/facts.md)."""

from grader.facts.model import Fact, Facts
from grader.facts.read import read_facts

__all__ = ["Fact", "Facts", "read_facts"]
