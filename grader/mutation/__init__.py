"""A test for the grader itself: mistakes and other right ways, made from the reference solution.

A *mutant* is the reference with one mistake put in; a *rewrite* is the same work in other words. All of them go down
the same road as students' notebooks, and what comes out is held against what must come out.
"""
