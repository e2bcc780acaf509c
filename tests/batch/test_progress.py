"""What a person sees while a class is graded."""

from __future__ import annotations

import contextlib
import io

from grader.batch.progress import BatchProgress


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_goes_by_work_and_not_by_count() -> None:
    """The two long notebooks are done; the eight short ones take no four times as long."""
    clock = Clock()
    expected = {"long-1": 400.0, "long-2": 400.0, **{f"short-{number}": 25.0 for number in range(8)}}
    printed = io.StringIO()
    with contextlib.redirect_stderr(printed), BatchProgress(10, expected=expected, clock=clock) as progress:
        clock.now = 400.0
        progress.finished("long-1", "ran to the end")
        progress.finished("long-2", "ran to the end")
        assert progress.left() == "about 2 min left"
    assert printed.getvalue().splitlines()[1] == "[2/10] long-2: ran to the end, about 2 min left"


def test_nothing_is_promised_before_anything_is_known_or_after_all_is_done() -> None:
    with contextlib.redirect_stderr(io.StringIO()), BatchProgress(1) as progress:
        assert progress.left() == ""
        progress.finished("ada", "ran to the end")
        assert progress.left() == ""


def test_the_first_of_two_side_by_side_says_nothing_of_the_rest() -> None:
    """A notebook that fails in its first cell is done at once."""
    clock = Clock()
    with contextlib.redirect_stderr(io.StringIO()), BatchProgress(10, clock=clock) as progress:
        progress.cell("fails-early", 1, 20)
        progress.cell("trains", 1, 20)
        clock.now = 1.0
        progress.finished("fails-early", "stopped in cell 1")
        assert progress.left() == ""
        clock.now = 60.0
        progress.finished("trains", "ran to the end")
        assert progress.left() == "about 4 min left"


def test_the_live_picture_fits_eighty_columns_however_long_a_name_is() -> None:
    clock = Clock()
    progress = BatchProgress(300, clock=clock)
    names = [f"{number} Maria Anna Franziska von und zu Hohenstein-Lichtenfels" for number in range(14)]
    with contextlib.redirect_stderr(io.StringIO()):
        for name in names[:7]:
            progress.cell(name, 7, 24)
        for name in names[:7]:
            progress.finished(name, "ran to the end")
    for name in names[7:]:
        progress.cell(name, 7, 24)
    clock.now = 4_000.0
    lines = progress._picture().plain.splitlines()
    assert lines[0].endswith("7/300 done, 7 running, about 46 h 30 min left")
    assert lines[1].split()[-4:] == ["1", "h", "7", "min"]
    assert lines[-1] == "  and 1 more"
    assert max(map(len, lines)) <= 80
