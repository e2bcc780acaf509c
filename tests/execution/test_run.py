"""Running notebooks: failures, limits, the sandbox and the offline world."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from grader.assets.pack import PackFile
from grader.execution.limits import RunLimits
from grader.execution.sandbox import bubblewrap_works
from tests.execution.notebooks import DIGEST, empty_pack, run_cells

pytestmark = pytest.mark.slow

needs_bubblewrap = pytest.mark.skipif(bubblewrap_works() is not None, reason=f"no sandbox: {bubblewrap_works()}")


def test_a_failed_cell_does_not_stop_the_next(tmp_path: Path) -> None:
    ran = run_cells("x = 1", "x + undefined", "print(x)", pack=empty_pack(tmp_path))
    assert ran.outcome.status == "cells_failed"
    assert [cell.ok for cell in ran.outcome.cells] == [True, False, True]
    assert ran.outcome.cells[1].error_name == "NameError"
    assert ran.printed[2] == "1\n"


def test_blank_cells_do_not_count_and_warnings_cost_nothing(tmp_path: Path) -> None:
    ran = run_cells("", "import sys; print('careful', file=sys.stderr)", "  ", "1 + 1", pack=empty_pack(tmp_path))
    assert ran.outcome.status == "completed"
    assert [(cell.position, cell.code_cell) for cell in ran.outcome.cells] == [(2, 1), (4, 2)]


def test_an_endless_cell_is_interrupted_and_the_rest_goes_on(tmp_path: Path) -> None:
    ran = run_cells("while True: pass", "print('on')", pack=empty_pack(tmp_path), limits=RunLimits(cell_seconds=3))
    assert [cell.ok for cell in ran.outcome.cells] == [False, True]
    assert ran.outcome.cells[0].error_name == "CellTimeout"
    assert ran.printed[1] == "on\n"


def test_the_notebook_has_a_time_limit_of_its_own(tmp_path: Path) -> None:
    limits = RunLimits(notebook_seconds=4)
    ran = run_cells("1", "import time; time.sleep(60)", "2", pack=empty_pack(tmp_path), limits=limits)
    assert ran.outcome.status == "timed_out"
    assert len(ran.outcome.cells) == 1


def test_a_process_that_leaves_keeps_what_was_seen(tmp_path: Path) -> None:
    ran = run_cells("x = 1", "import os; os._exit(0)", "x", pack=empty_pack(tmp_path))
    assert ran.outcome.status == "kernel_died"
    assert [cell.ok for cell in ran.outcome.cells] == [True]


def test_a_flood_of_output_is_cut(tmp_path: Path) -> None:
    ran = run_cells("for i in range(200): print('x' * 10_000)", "print('on')", pack=empty_pack(tmp_path))
    assert ran.outcome.status == "completed"
    assert len(ran.printed[0]) < 300_000
    assert ran.printed[1] == "on\n"


def test_each_notebook_has_a_folder_of_its_own_with_the_files_handed_in(tmp_path: Path) -> None:
    student = tmp_path / "student"
    (student / "data").mkdir(parents=True)
    (student / "helper_of_mine.py").write_text("def double(x): return 2 * x\n")
    (student / "data" / "numbers.csv").write_text("1,2\n")
    ran = run_cells(
        "from helper_of_mine import double; print(double(21))",
        "print(open('data/numbers.csv').read()); open('left_behind', 'w').close()",
        pack=empty_pack(tmp_path / "pack"), folder=student, files=(Path("helper_of_mine.py"), Path("data/numbers.csv")),
    )  # fmt: skip
    assert ran.printed[0] == "42\n"
    assert not (student / "left_behind").exists()


def test_downloads_come_from_the_pack_in_the_old_layout_and_the_new(tmp_path: Path) -> None:
    visible = tmp_path / "visible"
    visible.mkdir()
    with zipfile.ZipFile(visible / "data.zip", "w") as archive:
        archive.writestr("cats_and_dogs_filtered/train/cats/cat.0.jpg", b"not really")
    file = PackFile(path="data.zip", sha256=DIGEST, bytes=1, urls=("*/cats_and_dogs_filtered.zip",))
    ran = run_cells(
        """
        import os, keras
        url = "https://example.org/a/cats_and_dogs_filtered.zip?x=1"
        path = keras.utils.get_file("cats.zip", origin=url, extract=True)
        old = os.path.join(os.path.dirname(path), "cats_and_dogs_filtered")
        new = os.path.join(path, "cats_and_dogs_filtered")
        print(os.listdir(old + "/train/cats"), os.listdir(new + "/train/cats"))
        """,
        """
        import urllib.request
        urllib.request.urlretrieve("http://example.org/cats_and_dogs_filtered.zip", "mine.zip")
        print(os.path.getsize("mine.zip") > 0)
        """,
        "keras.utils.get_file('x.bin', origin='https://example.org/x.bin')",
        pack=empty_pack(tmp_path, (file,)),
    )
    assert ran.printed[0].splitlines()[-1] == "['cat.0.jpg'] ['cat.0.jpg']"
    assert ran.printed[1] == "True\n"
    assert "no network while grading" in ran.outcome.cells[2].error_value


@needs_bubblewrap
def test_in_the_sandbox_there_is_no_network_no_home_and_a_read_only_system(tmp_path: Path) -> None:
    secret = tmp_path / "grades.csv"
    secret.write_text("mine")
    ran = run_cells(
        """
        import socket
        try: socket.create_connection(("127.0.0.1", 9), 1)
        except OSError as e: print(type(e).__name__)
        print(socket.if_nameindex())
        """,
        f"import os; print(os.path.exists({str(secret)!r}), os.path.exists('/root/.ssh'), sorted(os.environ))",
        "open('/usr/mine', 'w')",
        "import subprocess; print(len([p for p in os.listdir('/proc') if p.isdigit()]) < 10)",
        pack=empty_pack(tmp_path / "pack"), sandbox="bubblewrap",
    )  # fmt: skip
    assert ran.printed[0].splitlines()[0] in ("ConnectionRefusedError", "OSError")
    assert "'eth0'" not in ran.printed[0]
    assert ran.printed[1].startswith("False False")
    assert "SSH" not in ran.printed[1]
    assert ran.outcome.cells[2].error_name == "OSError"
    assert ran.printed[3] == "True\n"
