"""Read what students handed in. Names, sizes, archives and notebooks are hostile until proven dull."""

from grader.submission.discover import discover
from grader.submission.model import Submission, submission_info
from grader.submission.notebook import ReadNotebook, cells_of, read_notebook

__all__ = ["ReadNotebook", "Submission", "cells_of", "discover", "read_notebook", "submission_info"]
