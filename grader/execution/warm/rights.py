"""Give everything up: the last steps of a forked kernel before it is a student's."""

from __future__ import annotations

import os
import resource
import shutil
from pathlib import Path
from typing import Any

from . import system

INSIDE = 1000
"""Number of the user and the group inside, as in every sandbox."""


def give_up(room: dict[str, Any], program: bytes | None) -> None:
    """Become the sandbox's user in a user namespace of its own, without capabilities, within limits and the filter."""
    os.setsid()
    user = room["user"]
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _own_user_namespace()
    system.no_capabilities()
    os.umask(0o022)
    for source, target in room["copies"]:
        shutil.copytree(source, target, symlinks=True, copy_function=shutil.copyfile)
    for folder in room["folders"]:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    os.chdir(room["directory"])
    _limit(room["limits"])
    system.no_new_privileges()
    if program is not None:
        system.filter_calls(program)


def _own_user_namespace() -> None:
    """One user and one group, as nobody else: limits on processes are counted per user and namespace."""
    user, group = os.geteuid(), os.getegid()
    system.unshare(system.CLONE_NEWUSER)
    # Changing users made this process invisible to itself.
    system.dumpable(True)
    for name, text in (
        ("setgroups", "deny"), ("gid_map", f"{INSIDE} {group} 1\n"), ("uid_map", f"{INSIDE} {user} 1\n"),
    ):  # fmt: skip
        Path("/proc/self", name).write_text(text, encoding="ascii")


def _limit(limits: dict[str, int]) -> None:
    # What was imported before the fork is shared and nobody's own.
    limits = {**limits, "RLIMIT_DATA": limits["RLIMIT_DATA"] + _data_bytes()}
    for name, most in limits.items():
        number = getattr(resource, name)
        _, hard = resource.getrlimit(number)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(number, (value, value))


def _data_bytes() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0
