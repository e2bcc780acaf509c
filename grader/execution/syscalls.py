"""Which system calls a notebook never needs: a seccomp filter, as bytes for `bwrap --seccomp`.

What is listed has either broken sandboxes before (namespaces, `io_uring`, `userfaultfd`, `bpf`, keys), looks into
other processes, changes the machine, or holds memory that nobody counts (`memfd_create`, System V shared memory).
Sources: seccomp(2), the profiles of Docker (docs.docker.com/engine/security/seccomp) and Flatpak
(flatpak-run.c, `setup_seccomp`).
"""

from __future__ import annotations

import errno
import functools
import os
from pathlib import Path

REFUSED = (
    # mounting and changing the view of the file system
    "mount", "umount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount",
    "open_tree", "mount_setattr", "name_to_handle_at", "open_by_handle_at", "quotactl", "quotactl_fd",
    # namespaces (`clone` is looked at more closely below)
    "unshare", "setns",
    # other processes
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "pidfd_getfd", "kcmp",
    # the kernel itself
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "create_module", "bpf",
    "perf_event_open", "lookup_dcookie", "syslog", "acct", "reboot", "swapon", "swapoff", "uselib", "nfsservctl",
    "_sysctl", "sysfs", "vhangup", "iopl", "ioperm", "modify_ldt", "vm86", "vm86old", "fanotify_init",
    # keys
    "add_key", "request_key", "keyctl",
    # memory tricks
    "userfaultfd", "personality", "move_pages", "migrate_pages", "remap_file_pages",
    # the clock and the names of the machine
    "settimeofday", "stime", "clock_settime", "clock_settime64", "adjtimex", "clock_adjtime", "clock_adjtime64",
    "sethostname", "setdomainname",
    # System V and POSIX queues and shared memory, which no process needs to have mapped
    "shmget", "shmat", "shmctl", "semget", "msgget", "mq_open",
)  # fmt: skip

NOT_THERE = (
    # Answered as an old kernel would, so that libraries take their other way.
    "clone3", "io_uring_setup", "io_uring_enter", "io_uring_register", "memfd_create", "memfd_secret",
)  # fmt: skip

NEW_NAMESPACES = 0x7E020080
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME (linux/sched.h)."""
FAMILIES = (1, 2, 10)
"""AF_UNIX, AF_INET and AF_INET6 (the latter two reach the sandbox's own loopback only)."""
AF_NETLINK = 16
"""Only to ask for network interfaces (NETLINK_ROUTE, protocol 0), which ZeroMQ does; they are the sandbox's own."""
LAST_FAMILY = 64
TIOCSTI, TIOCLINUX = 0x5412, 0x541C


@functools.cache
def seccomp_problem() -> str | None:
    """None when a filter can be made and loaded here, else the reason in words."""
    try:
        import pyseccomp  # noqa: F401
    except (RuntimeError, OSError, ImportError) as problem:
        return f"libseccomp cannot be loaded ({problem}); Debian package: libseccomp2"
    try:
        available = Path("/proc/sys/kernel/seccomp/actions_avail").read_text(encoding="ascii").split()
    except OSError:
        return "the kernel has no seccomp filters"
    return None if "errno" in available else "the kernel's seccomp cannot refuse calls"


@functools.cache
def seccomp_filter() -> bytes | None:
    """The compiled filter (classic BPF), or None where `seccomp_problem` says why there is none."""
    if seccomp_problem() is not None:
        return None
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    no = seccomp.ERRNO(errno.EPERM)
    for name in REFUSED:
        _add(rules, no, name)
    for name in NOT_THERE:
        _add(rules, seccomp.ERRNO(errno.ENOSYS), name)
    for bit in range(32):
        flag = 1 << bit
        if NEW_NAMESPACES & flag:
            _add(rules, no, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    for command in (TIOCSTI, TIOCLINUX):
        _add(rules, no, "ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, command))
    family = seccomp.ERRNO(errno.EAFNOSUPPORT)
    for number in range(LAST_FAMILY):
        if number not in (*FAMILIES, AF_NETLINK):
            _add(rules, family, "socket", seccomp.Arg(0, seccomp.EQ, number))
    _add(rules, family, "socket", seccomp.Arg(0, seccomp.GE, LAST_FAMILY))
    _add(rules, family, "socket", seccomp.Arg(0, seccomp.EQ, AF_NETLINK), seccomp.Arg(2, seccomp.NE, 0))
    descriptor = os.memfd_create("filter")
    with os.fdopen(descriptor, "w+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _add(rules: object, action: int, name: str, *conditions: object) -> None:
    try:
        rules.add_rule(action, name, *conditions)  # type: ignore[attr-defined]
    except (OSError, ValueError):
        # Not a call of this architecture or of this libseccomp; what it does not know, it cannot name.
        if name in ("mount", "ptrace", "unshare", "clone", "socket"):
            raise
