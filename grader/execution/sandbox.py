"""What stands between student code and the machine."""

from __future__ import annotations

import functools
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grader.assets.pack import AssetPack
from grader.errors import InfrastructureError, UsageError
from grader.execution.bubblewrap import ENCLOSURE, FIRST_USER, LAST_USER, WORKING_FOLDERS, Enclosure, open_to_all
from grader.execution.limits import RunLimits
from grader.execution.syscalls import seccomp_filter
from grader.execution.workspace import Workspace

SandboxName = Literal["bubblewrap", "none"]

START_SECONDS = 20
"""How long bubblewrap may take to come to life before it is said that it does not."""


@dataclass(frozen=True)
class Sandbox:
    """`bubblewrap`: own namespaces, no network, a read-only system, only this submission's folder. `none`: nothing."""

    name: SandboxName

    def enclose(self, workspace: Workspace, limits: RunLimits, cgroup: Path | None = None) -> Enclosure | None:
        """The sandbox of one submission; None without one."""
        if self.name == "none":
            return None
        recorder = Path(__file__).parent / "recorder"
        readable = (recorder, *workspace.readable)
        return Enclosure(
            limits=limits, scratch=workspace.folder, writable=(workspace.outbox, workspace.sockets),
            readable=(*readable, workspace.settings_file), folders=(str(workspace.temporary),),
            copies=((workspace.work, workspace.work), (workspace.home, workspace.home)),
            links=tuple((str(workspace.work), name) for name in WORKING_FOLDERS),
            directory=str(workspace.work), user=user_for(readable), cgroup=cgroup,
        )  # fmt: skip

    def in_words(self, limits: RunLimits) -> str:
        """How a submission was isolated, for its report."""
        if self.name == "none":
            return "none: it could do what the person who started the grader can do"
        calls = "seccomp, " if seccomp_filter() is not None else ""
        return f"bubblewrap: no network, own processes and files, {calls}{limits.in_words()}"


def user_for(readable: tuple[Path, ...]) -> int | None:
    """A number for the sandbox's user when root starts it; None for everybody else, whose own number it remains.

    Root's own number never runs student code: limits on processes do not bind it, and without any capability it still
    owns root's files and the kernel's settings.

    Raises:
        InfrastructureError: files that the notebook needs are closed to all but root.
    """
    if os.geteuid() != 0:
        return None
    closed = closed_to_others((*readable, Path(sys.executable).resolve().parent, ENCLOSURE))
    if closed is not None:
        raise InfrastructureError(
            expected="files that a user without rights can read, since notebooks do not run as root",
            received="one that is closed to others", where=closed,
            todo=f"Say `chmod -R o+rX {closed}`, or start the grader as an ordinary user.",
        )  # fmt: skip
    return FIRST_USER + secrets.randbelow(LAST_USER - FIRST_USER + 1)


@functools.cache
def closed_to_others(paths: tuple[Path, ...]) -> Path | None:
    """The first of these folders that is not readable for everybody, with all that is in it."""
    return next((path for path in paths if not open_to_all((path,))), None)


def measuring_prefix(
    sandbox: Sandbox, pack: AssetPack, outboxes: Path, scratch: Path, features: Path | None = None
) -> list[str]:
    """The command prefix of the measuring process: it sees the held-out images and outboxes, and no network.

    Args:
        outboxes: Folder below which all outboxes of the batch lie, shown read-only.
        scratch: Folder in which the process finds an empty one of its own, in memory.
        features: Folder of shared features, shown read-only.
    """
    if sandbox.name == "none":
        return []
    package = Path(__file__).parents[1]
    enclosure = Enclosure(
        limits=RunLimits(notebook_seconds=24 * 3600), scratch=scratch,
        readable=(package, pack.heldout, outboxes, *([] if features is None else [features])),
        folders=("$HOME",), directory="$HOME", shows_grader=True,
    )  # fmt: skip
    return enclosure.command()


def features_prefix(sandbox: Sandbox, pack: AssetPack, target: Path) -> list[str]:
    """The command prefix of the process that computes shared features: it sees the pack and one folder to write to,
    nothing of any student, and no network."""
    if sandbox.name == "none":
        return []
    enclosure = Enclosure(
        limits=RunLimits(notebook_seconds=24 * 3600), readable=(Path(__file__).parents[1], pack.folder),
        writable=(target,), directory=str(target), shows_grader=True,
    )  # fmt: skip
    return enclosure.command()


def reading_prefix(sandbox: Sandbox) -> list[str]:
    """The command prefix of a process that reads one written report: no file of anybody's, no network."""
    if sandbox.name == "none":
        return []
    limits = RunLimits(
        notebook_seconds=300, memory_bytes=3 << 30, processes=64, file_bytes=256 << 20, scratch_bytes=512 << 20,
        shared_memory_bytes=16 << 20,
    )  # fmt: skip
    package = Path(__file__).parents[1]
    return Enclosure(limits=limits, readable=(package,), directory="/tmp", shows_grader=True).command()  # noqa: S108


def bubblewrap_works() -> str | None:
    """None when bubblewrap can isolate here, else the reason in words."""
    if shutil.which("bwrap") is None:
        return "the program bwrap is not installed (Debian package: bubblewrap)"
    try:
        enclosure = Enclosure(limits=RunLimits(), user=user_for(()))
        tried = subprocess.run(
            [*enclosure.command(), "/usr/bin/env", "true"], capture_output=True, text=True, timeout=START_SECONDS,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"bwrap was not ready within {START_SECONDS} s"
    except (OSError, InfrastructureError) as problem:
        return f"bwrap could not be started ({problem})"
    if tried.returncode:
        return f"bwrap cannot make a sandbox here ({tried.stderr.strip()[-200:]})"
    return None


def choose_sandbox(asked: str) -> Sandbox:
    """The sandbox asked for: `bubblewrap` or `none`.

    Raises:
        UsageError: the sandbox is not available; says what to do.
    """
    if asked == "none":
        return Sandbox("none")
    problem = bubblewrap_works()
    if problem is not None:
        raise UsageError(
            expected="a working bubblewrap sandbox, since grading runs other people's code",
            received=problem,
            todo="Install it (`apt-get install bubblewrap`), see `grader doctor`, or say `--sandbox none` "
            "if you trust every submission.",
        )
    return Sandbox("bubblewrap")
