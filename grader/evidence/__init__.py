"""What was seen of a submission: the one thing judging may look at."""

from grader.evidence.model import SCHEMA_VERSION, Evidence

__all__ = ["SCHEMA_VERSION", "Evidence"]
