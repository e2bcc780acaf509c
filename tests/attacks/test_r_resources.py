"""Section R: whatever a notebook takes, it ends as a status with what was seen until then."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.execution.limits import RunLimits
from tests.attacks.enclosed import MEGABYTE, both_starts, enclosed, needs_sandbox
from tests.execution.notebooks import empty_pack

pytestmark = [pytest.mark.slow, needs_sandbox]

SMALL = RunLimits(
    memory_bytes=600 * MEGABYTE, processes=100, file_bytes=20 * MEGABYTE, scratch_bytes=50 * MEGABYTE,
    cell_seconds=60, interrupt_seconds=2,
)  # fmt: skip


@both_starts
@pytest.mark.attack("R1", "R2", "R3", "R7", "R10")
def test_what_one_notebook_takes_is_refused_and_the_notebook_goes_on(tmp_path: Path, start: str) -> None:
    ran = enclosed(
        """
        import os, time                                       # R1: every child would make more
        children = []
        try:
            while len(children) < 400:
                child = os.fork()
                if child == 0:
                    time.sleep(60); os._exit(0)
                children.append(child)
        except OSError as error: print(type(error).__name__, len(children) < 100)
        for child in children: os.kill(child, 9); os.waitpid(child, 0)
        """,
        """
        import threading                                      # R2
        stop, threads = threading.Event(), []
        try:
            while len(threads) < 400:
                threads.append(threading.Thread(target=stop.wait)); threads[-1].start()
        except RuntimeError as error: print(type(error).__name__, len(threads) < 100)
        stop.set()
        """,
        """
        kept = []                                             # R3, in one process
        try:
            while len(kept) < 200: kept.append(bytearray(b"x" * 10_000_000))
        except MemoryError as error: print(type(error).__name__, len(kept) < 60)
        kept.clear()
        """,
        """
        for place in (".", "/tmp", "/dev/shm", os.environ["HOME"], "/", "/dev", "/var"):       # R7
            names = []
            try:
                while len(names) < 40:
                    with open(f"{place}/fill{len(names)}", "wb") as file: file.write(bytes(10_000_000))
                    names.append(file.name)
            except OSError as error: print(place, error.errno in (2, 13, 28, 30), len(names) < 30)
            for name in [*names, f"{place}/fill{len(names)}"]:
                if os.path.exists(name): os.remove(name)
        try:
            with open("sparse", "wb") as file: file.truncate(1 << 40)
        except OSError as error: print("sparse", error.errno)
        """,
        "input('Your name? ')",
        "breakpoint()\nprint(1)",
        "import getpass; getpass.getpass()",
        "print('on')",
        pack=empty_pack(tmp_path), start=start, limits=SMALL,
    )  # fmt: skip
    assert ran.printed[0] == "BlockingIOError True\n"
    assert ran.printed[1] == "RuntimeError True\n"
    assert ran.printed[2] == "MemoryError True\n"
    *places, sparse = ran.printed[3].splitlines()
    assert len(places) == 7
    assert all(line.endswith("True True") for line in places), places
    assert sparse == "sparse 27"
    assert ran.outcome.cells[4].error_name == ran.outcome.cells[6].error_name == "StdinNotImplementedError"
    assert ran.printed[5].endswith("1\n")  # nobody answers the debugger, so it lets go
    assert ran.printed[7] == "on\n"
    assert ran.outcome.status == "cells_failed"


@both_starts
@pytest.mark.attack("R3")
def test_memory_taken_by_many_processes_together_ends_the_notebook(tmp_path: Path, start: str) -> None:
    ran = enclosed(
        "print('before')",
        """
        import os, time
        for _ in range(6):
            if os.fork() == 0:
                kept = bytearray(b"x" * 180_000_000); time.sleep(60); os._exit(0)
        time.sleep(60)
        """,
        pack=empty_pack(tmp_path), start=start, limits=SMALL,
    )  # fmt: skip
    assert ran.outcome.status == "kernel_died"
    assert ran.outcome.explanation == "It was ended: It used more than 600 MB of memory."
    assert ran.printed[0] == "before\n"


@both_starts
@pytest.mark.attack("R7")
@pytest.mark.parametrize(
    ("cell", "limits", "said"),
    [
        (
            "import os\nfor n in range(100_000): open(f'/tmp/{n}', 'w').close()\nimport time; time.sleep(30)",
            RunLimits(scratch_files=5000),
            "It was ended: It made more than 5000 files.",
        ),
        (
            "for n in range(60): open(f'../outbox/{n}', 'wb').write(bytes(1_000_000))\nimport time; time.sleep(30)",
            RunLimits(outbox_bytes=20 * MEGABYTE),
            "It was ended: It left more than 20 MB where results are kept.",
        ),
    ],
)
def test_too_many_files_or_too_full_an_outbox_end_the_notebook(
    tmp_path: Path, cell: str, limits: RunLimits, said: str, start: str
) -> None:
    ran = enclosed(cell, pack=empty_pack(tmp_path), limits=limits, start=start)
    assert (ran.outcome.status, ran.outcome.explanation) == ("kernel_died", said)


DEAF = {
    "R4": """
        import time
        while True:
            try:
                while True: time.sleep(0.05)
            except BaseException: pass
    """,
    "R5": "import ctypes; ctypes.PyDLL(None).sleep(600)  # in C, and the interpreter lock is not given back",
}


@both_starts
@pytest.mark.parametrize("cell", [pytest.param(DEAF[name], marks=pytest.mark.attack(name)) for name in DEAF])
def test_a_cell_that_heeds_no_interrupt_ends_the_notebook_with_what_was_seen(
    tmp_path: Path, cell: str, start: str
) -> None:
    ran = enclosed(
        "print('before')", cell, "print('never')",
        pack=empty_pack(tmp_path), start=start, limits=RunLimits(cell_seconds=2, interrupt_seconds=2),
    )  # fmt: skip
    assert ran.outcome.status == "timed_out"
    assert ran.outcome.explanation == "A cell ran longer than 2 s and went on although it was interrupted."
    assert [cell.ok for cell in ran.outcome.cells] == [True, False]
    assert ran.printed == ("before\n", "", "")


@both_starts
@pytest.mark.attack("R8")
def test_floods_of_output_are_cut_and_the_notebook_goes_on(tmp_path: Path, start: str) -> None:
    ran = enclosed(
        "for _ in range(2000): print('x' * 100_000)",
        "print('y' * 60_000_000)",
        "from IPython.display import display, Image, HTML\ndisplay(Image(data=bytes(30_000_000), format='png'))",
        """
        handle = display(HTML("a"), display_id=True)
        for n in range(5000): handle.update(HTML("b" * 5000))
        """,
        "import sys\nfor n in range(100_000): sys.stdout.write(f'\\r{n} of 100000')",
        "raise ValueError('z' * 5_000_000)",
        "import os; os.system('head -c 30000000 /dev/zero | tr \"\\\\0\" q'); print('on')",
        "print('still')",
        pack=empty_pack(tmp_path), start=start, limits=RunLimits(cell_seconds=60),
    )  # fmt: skip
    assert ran.outcome.status == "cells_failed"
    assert [cell.ok for cell in ran.outcome.cells] == [True, True, True, True, True, False, True, True]
    assert len(ran.printed[0]) <= 200_000
    assert len(ran.outcome.cells[5].error_value) == 2000
    assert ran.printed[7] == "still\n"
    assert ran.stored < 12_000_000


@both_starts
@pytest.mark.attack("R8")
def test_output_without_end_stops_at_the_time_limit_or_at_the_number_of_messages(tmp_path: Path, start: str) -> None:
    endless = """
        from IPython.display import display, HTML
        handle = display(HTML("a"), display_id=True)
        while True: handle.update(HTML("b"))
    """
    pack = empty_pack(tmp_path)
    timed = enclosed(endless, "print('on')", pack=pack, start=start, limits=RunLimits(cell_seconds=3))
    assert [cell.error_name for cell in timed.outcome.cells] == ["CellTimeout", ""]
    assert timed.printed[1] == "on\n"
    counted = enclosed(endless, pack=pack, start=start, limits=RunLimits(messages=3000))
    assert counted.outcome.status == "kernel_died"
    assert counted.outcome.explanation == "It was ended: It sent more than 3000 messages."
