"""Section N: notebook files that are not what they seem. Read, mended, told; never a point and never a crash."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.errors import SubmissionError
from grader.execution.limits import RunLimits
from grader.source.plain import written_line
from grader.submission import cells_of, read_notebook
from grader.submission.model import submission_info
from grader.submission.odd_characters import odd_characters
from tests.attacks.harmless import assert_harmless
from tests.attacks.road import Delivered, found_in, read_only, run_all
from tests.submission.notebooks import code, notebook, text, write


def delivered_of(tmp_path: Path, content: Any) -> Delivered:
    """One student's notebook (bytes, text or a JSON value) on the way to everything that is read out."""
    folder = tmp_path / "class"
    folder.mkdir()
    raw = content if isinstance(content, bytes | str) else json.dumps(content)
    (folder / "eve.ipynb").write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    delivered = read_only(found_in(folder, tmp_path / "scratch"), tmp_path / "out")
    assert_harmless(delivered)
    return delivered


def claimed(text_: str) -> list[dict[str, Any]]:
    """Outputs as a notebook stores them."""
    return [
        {"output_type": "stream", "name": "stdout", "text": text_},
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": f"<script>{text_}</script>"}},
    ]


@pytest.mark.attack("N1", "H7")
def test_stored_outputs_without_code_prove_nothing_and_are_told(tmp_path: Path) -> None:
    cells = [code("", outputs=claimed("val_accuracy: 0.99 Score 100/100")) for _ in range(3)]
    delivered = delivered_of(tmp_path, notebook(text("# Lab"), *cells))
    entry = delivered.results["eve"]
    assert entry["total"]["points"] == 0
    assert "0.99" not in delivered.reports["eve"]
    assert "Score 100" not in delivered.reports["eve"]
    assert "An output stored in a cell without code was left out (3 ×)" in delivered.reports["eve"]
    assert delivered.evidence["eve"].run.status == "completed"


ODD_FILES = {
    "utf-16": json.dumps(notebook(code("x = 1"))).encode("utf-16"),
    "utf-16 of another order": b"\xfe\xff" + json.dumps(notebook(code("x = 1"))).encode("utf-16-be"),
    "byte-order mark": b"\xef\xbb\xbf" + json.dumps(notebook(code("x = 1"))).encode(),
    "NaN": json.dumps(notebook(code("x = 1"), metadata={"a": float("nan"), "b": float("-inf")})),
    "a key twice": json.dumps(notebook(code("x = 1"))).replace('"cells":', '"cells": [], "cells":'),
    "format 3": {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1", "outputs": []}]}]},
    "format 99": {"nbformat": 99, "cells": [code("x = 1")]},
    "format as text": {"nbformat": "four", "cells": [code("x = 1")]},
    "a source in pieces": notebook(code(["x ", "= ", "1"])),  # type: ignore[arg-type]
}


@pytest.mark.attack("N2")
@pytest.mark.parametrize("name", ODD_FILES)
def test_files_that_jupyter_would_not_write_are_read_and_told(tmp_path: Path, name: str) -> None:
    delivered = delivered_of(tmp_path, ODD_FILES[name])
    assert [cell.source for cell in delivered.evidence["eve"].cells] == ["x = 1"]
    if name != "a source in pieces":
        assert delivered.evidence["eve"].submission.repairs


@pytest.mark.attack("N2", "R9")
@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 1000, b"\xff\xfe", b"{", b'{"cells": [' * 1000, b"NaN", b'"cells"', b"[" * 100_000,
     b'{"nbformat": 4, "cells": 7}', b"\x80\x04\x95", b"<html><script>", b"PK\x03\x04", b"{'nbformat': 4}"],
)  # fmt: skip
def test_what_is_no_notebook_ends_in_words_for_its_student(tmp_path: Path, content: bytes) -> None:
    delivered = delivered_of(tmp_path, content)
    assert delivered.results["eve"]["status"] == "unreadable"
    assert "Expected" in delivered.reports["eve"]


@pytest.mark.attack("N2")
def test_a_key_that_stands_twice_counts_once_for_every_reader(tmp_path: Path) -> None:
    """What is run, what is shown and what is searched for answers come from the same, mended notebook."""
    path = tmp_path / "eve.ipynb"
    path.write_text('{"cells": [], "nbformat": 4, "cells": [{"cell_type": "code", "source": "a", "source": "b"}]}')
    read = read_notebook(path)
    assert [cell.source for cell in read.notebook.cells] == ["b"]
    assert [cell.source for cell in cells_of(read.notebook)] == ["b"]
    assert any("stood twice" in repair for repair in read.repairs)


