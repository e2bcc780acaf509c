"""What stands between student code and the machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grader.assets.pack import AssetPack
from grader.errors import UsageError
from grader.execution.workspace import Workspace

SandboxName = Literal["bubblewrap", "none"]

SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_FILES = (
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/fonts", "/etc/localtime", "/etc/passwd",
    "/etc/group", "/etc/nsswitch.conf", "/etc/alternatives", "/etc/mime.types",
)  # fmt: skip


@dataclass(frozen=True)
class Sandbox:
    """`bubblewrap`: own namespaces, no network, a read-only system, only this submission's folder. `none`: nothing."""

    name: SandboxName

    def prefix(self, workspace: Workspace) -> list[str]:
        """The command that a kernel's own command is appended to."""
        if self.name == "none":
            return []
        return bubblewrap_command(
            writable=[workspace.folder], readable=[Path(__file__).parent / "recorder", *workspace.readable]
        )


def bubblewrap_command(*, writable: Sequence[Path], readable: Sequence[Path]) -> list[str]:
    """A bubblewrap command line: the folders given, the system and this Python, and nothing else.

    Source of the options: bubblewrap's manual page, bwrap(1).
    """
    command = [
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--hostname", "lab",
        # In a process namespace of its own the kernel would take its changed parent for a dead one and leave.
        "--unsetenv", "JPY_PARENT_PID",
        "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/dev/shm",  # noqa: S108 - mount points inside
    ]  # fmt: skip
    for folder in SYSTEM_FOLDERS:
        command += ["--ro-bind-try", folder, folder]
    for file in SYSTEM_FILES:
        command += ["--ro-bind-try", file, file]
    for path in (*python_folders(), *readable):
        command += ["--ro-bind", str(path), str(path)]
    for path in writable:
        command += ["--bind", str(path), str(path)]
    return [*command, "--"]


def python_folders() -> list[Path]:
    """Where this interpreter and its packages live, when that is not below /usr."""
    folders = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
    return sorted(folder for folder in folders if not folder.is_relative_to("/usr"))


def bubblewrap_works() -> str | None:
    """None when bubblewrap can isolate here, else the reason in words."""
    if shutil.which("bwrap") is None:
        return "the program bwrap is not installed (Debian package: bubblewrap)"
    command = [*bubblewrap_command(writable=[], readable=[]), "/usr/bin/env", "true"]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"bwrap could not be started ({problem})"
    if tried.returncode:
        return f"bwrap cannot make a sandbox here ({tried.stderr.strip()[:200]})"
    return None


def choose_sandbox(asked: str) -> Sandbox:
    """The sandbox asked for: `auto`, `bubblewrap` or `none`.

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
            todo="Install it (`apt-get install bubblewrap`), or say `--sandbox none` if you trust every submission.",
        )
    return Sandbox("bubblewrap")


def measuring_prefix(sandbox: Sandbox, pack: AssetPack, outboxes: Path, scratch: Path) -> list[str]:
    """The command prefix of the measuring process: it sees the held-out images and outboxes, and no network.

    Args:
        outboxes: Folder below which all outboxes of the batch lie, shown read-only.
        scratch: Folder it may write in.
    """
    if sandbox.name == "none":
        return []
    package = Path(__file__).parents[1]
    return bubblewrap_command(writable=[scratch], readable=[package, pack.heldout, outboxes])
