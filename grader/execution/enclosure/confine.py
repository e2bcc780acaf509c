"""Give up what is left: `python -I -S confine.py SPECIFICATION COMMAND…` runs inside the sandbox and becomes COMMAND.

SPECIFICATION is JSON: `limits` by name of the resource, `user` to become or null, `copies` as pairs of folders,
`folders` to make (`$HOME` is understood), `directory` to go to.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
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
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606


if __name__ == "__main__":
    main()
