"""What a lab asks, what it is worth, and the words used about it."""

from grader.rubric.load import load_rubric, parse_rubric
from grader.rubric.model import Criterion, Question, Rubric

__all__ = ["Criterion", "Question", "Rubric", "load_rubric", "parse_rubric"]
