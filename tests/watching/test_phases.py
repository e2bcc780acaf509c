"""Steps name themselves where they are done; whoever stands around them learns how long they took."""

from __future__ import annotations

import threading

import pytest

from grader.watching.phases import Phase, looked, measured, phase


@phase("read")
def read_a_notebook() -> str:
    return "cells"


def test_steps_are_told_in_their_order_with_where_they_began() -> None:
    with measured() as seen:
        assert read_a_notebook() == "cells"
        with phase("run"):
            looked("features", hit=False)
        with phase("observe"):
            pass
    assert [one.name for one in seen.phases] == ["read", "run", "observe"]
    ends = [one.begin + one.seconds for one in seen.phases]
    assert all(one.begin >= end for one, end in zip(seen.phases[1:], ends, strict=False))
    assert seen.seconds >= ends[-1]
    assert [(look.cache, look.hit) for look in seen.looks] == [("features", False)]


def test_a_step_within_a_step_is_not_counted_twice() -> None:
    with measured() as seen, phase("observe"):
        read_a_notebook()
    assert [one.name for one in seen.phases] == ["observe"]


def test_a_step_that_fails_took_its_time_all_the_same() -> None:
    with measured() as seen, pytest.raises(ZeroDivisionError), phase("run"):
        assert 1 / 0
    assert isinstance(seen.phases[0], Phase)


def test_nothing_is_measured_where_nobody_asked() -> None:
    with phase("run"):
        looked("runs", hit=True)
    with measured() as seen:
        pass
    assert seen.phases == []


def test_submissions_side_by_side_do_not_mix() -> None:
    found: dict[str, list[str]] = {}
    together = threading.Barrier(2)

    def work(name: str, steps: tuple[str, ...]) -> None:
        with measured() as seen:
            together.wait()
            for step in steps:
                with phase(step):  # type: ignore[arg-type]
                    together.wait()
        found[name] = [one.name for one in seen.phases]

    threads = [threading.Thread(target=work, args=("ada", ("read", "run"))),
               threading.Thread(target=work, args=("ben", ("judge", "report")))]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"ada": ["read", "run"], "ben": ["judge", "report"]}