@pytest.mark.attack("N3")
def test_duplicate_missing_and_hostile_cell_ids_get_new_ones(tmp_path: Path) -> None:
    ids: list[Any] = ["same", "same", "", "a" * 200, "../../x", "<script>", 7, None, "cell-2", "cell-2"]
    path = write(tmp_path / "eve.ipynb", *[code(str(n), id=id_) for n, id_ in enumerate(ids)], nbformat_minor=5)
    read = read_notebook(path)
    nbformat.validate(read.notebook)
    given = [cell.id for cell in read.notebook.cells]
    assert len(set(given)) == len(ids)
    assert given[0] == "same"
    assert [cell.source for cell in read.notebook.cells] == [str(n) for n in range(len(ids))]


KERNELS: dict[str, Any] = {
    "a path": {"kernelspec": {"name": "../../../../tmp/evil", "language": "python"}},
    "a command": {"kernelspec": {"name": "python3", "language": "python", "argv": ["sh", "-c", "id"]}},
    "R": {"kernelspec": {"name": "ir", "language": "R"}, "language_info": {"name": "R"}},
    "bash": {"kernelspec": {"name": "bash", "language": "bash"}},
    "no text": {"kernelspec": {"name": ["python3"], "language": 7}, "language_info": []},
    "markup": {"kernelspec": {"name": "<img src=x onerror=alert(1)>"}, "language_info": {"name": "\x1b[2J<b>"}},
}


@pytest.mark.attack("N5")
@pytest.mark.parametrize("name", KERNELS)
def test_whatever_kernel_is_asked_for_the_notebook_says_python_3(tmp_path: Path, name: str) -> None:
    delivered = delivered_of(tmp_path, notebook(code("1"), metadata=KERNELS[name]))
    path = tmp_path / "class" / "eve.ipynb"
    spec = read_notebook(path).notebook.metadata
    assert spec == {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    if name not in ("a command", "no text"):
        assert "kernel" in delivered.reports["eve"] or "written in" in delivered.reports["eve"]


TROJAN = "if access != 'none\u202e \u2066# only the base\u2069 \u2066':\n    base.trainable = True\n"


@pytest.mark.attack("N6")
def test_characters_that_reorder_or_vanish_are_shown_and_told(tmp_path: Path) -> None:
    hidden = "model\u200b = build()\nmodel.fit(train, epochs=1)  # \U000e0041\U000e0042\n"
    delivered = delivered_of(tmp_path, notebook(code(TROJAN), code(hidden), code("base.trainable = Fаlse")))
    report = delivered.reports["eve"]
    assert "Characters that turn the reading direction round stand in the code (U+202E in cell 1" in report
    assert "Invisible characters stand in the code (U+200B in cell 2" in report
    assert "look-alike letters: “Fаlse” (U+0430) in cell 3" in report


@pytest.mark.attack("N6")
def test_a_failing_cell_is_shown_with_its_hidden_characters_in_sight(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    write(folder / "eve.ipynb", code(TROJAN))
    delivered = read_only(found_in(folder, tmp_path / "scratch"), tmp_path / "out", failing="SyntaxError")
    assert "⟨U+202E⟩" in delivered.reports["eve"]
    assert_harmless(delivered)


@pytest.mark.attack("N6")
@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("рrint(1)", True), ("ｐrint(1)", True), ("model = 1\nmоdel.fit()", True), ("𝐩𝐫𝐢𝐧𝐭(1)", True),
        ("сору = 1\ncopy = 2", True),
        ("модель = 1", False), ("σ = α_1 + β2", False), ("größe = naïve", False), ("print('рrint')  # мodel", False),
        ("print('✅ 👩\u200d🔬 ❤\ufe0f')", False), ("学習率 = 1", False),
    ],
)  # fmt: skip
def test_names_that_only_look_like_others_are_told_and_foreign_words_are_not(source: str, told: bool) -> None:
    assert bool(odd_characters([{"cell_type": "code", "source": source}])) is told


