"""One file per family of checks: evidence and parameters in, findings out.

A check never decides points. It says what it saw, as findings with a code; the rubric (or the check's own
default) says what each code costs and which words are used about it. `grader.checks.registry` lists them all.
"""
