"""What a forked kernel has to make of itself, in the words that `warm/view.py` and `warm/rights.py` understand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.execution.bubblewrap import KERNEL_SETTINGS, Enclosure
from grader.execution.forked_kernel import NoFork
from grader.execution.kernel_command import kernel_command
from grader.execution.workspace import Workspace

PROGRAM = Path(__file__).parent / "warm"
"""Of the warm parent; taken out of sight in its forks."""


def room_for(
    enclosure: Enclosure, workspace: Workspace, environment: dict[str, str], threads: int, batch: Path,
    readable: tuple[Path, ...],
) -> dict[str, Any]:  # fmt: skip
    """What a fork has to make of itself: the same as this enclosure would show and allow.

    Raises:
        NoFork: the enclosure asks for something that a fork cannot have.
    """
    folder = workspace.folder
    elsewhere = [path for path in enclosure.readable if not path.is_relative_to(folder) and path not in readable]
    if enclosure.scratch != folder or folder.parent != batch or elsewhere:
        raise NoFork(f"the warm parent does not see {', '.join(map(str, elsewhere or [folder]))}")
    own = [path for path in (*enclosure.writable, *enclosure.readable) if path.is_relative_to(folder)]
    if any(path.parent != folder for path in (*own, *(source for source, _ in enclosure.copies))):
        raise NoFork("only what lies in the workspace itself can be shown to a fork")
    seeds = enclosure.seeds()
    command = kernel_command(workspace)
    return {
        "root": str(batch),
        "name": folder.name,
        "seeds": {source.name: shown.name for source, shown, _ in seeds},
        "copies": [[str(shown), str(target)] for _, shown, target in seeds],
        "writable": [path.name for path in enclosure.writable],
        "readable": [path.name for path in own if path not in enclosure.writable],
        "links": {Path(name).name: target for target, name in enclosure.links},
        "hidden": [str(PROGRAM)],
        "kernel_settings": list(KERNEL_SETTINGS),
        "scratch_bytes": enclosure.limits.scratch_bytes,
        "shared_memory_bytes": enclosure.limits.shared_memory_bytes,
        "limits": enclosure.resource_limits(),
        "folders": list(enclosure.folders),
        "directory": enclosure.directory,
        "user": enclosure.user,
        "environment": environment,
        "threads": threads,
        "settings": str(workspace.settings_file),
        "program": command[0],
        "arguments": command[1:],
    }
