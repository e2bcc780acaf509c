"""The command line of bubblewrap: what a sandbox shows, what it may write, and what its processes may use."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grader
from grader.execution.limits import GIGABYTE, RunLimits
from grader.execution.syscalls import seccomp_filter

ENCLOSURE = Path(__file__).parent / "enclosure"
INSIDE = 1000
"""Number of the user inside, as in `enclosure/enter.py`."""

SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_FILES = (
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/fonts", "/etc/localtime",
    "/etc/nsswitch.conf", "/etc/alternatives", "/etc/mime.types",
)  # fmt: skip
KERNEL_SETTINGS = ("/proc/sys", "/proc/sysrq-trigger", "/proc/fs", "/proc/irq", "/proc/bus", "/proc/mtrr")
ACCOUNTS = {
    # Who else has an account on this machine is nobody's business.
    "/etc/passwd": f"root:x:0:0::/:/bin/sh\nstudent:x:{INSIDE}:{INSIDE}::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n",
    "/etc/group": f"root:x:0:\nstudent:x:{INSIDE}:\nnogroup:x:65534:\n",
    "/etc/hosts": "127.0.0.1 localhost lab\n::1 localhost lab\n",
}
FIRST_USER, LAST_USER = 1_900_000_000, 1_999_999_999
"""Numbers that no account and no container uses (systemd.io/UIDS-GIDS): each sandbox started by root takes one."""
PRIVATE = "/.lab"
"""As in `warm/view.py`."""
PARENT_CAPABILITIES = (
    "CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETFCAP", "CAP_SETPCAP",
)  # fmt: skip
"""Namespaces and mounts, the loopback interface, another user, a map of users, and to give all of it up."""
PYTHON_PARTS = ("bin", "lib", "lib64", "share", "include", "pyvenv.cfg")
"""Of a Python's folder; anything else that lies there (a checkout, when it is its own environment) stays outside."""


@dataclass(frozen=True)
class Enclosure:
    """One sandbox to be. Paths are the same inside and outside.

    Attributes:
        scratch: an empty folder of its own, in memory and limited in size; what lay there on disk is not visible.
        copies: pairs (folder on disk, folder in the scratch) to be copied in at the start.
        writable: folders on disk; they win over `scratch`.
        readable: files and folders shown read-only.
        folders: folders to make in the scratch.
        links: pairs (where it points, name of a link below the root).
        directory: where the command starts; `$HOME` is understood.
        user: the host's number of the user that runs in there; None to stay the one who starts it.
    """

    limits: RunLimits
    scratch: Path | None = None
    copies: tuple[tuple[Path, Path], ...] = ()
    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    folders: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    directory: str = ""
    user: int | None = None
    cgroup: Path | None = None
    shows_grader: bool = field(default=False)
    """Whether this package may be seen; student code has no use for it."""

    def resource_limits(self) -> dict[str, int]:
        """Limits on each process of the sandbox, by the names of setrlimit(2)."""
        return {
            "RLIMIT_CORE": 0,
            "RLIMIT_CPU": self.limits.cpu_seconds,
            "RLIMIT_DATA": self.limits.memory_bytes,
            "RLIMIT_FSIZE": self.limits.file_bytes,
            "RLIMIT_MEMLOCK": 1 << 16,
            "RLIMIT_MSGQUEUE": 0,
            "RLIMIT_NOFILE": self.limits.open_files,
            "RLIMIT_NPROC": self.limits.processes,
        }

    def seeds(self) -> list[tuple[Path, Path, Path]]:
        """Of each folder to be copied in: the original on disk, where it is shown read-only, and its copy."""
        return [(source, _seed(target), target) for source, target in self.copies]

    def command(self, lifeline: int | None = None) -> list[str]:
        """What the command to be enclosed is appended to.

        Args:
            lifeline: a descriptor to be passed on, the reading end of a pipe whose other end this process keeps: when
                that is closed, the sandbox ends. bubblewrap ends with its parent, but not if that happens while it
                is still setting up. The command has to be started as the leader of a process group.
        """
        outside = {
            "arguments": self._arguments(), "maps": None if self.user is None else f"0 0 1\n{INSIDE} {self.user} 1\n",
            "cgroup": None if self.cgroup is None else str(self.cgroup), "lifeline": lifeline,
        }  # fmt: skip
        inside = {
            "limits": self.resource_limits(),
            "user": None if self.user is None else INSIDE,
            "copies": [[str(shown), str(target)] for _, shown, target in self.seeds()],
            "folders": list(self.folders),
            "directory": self.directory,
            "lifeline": lifeline,
        }
        python = [sys.executable, "-I", "-S"]
        return [
            *python, str(ENCLOSURE / "enter.py"), json.dumps(outside, separators=(",", ":")),
            *python, str(ENCLOSURE / "confine.py"), json.dumps(inside, separators=(",", ":")),
        ]  # fmt: skip

    def _arguments(self) -> list[str | dict[str, str]]:
        """Source of the options: bubblewrap's manual page, bwrap(1). Later ones lie on top of earlier ones."""
        arguments: list[str | dict[str, str]] = [
            *_system(),
            *_memory("/dev/shm", self.limits.shared_memory_bytes),  # noqa: S108 - a mount point inside
            *_memory("/tmp", self.limits.scratch_bytes),  # noqa: S108
        ]
        arguments += ["--cap-drop", "ALL"]
        if self.user is None:
            arguments += ["--uid", str(INSIDE), "--gid", str(INSIDE)]
        else:
            arguments += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        arguments += self._own_folders()
        for target, name in self.links:
            arguments += [*_parents([Path(name)]), "--symlink", target, name]
        program = seccomp_filter()
        if program is not None:
            arguments += ["--seccomp", _data(program)]
        # The root and /dev are in memory, too, without a limit of their own.
        return [*arguments, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]

    def _own_folders(self) -> list[str]:
        shown = [ENCLOSURE / "confine.py", *self.readable]
        scratch = [] if self.scratch is None else [self.scratch]
        arguments = _python([*shown, *scratch, *self.writable], shows_grader=self.shows_grader)
        for path in scratch:
            arguments += _memory(str(path), self.limits.scratch_bytes)
        for source, target in self.copies:
            arguments += ["--ro-bind", str(source), str(_seed(target))]
        for path in self.writable:
            arguments += ["--bind", str(path), str(path)]
        for path in shown:
            arguments += ["--ro-bind", str(path), str(path)]
        return arguments


