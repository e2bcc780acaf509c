"""Grading in a CI job: thresholds and exit codes, log annotations, summaries, and a pytest plugin."""
