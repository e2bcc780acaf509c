"""What this machine can isolate, tried and not guessed, and how to get what it lacks."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil

from grader.errors import InfrastructureError
from grader.execution.cgroup import delegated_cgroup
from grader.execution.kernel_start import forking_problem
from grader.execution.limits import RunLimits, size_in_words
from grader.execution.sandbox import bubblewrap_works, user_for
from grader.execution.syscalls import seccomp_problem


@dataclass(frozen=True)
class Ability:
    """One line for a person: what it is, whether it is there, what that means, and how to get it."""

    name: str
    there: bool
    detail: str
    todo: str = ""


def abilities() -> list[Ability]:
    """In the order of their weight."""
    return [_sandbox(), _user(), _seccomp(), _forks(), _limits(), _memory(), _pictures()]


def _sandbox() -> Ability:
    problem = bubblewrap_works()
    if problem is None:
        return Ability("sandbox (bubblewrap)", True, "own namespaces, no network, read-only system, no capabilities")
    todo = "Install bubblewrap (apt-get install bubblewrap), or grade only notebooks you trust with --sandbox none."
    closed = _namespaces_closed()
    if closed:
        todo = f"{closed} {todo}"
    return Ability("sandbox (bubblewrap)", False, problem, todo)


def _namespaces_closed() -> str:
    """Why a user who is not root may not make namespaces here, with what to do; empty where that is not the cause."""
    if os.geteuid() == 0:
        return (
            "In a container, start it with permission to make namespaces (docker: --security-opt seccomp=unconfined)."
        )
    for switch, closed, todo in (
        ("kernel/unprivileged_userns_clone", "0", "sudo sysctl kernel.unprivileged_userns_clone=1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "an AppArmor profile for /usr/bin/bwrap with `userns,`"),
        ("user/max_user_namespaces", "0", "sudo sysctl user.max_user_namespaces=15000"),
    ):
        try:
            value = Path("/proc/sys", switch).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if value == closed:
            return f"Users may not make namespaces here ({switch} is {value}); what helps: {todo}."
    return ""


def _user() -> Ability:
    if os.geteuid() != 0:
        return Ability("user of the notebook", True, "yours, without rights; its own namespace keeps it apart")
    try:
        user_for(())
    except InfrastructureError as problem:
        return Ability("user of the notebook", False, f"{problem.received} ({problem.where})", problem.todo)
    return Ability("user of the notebook", True, "a number of its own for each, without rights")


def _seccomp() -> Ability:
    problem = seccomp_problem()
    if problem is None:
        return Ability("system calls (seccomp)", True, "what notebooks never need is refused")
    return Ability(
        "system calls (seccomp)",
        False,
        problem,
        "apt-get install libseccomp2; the sandbox works without it, less deep.",
    )


def _forks() -> Ability:
    problem = forking_problem()
    if problem is None:
        return Ability("forked kernels", True, "TensorFlow is imported once for a whole batch")
    todo = "Each notebook imports TensorFlow for itself; nothing else changes."
    return Ability("forked kernels", False, problem, todo)


def _limits() -> Ability:
    limits = RunLimits().in_words()
    cgroup = delegated_cgroup()
    if cgroup is not None:
        return Ability("limits by cgroup", True, f"{limits} for each notebook, kept by the kernel")
    return Ability(
        "limits by cgroup", False, f"{limits} for each notebook, kept by resource limits and a watchdog",
        "For limits kept by the kernel alone: systemd-run --user --scope -p Delegate=yes grader batch ...",
    )  # fmt: skip


def _memory() -> Ability:
    memory = psutil.virtual_memory()
    wanted = RunLimits().memory_bytes
    fits = max(int(memory.total * 0.9) // wanted, 0)
    detail = (
        f"{size_in_words(memory.total)} in all, {size_in_words(memory.available)} free: --jobs {max(fits, 1)} at most"
    )
    return Ability("memory", fits >= 1, detail, "" if fits else "A notebook may need 6 GB; run one at a time.")


def _pictures() -> Ability:
    if shutil.which("tesseract") is not None:
        return Ability("text in pictures", True, "screenshots and scanned pages of reports are read (Tesseract)")
    return Ability(
        "text in pictures", False, "screenshots in reports are shown to a person, and not read",
        "apt-get install tesseract-ocr",
    )  # fmt: skip
