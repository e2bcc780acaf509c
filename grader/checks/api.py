"""What a file of a lab's own checks imports: all of it, and nothing else of the grader."""

from grader.checks.findings import Finding, FindingKind, Findings, NoParameters, Parameters, check
from grader.evidence.model import Evidence, Place
from grader.rubric.model import Criterion

__all__ = [
    "Criterion",
    "Evidence",
    "Finding",
    "FindingKind",
    "Findings",
    "NoParameters",
    "Parameters",
    "Place",
    "check",
]
