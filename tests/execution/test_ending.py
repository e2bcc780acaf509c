"""Why a notebook's process ended, in words."""

from __future__ import annotations

from grader.execution.ending import ended_as_it_said
from grader.execution.limits import RunLimits


def test_a_process_that_got_no_more_memory_is_told_as_that() -> None:
    words = "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc"
    assert ended_as_it_said(words, RunLimits()) == "It asked for more memory than the 6 GB a notebook gets here."


def test_other_last_words_explain_nothing() -> None:
    assert ended_as_it_said("WARNING: All log messages before absl::InitializeLog()", RunLimits()) is None
