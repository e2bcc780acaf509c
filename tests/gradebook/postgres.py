"""A PostgreSQL server of our own for a while: a temporary cluster, run by an ordinary user, on a socket only."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path | None:
    """The folder with `initdb`; Debian keeps it off the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: float(path.parent.name))


@contextmanager
def server() -> Iterator[str]:
    """Start a server; yields the URL of its first database."""
    where = programs()
    assert where is not None
    # The server refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        if user is not None:
            shutil.chown(folder, user)
        data = f"{folder}/data"

        def run(*command: str) -> None:
            subprocess.run(
                command, check=True, user=user, cwd=folder, timeout=60, env={"PATH": os.defpath, "LC_ALL": "C"},
                stdout=subprocess.DEVNULL,
            )  # fmt: skip

        run(f"{where}/initdb", "-D", data, "-U", "teacher", "-A", "trust", "--no-sync", "-E", "UTF8")
        settings = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        control = f"{where}/pg_ctl"
        run(control, "-D", data, "-w", "-o", settings, "-l", f"{folder}/log", "start")
        try:
            yield f"postgresql://teacher@/postgres?host={folder}"
        finally:
            run(control, "-D", data, "-m", "immediate", "stop")