WORKING_FOLDERS = ("/content", "/kaggle/working")
"""The working folder's names on Colab and on Kaggle: notebooks from there write them out."""


@dataclass(frozen=True)
class ParentEnclosure:
    """The sandbox of a warm parent: the same system, but with rights to make namespaces of its own.

    Those rights reach as far as its own user namespace: over nothing that was there before it.

    Attributes:
        batch: the folder of all workspaces; seen at `BATCH` inside, where no fork leaves it in sight.
        readable: as in `Enclosure`, for every fork.
        program: folder of the parent's own program.
        links: names of links below the root that each fork lets point where it likes.
    """

    batch: Path
    readable: tuple[Path, ...]
    program: Path
    links: tuple[str, ...] = WORKING_FOLDERS

    def command(self) -> list[str]:
        """What the parent's command is appended to."""
        root = os.geteuid() == 0
        others = f"{FIRST_USER} {FIRST_USER} {LAST_USER - FIRST_USER + 1}"
        maps = f"0 0 1\n{others}\n" if root else None
        outside = {"arguments": self._arguments(root), "maps": maps, "cgroup": None, "lifeline": None}
        return [sys.executable, "-I", "-S", str(ENCLOSURE / "enter.py"), json.dumps(outside, separators=(",", ":"))]

    def _arguments(self, root: bool) -> list[str | dict[str, str]]:
        arguments: list[str | dict[str, str]] = [*_system()]
        for folder in ("/tmp", "/dev/shm"):  # noqa: S108 - where imports leave something
            arguments += _memory(folder, GIGABYTE)
        arguments += ["--cap-drop", "ALL"]
        for name in PARENT_CAPABILITIES:
            arguments += ["--cap-add", name]
        if not root:
            arguments += ["--uid", "0", "--gid", "0"]
        in_memory = [] if self.batch.is_relative_to("/tmp") else [self.batch]  # noqa: S108
        shown = [*self.readable, self.program]
        arguments += _python([*shown, *in_memory], shows_grader=False)
        for path in in_memory:
            arguments += ["--perms", "0755", "--tmpfs", str(path)]
        for path in shown:
            arguments += ["--ro-bind", str(path), str(path)]
        arguments += ["--perms", "0755", "--tmpfs", PRIVATE, "--dir", f"{PRIVATE}/proc"]
        arguments += ["--bind", str(self.batch), f"{PRIVATE}/batch"]
        for name in self.links:
            arguments += [*_parents([Path(name)]), "--symlink", f"{PRIVATE}/{Path(name).name}", name]
        return [*arguments, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]


