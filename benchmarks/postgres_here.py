"""A PostgreSQL server of our own for a while: a temporary cluster, run by an ordinary user, on a socket only."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

_CUT = (
    "select count(pg_terminate_backend(pid)) from pg_stat_activity"
    " where pid <> pg_backend_pid() and datname = current_database()"
)


def programs() -> Path | None:
    """The folder with `initdb`; Debian keeps it off the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: float(path.parent.name))


class PostgresHere:
    """A server with one database; its connections can be cut, and it can be started again, as administrators do."""

    def __init__(self) -> None:
        where = programs()
        if where is None:
            raise FileNotFoundError("initdb: PostgreSQL is not installed (Debian: apt-get install postgresql)")
        # The server refuses to run as root.
        self._user = "nobody" if os.geteuid() == 0 else None
        self._scratch = tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp")
        self._folder = self._scratch.name
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        self._control = [f"{where}/pg_ctl", "-D", f"{self._folder}/data"]
        self._watching: psycopg.Connection[tuple[int]] | None = None
        self.url = f"postgresql://teacher@/postgres?host={self._folder}"
        self._run(
            f"{where}/initdb", "-D", f"{self._folder}/data", "-U", "teacher", "-A", "trust", "--no-sync", "-E", "UTF8"
        )
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._forget_connection()
        self._stop()
        self._scratch.cleanup()

    def cut(self) -> int:
        """End every connection but our own, whatever it is doing; returns how many there were."""
        try:
            if self._watching is None:
                self._watching = psycopg.connect(self.url, autocommit=True)
            row = self._watching.execute(_CUT).fetchone()
        except psycopg.Error:
            self._forget_connection()
            return 0
        return 0 if row is None else row[0]

    def restart(self) -> None:
        """End the server without a word to anybody, as a power cut does, and start it again."""
        self._forget_connection()
        self._stop()
        self._start()

    def _start(self) -> None:
        settings = f"-c listen_addresses= -c unix_socket_directories={self._folder} -c fsync=off"
        self._run(*self._control, "-w", "-o", settings, "-l", f"{self._folder}/log", "start")

    def _stop(self) -> None:
        self._run(*self._control, "-m", "immediate", "stop")

    def _run(self, *command: str) -> None:
        subprocess.run(
            command, check=True, user=self._user, cwd=self._folder, timeout=60,
            env={"PATH": os.defpath, "LC_ALL": "C"}, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def _forget_connection(self) -> None:
        if self._watching is not None:
            with contextlib.suppress(psycopg.Error):
                self._watching.close()
            self._watching = None
