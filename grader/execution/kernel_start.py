"""Whether kernels are forked from a warm parent or started anew, as asked for and as this machine allows."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.assets.pack import AssetPack
from grader.errors import UsageError
from grader.execution.limits import RunLimits
from grader.execution.sandbox import Sandbox, bubblewrap_works
from grader.execution.warm_parent import WarmParent


@contextmanager
def warm_parent(asked: str, sandbox: Sandbox, pack: AssetPack, batch: Path) -> Iterator[WarmParent | None]:
    """A parent for the kernels of a batch, ended with it; None where kernels are started anew.

    Args:
        asked: `auto`: fork where that works. `fork`: or stop. `fresh`: do not.
        batch: The folder in which all workspaces will lie.

    Raises:
        UsageError: forking was asked for and does not work here.
    """
    if asked == "fresh" or (asked == "auto" and sandbox.name == "none"):
        yield None
        return
    if sandbox.name == "none":
        raise UsageError(
            expected="a sandbox, in which alone kernels are forked", received="--sandbox none",
            todo="Leave out `--kernel-start fork`.",
        )  # fmt: skip
    with WarmParent(batch, (pack.visible,)) as parent:
        problem = parent.wait() if asked == "fork" else None
        if problem is not None:
            raise UsageError(
                expected="a machine on which kernels can be forked", received=problem,
                todo="See `grader doctor`, or leave out `--kernel-start fork`.",
            )  # fmt: skip
        yield parent


def forking_problem() -> str | None:
    """None when a kernel can be forked and isolated here, else the reason in words. Tried, without importing."""
    if sys.platform != "linux":
        return "only Linux has the namespaces that it needs"
    if bubblewrap_works() is not None:
        return "it needs the sandbox"
    with tempfile.TemporaryDirectory(prefix="lab-") as name:
        batch, visible = Path(name, "run"), Path(name, "visible")
        for folder in (batch, visible):
            folder.mkdir()
        with WarmParent(batch, (visible,), trial=True) as parent:
            return parent.try_out(RunLimits())
