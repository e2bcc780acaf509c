"""An automated grader for deep-learning labs: read → run → observe → judge → report → deliver."""

__version__ = "0.1.0"
