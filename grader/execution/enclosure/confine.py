"""Give up what is left: `python -I -S confine.py SPECIFICATION COMMAND…` runs inside the sandbox and becomes COMMAND.

SPECIFICATION is JSON: `limits` by name of the resource, `user` to become or null, `copies` as pairs of folders,
`folders` to make (`$HOME` is understood), `directory` to go to, `lifeline`: the reading end of a pipe, at whose end
this process ends, or null.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import select
import shutil
import signal
import sys


def main() -> None:
    """Never returns."""
    specification = json.loads(sys.argv[1])
    user = specification["user"]
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    os.umask(0o022)
    for source, target in specification["copies"]:
        shutil.copytree(source, target, symlinks=True, copy_function=shutil.copyfile)
    for folder in specification["folders"]:
        os.makedirs(os.path.expandvars(folder), exist_ok=True)  # noqa: PTH103 - pathlib is not worth its start-up time here
    if specification["directory"]:
        os.chdir(os.path.expandvars(specification["directory"]))
    for name, most in specification["limits"].items():
        number = getattr(resource, name)
        _, hard = resource.getrlimit(number)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(number, (value, value))
    if specification["lifeline"] is not None:
        _end_with(specification["lifeline"])
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606


def _end_with(pipe: int) -> None:
    """Let the system end this process, and whatever it becomes, when the other end of a pipe is closed: `O_ASYNC` in
    fcntl(2). The rest of the sandbox ends with it."""
    os.set_inheritable(pipe, True)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, os.O_RDONLY | os.O_ASYNC | os.O_NONBLOCK)
    looking = select.poll()
    looking.register(pipe, select.POLLHUP)
    if looking.poll(0):
        # It was closed before the signal was asked for.
        os._exit(0)


if __name__ == "__main__":
    main()
