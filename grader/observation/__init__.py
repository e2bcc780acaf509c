"""From what a kernel left behind to Evidence: the meeting point of running and judging."""
