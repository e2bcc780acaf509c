"""R11 and H6: what an instructor's terminal or a CI service would obey is broken up before it is printed."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.progress import BatchProgress
from grader.cli.table import print_result
from grader.console import console_block, console_line
from tests.attacks.harmless import assert_harmless_on_a_terminal
from tests.report.test_hostile_text import ATTACKS, poisoned

COMMANDS = (
    "::error file=app.py,line=1::grade is 0", "  ::add-mask::x", "\t::set-output name=a::b", "%0A::warning::x",
    "ok\n::stop-commands::t", "ok\r::debug::x", "ok\x85::error::x", "ok\u2028::error::x", "ok\x0b::group::x",
    "##[error]x", "text ##[group]y", "##vso[task.setvariable variable=a]b", "##teamcity[testFailed]", "###[x]",
    "\x1b[0Ksection_start:0:x[collapsed=true]\r\x1b[0K", "\x1b]1337;File=:AAAA\x07", "\x1bP+q\x1b\\", "\x9b2J",
    ":::error::", "\x1b[?1049h",
    "\x1b]8;;http://127.0.0.1/\x1b\\click\x1b]8;;\x1b\\", "\x08" * 40 + "17/17", "\x07" * 100, "\x1bc", "a\x00b",
)  # fmt: skip
"""Workflow commands of GitHub, Azure and TeamCity, GitLab's sections, and what terminals obey."""


@pytest.mark.attack("R11", "H6")
@pytest.mark.parametrize("text", [*COMMANDS, *ATTACKS])
def test_nothing_that_is_printed_is_a_command(text: str) -> None:
    assert_harmless_on_a_terminal(console_line(text))
    assert_harmless_on_a_terminal(console_block(text))
    assert "\n" not in console_line(text)


@pytest.mark.attack("R11", "H6")
@given(st.text(st.one_of(st.characters(codec=None), st.sampled_from(":#\x1b[]\r\n\x9b%")), max_size=200))
def test_nothing_that_is_printed_is_a_command_whatever_it_was(text: str) -> None:
    assert_harmless_on_a_terminal(console_line(text))
    assert_harmless_on_a_terminal(console_block(text))


def test_honest_words_stay_as_they_are() -> None:
    honest = "Cell [3], line 2: KeyError: 'val_accuracy' (a[1:2]) → use `Dense(1)` # 50 %"
    assert console_line(honest) == honest


@pytest.mark.attack("R11", "H6")
@pytest.mark.parametrize("text", [*COMMANDS, "x" * 75 + "::error::y", "[/bold]", "[link=http://127.0.0.1]x"])
def test_check_prints_reasons_hints_and_titles_tamed_however_lines_wrap(text: str) -> None:
    _, judged = poisoned(text * 3)
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        print_result(judged)
    assert_harmless_on_a_terminal(shown.getvalue())


@pytest.mark.attack("R11", "H6")
@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("text", [*COMMANDS, "[/red]", "[/]", "[link=http://127.0.0.1]x[/link]", "{task.total}", "%s"])
def test_progress_lines_are_tamed_and_markup_in_a_name_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, text: str, live: bool
) -> None:
    if live:
        monkeypatch.setenv("FORCE_COLOR", "1")
    printed = io.StringIO()
    with contextlib.redirect_stderr(printed), BatchProgress(2) as progress:
        progress.cell(text, 1, 3)
        progress.finished(text, text)
        progress.finished("anna", "ran to the end")
    if not live:
        assert_harmless_on_a_terminal(printed.getvalue())
        assert len(printed.getvalue().splitlines()) == 2
    for command in ("::error", "\x1b]", "\x1bP", "\x9b", "\x07", "##["):
        assert command not in printed.getvalue()


@pytest.mark.attack("R11", "H6")
def test_an_error_message_that_quotes_a_hostile_file_is_tamed(tmp_path: Path) -> None:
    name = "a\n::error::x\x1b[2J.toml"
    (tmp_path / name).write_text("schema = 2\n")
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "grader", "rubric", "check", str(tmp_path / name)],
        capture_output=True, text=True, cwd=root, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert_harmless_on_a_terminal(done.stdout + done.stderr)


@pytest.mark.attack("R11")
def test_a_terminal_that_cannot_show_a_name_does_not_end_the_batch() -> None:
    code = (
        "import sys; sys.argv = ['grader', '--version']\n"
        "from grader.cli import main\ntry: main()\nfinally: print('Zo\u00eb \u2192 \u2423')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin", "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert "Zo\\xeb" in done.stdout, done.stderr
