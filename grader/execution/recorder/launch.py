"""Become a watched kernel: the last step of every start, whether the interpreter is new or was forked."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import cells, colab, selfcheck
from .recording import begin

if TYPE_CHECKING:
    from .session import Session


def run_kernel(session: Session, settings_file: str, arguments: list[str]) -> None:
    """Serve until the kernel is told to leave. The settings file is ours and is trusted."""
    begin(session, json.loads(Path(settings_file).read_text(encoding="utf-8")))

    from ipykernel.kernelapp import IPKernelApp

    # `-I` keeps the working folder off `sys.path`; notebooks may import modules that lie next to them.
    sys.path.insert(0, "")
    app = IPKernelApp.instance()
    if session.policy.shortens:
        # To cut its margins off, a figure is drawn twice: half of what a plot costs, and these show no results.
        app.config.InlineBackend.print_figure_kwargs = {"bbox_inches": None}
    app.initialize(arguments)
    cells.watch(session, app)
    colab.register_magics(app.shell)
    selfcheck.answer_for(app.shell)
    app.start()
