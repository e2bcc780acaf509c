"""System calls that Python's library does not offer: namespaces, mounts, capabilities and filters. Linux only.

Sources: unshare(2), mount(2), capset(2), prctl(2), seccomp(2), and the kernel's header files for numbers.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_NOATIME, MS_NODIRATIME, MS_BIND, MS_MOVE, MS_REC = 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14
MS_PRIVATE, MS_RELATIME = 1 << 18, 1 << 21
MNT_DETACH = 2
ST_RELATIME = 4096

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP = 1, 4, 22, 24
_PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, _SECCOMP_MODE_FILTER = 38, 47, 4, 2
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="ascii"))
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1


def unshare(namespaces: int) -> None:
    """Leave these namespaces for new ones."""
    _check(_libc.unshare(ctypes.c_int(namespaces)), "unshare")


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """mount(2)."""
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, options)]
    result = _libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3])
    _check(result, f"mount {kind or source} at {target}")


def detach(target: str) -> None:
    """Unmount, with everything below; what still uses it goes on."""
    _check(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def bind(source: str, target: str, *, read_only: bool) -> None:
    """Show `source` at `target`, without devices and set-user-id programs."""
    mount(source, target, None, MS_BIND | MS_REC)
    # What the mount forbids already must be said again: in a user namespace it cannot be taken back.
    now = os.statvfs(target).f_flag
    kept = now & (MS_NOEXEC | MS_NOATIME | MS_NODIRATIME) | (MS_RELATIME if now & ST_RELATIME else 0)
    mount(None, target, None, MS_BIND | MS_REMOUNT | MS_NOSUID | MS_NODEV | kept | (MS_RDONLY if read_only else 0))


def memory(target: str, size: int, mode: int = 0o1777) -> None:
    """An empty folder in memory, of at most `size` bytes."""
    mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, f"size={size},mode={mode:o}")


def loopback_up() -> None:
    """A new network namespace has a loopback interface that is switched off (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def end_with_parent() -> None:
    """Be killed when the process that started this one ends."""
    _prctl(_PR_SET_PDEATHSIG, 9)


def dumpable(yes: bool) -> None:
    """Whether processes of the same user may look into this one."""
    _prctl(_PR_SET_DUMPABLE, int(yes))


def no_capabilities() -> None:
    """Give up every capability of this user namespace, for good."""
    for number in range(_LAST_CAPABILITY + 1):
        _prctl(_PR_CAPBSET_DROP, number)
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, bytes(24)), "capset")


def no_new_privileges() -> None:
    """No program run from here on gains anything by being run."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def filter_calls(program: bytes) -> None:
    """Refuse system calls from here on, by a compiled filter (classic BPF, 8 bytes per instruction)."""
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a number and, aligned, a pointer (linux/filter.h).
    specification = struct.pack("HP", len(program) // 8, ctypes.addressof(code))
    _check(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, specification, 0, 0), "seccomp")


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)), "prctl")


def _check(result: int, what: str) -> None:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
