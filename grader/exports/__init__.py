"""Results in the forms that other programs read. One file per format."""

from grader.exports.grades_csv import write_grades_csv
from grader.exports.results_file import write_results_json
from grader.exports.results_json import Batch, SubmissionResult, results_schema, submission_result

__all__ = ["Batch", "SubmissionResult", "results_schema", "submission_result", "write_grades_csv", "write_results_json"]
