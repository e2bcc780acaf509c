"""Read a notebook's code without running it: what it says about the lab, and on which lines."""

from grader.source.places import statement_around
from grader.source.statements import read_statements

__all__ = ["read_statements", "statement_around"]