def _system() -> list[str | dict[str, str]]:
    """New namespaces, and the part of the system that every sandbox shows."""
    arguments: list[str | dict[str, str]] = [
        "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
        "--unshare-cgroup-try", "--die-with-parent", "--new-session", "--hostname", "lab",
        # In a process namespace of its own the kernel would take its changed parent for a dead one and leave.
        "--unsetenv", "JPY_PARENT_PID",
        "--proc", "/proc", *_read_only_settings(), "--dev", "/dev",
        "--perms", "0755", "--dir", "/etc",
    ]  # fmt: skip
    for path in (*SYSTEM_FOLDERS, *SYSTEM_FILES):
        arguments += ["--ro-bind-try", path, path]
    for name, text in ACCOUNTS.items():
        arguments += ["--perms", "0444", "--ro-bind-data", _data(text.encode()), name]
    return arguments


def _python(others: Sequence[Path], *, shows_grader: bool) -> list[str]:
    """This Python and its packages, and the folders above it and above `others`."""
    package = Path(grader.__file__).resolve().parent
    hidden = [] if shows_grader else [package]
    arguments = _parents([*python_parts(), *hidden, *others])
    for path in python_parts():
        arguments += ["--ro-bind", str(path), str(path)]
    for path in hidden:
        if any(path.is_relative_to(part) for part in (*python_parts(), Path("/usr"))):
            arguments += ["--perms", "0755", "--tmpfs", str(path)]
    return arguments


def _read_only_settings() -> list[str]:
    """The kernel's own settings: root's number may write them even without any capability (proc(5), sysctl(8))."""
    return [word for folder in KERNEL_SETTINGS for word in ("--ro-bind-try", folder, folder)]


def _memory(path: str, size: int) -> list[str]:
    return ["--perms", "1777", "--size", str(size), "--tmpfs", path]


def _data(data: bytes) -> dict[str, str]:
    return {"data": base64.b64encode(data).decode("ascii")}


def _seed(target: Path) -> Path:
    """Where the read-only original of a copied folder is shown."""
    return target.with_name(f".{target.name}")


def _parents(paths: Iterable[Path]) -> list[str]:
    """Make the folders above all mount points: bubblewrap itself makes them for their owner only."""
    above = {parent for path in paths for parent in path.parents}
    given = [Path(folder) for folder in (*SYSTEM_FOLDERS, "/etc")] + list(python_parts())
    return [
        word
        for folder in sorted(above)
        if folder not in (Path("/"), Path("/tmp"))  # noqa: S108
        and not any(folder.is_relative_to(path) for path in given)
        for word in ("--perms", "0755", "--dir", str(folder))
    ]


def python_parts() -> list[Path]:
    """Where this interpreter and its packages live, when that is not below /usr."""
    folders = {Path(sys.prefix).absolute(), Path(sys.base_prefix).absolute(), Path(sys.base_prefix).resolve()}
    parts = [folder / part for folder in folders for part in PYTHON_PARTS]
    return sorted(part for part in parts if part.exists() and not part.is_relative_to("/usr"))


def open_to_all(paths: Sequence[Path]) -> bool:
    """Whether a user without any rights could read these folders and all that is in them."""
    for path in paths:
        if not _readable(path.stat().st_mode, path.is_dir()):
            return False
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                entry = Path(folder, name)
                if not entry.is_symlink() and not _readable(entry.stat().st_mode, name in folders):
                    return False
    return True


def _readable(mode: int, is_folder: bool) -> bool:
    wanted = 0o005 if is_folder else 0o004
    return mode & wanted == wanted