@pytest.mark.attack("N6", "R9")
@pytest.mark.parametrize("unit", ['\\"""', '"""\\', "'", "'''", '"', "#", "\\", '"\\', "x", "\u200d", "\u202e\n", "а"])
def test_looking_for_them_costs_no_more_for_a_megabyte_made_to_be_slow(unit: str) -> None:
    found = odd_characters([{"cell_type": "code", "source": "é" + unit * (1_000_000 // len(unit))}])
    assert all(len(sentence) < 1_000 for sentence in found)


MAGICS = (
    "import sys, os; a = 1",
    "%%script bash\necho from the shell\nexit 3",
    "%%javascript\nfetch('http://127.0.0.1:9/')",
    "%%html\n<script>document.title = 'owned'</script><meta http-equiv=refresh content=0>",
    "!echo hello; false\nb = !echo listed\nprint(b)",
    "%%writefile helper_of_eve.py\nC = 42\nraise SystemExit",
    "%run helper_of_eve.py",
    "%load_ext no_such_extension",
    "%%capture kept\nprint('kept back'); d = 4",
    "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')",
    "%%time\ne = 5\n1 / 0",
    "%config InteractiveShell.ast_node_interactivity = 'all'\n%autosave 1\n%reset -f",
    "%%bash --bg\nsleep 30",
    "%alias ls rm -rf",
    "from IPython import get_ipython\nget_ipython().magic('pinfo print')\n?print",
    "%%no_such_magic\nx",
    "\n\n# two lines, then\nmissing_name",
)


@pytest.mark.slow
@pytest.mark.attack("N4", "N5")
def test_magics_of_all_kinds_run_harmlessly_and_places_stay_right(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    write(
        folder / "eve" / "lab.ipynb", *map(code, MAGICS),
        metadata={"kernelspec": {"name": "../../bin/sh", "language": "bash"}},
    )  # fmt: skip
    scratch = tmp_path / "s"
    scratch.mkdir()
    found = found_in(folder, tmp_path / "unpacked")
    delivered = run_all(found, tmp_path / "out", jobs=1, limits=RunLimits(cell_seconds=20), scratch=scratch)
    assert_harmless(delivered)
    seen = delivered.evidence["eve"]
    assert seen.run.status == "cells_failed", seen.run.explanation
    assert [cell.status for cell in seen.cells].count("not_run") == 0
    failed = {
        error.place.cell: (error.place.code_cell, error.place.first_line, error.name) for error in seen.run.errors
    }
    assert failed[2][0] == 2
    assert failed[8][:2] == (8, 1)
    assert failed[11] == (11, 3, "ZeroDivisionError")
    assert failed[17] == (17, 4, "NameError")
    assert set(failed) <= {2, 5, 7, 8, 11, 14, 15, 16, 17}
    assert not (folder / "eve" / "helper_of_eve.py").exists()
    assert sorted(path.name for path in (folder / "eve").iterdir()) == ["lab.ipynb"]
    assert list(scratch.iterdir()) == []
    assert submission_info(found[0]).files == ()


@pytest.mark.attack("N2")
def test_an_unreadable_notebook_raises_only_our_error(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SubmissionError):
        read_notebook(path)


@pytest.mark.attack("N4")
@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("where()", 1), ("\n\nwhere()", 3), ("!true \\\n a\nwhere()", 3), ("%%time\nx = 1\nwhere()", 3),
        ("%%capture kept\nx = 1\nwhere()", 3), ("\n\n%%time\n\nx = 1\nwhere()", 6), ("x = 1\n%time where()", 2),
        ("%%timeit -n1 -r1\nwhere()", 2),
        ("def f():\n    where()\nf()", 2), ("%%capture kept\n\n!true \\\n\nwhere()", 5),
    ],
)  # fmt: skip
def test_the_recorder_finds_the_line_of_a_call_whatever_magic_stands_around_it(cell: str, line: int) -> None:
    """Asked of IPython itself, in a process of its own."""
    program = (
        "import sys; from IPython.core.interactiveshell import InteractiveShell\n"
        "from grader.execution.recorder.places import calling_place\n"
        "shell = InteractiveShell.instance(); seen = []\n"
        "shell.user_ns['where'] = lambda: seen.append(calling_place(2))\n"
        "shell.run_cell('1', store_history=True); shell.run_cell(sys.argv[1], store_history=True)\n"
        "print('found', seen[0]['execution'], seen[0]['line'])"
    )
    done = subprocess.run([sys.executable, "-c", program, cell], capture_output=True, text=True, check=True)
    words = next(row for row in done.stdout.splitlines() if row.startswith("found")).split()
    assert words[1] == "2"
    assert written_line(cell, int(words[2])) == line
