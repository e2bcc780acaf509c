"""LTI 1.3 Assignment and Grade Services 2.0: scores into any platform that speaks it."""
