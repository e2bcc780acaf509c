"""Starting the app: what it needs, and what it does not touch."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import EvidenceError, UsageError
from grader.review.serve import ReviewRequest, serve


def request(out: Path) -> ReviewRequest:
    """As `grader review OUT` without options."""
    return ReviewRequest(
        out=out, rubric=None, gradebook=None, key=None, port=0, name=None, header=None, public_host=None
    )


def no_word(_line: str) -> None:
    """Nothing is said before something is wrong."""
    pytest.fail("the app started")


def test_a_proxy_needs_its_host(out: Path) -> None:
    with pytest.raises(UsageError, match="--behind-proxy HEADER and --public-host HOST together"):
        serve(replace(request(out), header="X-Remote-User"), no_word)


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"batch\.json.*Name the --out folder of an earlier `grader batch`"):
        serve(request(tmp_path), no_word)


def test_a_port_that_is_taken_is_named(out: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}"):
            serve(replace(request(out), port=port), no_word)


def test_the_app_loads_neither_tensorflow_nor_what_runs_notebooks() -> None:
    loaded = "import sys, grader.review.serve; print(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tensorflow", "keras", "sklearn", "nbclient", "grader.execution.run"} & set(names)
