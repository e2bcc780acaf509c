"""A folder that the coordinator and all workers see: a path, or an address that fsspec understands (s3://, gs://)."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from pathlib import Path
from typing import Any

import fsspec

from grader.errors import InfrastructureError, UsageError
from grader.storage import replacing

CHUNK = 1 << 20


class SharedFolder:
    """Files by name below one address. A name has its whole content or none: it is written aside and renamed.

    Credentials are fsspec's own business (its configuration files, the environment of each machine).
    """

    def __init__(self, url: str) -> None:
        """Raises:
        UsageError: fsspec does not know the kind of address, or it cannot be reached.
        """
        self.url = url
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
            self._files.makedirs(self._root, exist_ok=True)
        except (ImportError, ValueError, OSError) as problem:
            raise UsageError(
                expected="a folder that all machines see, or an address that fsspec understands",
                received=str(problem), where=url,
                todo="Give --shared a path on a network file system, or install what that kind of address needs.",
            ) from problem  # fmt: skip
        self._root = str(self._root).rstrip("/")

    def has(self, name: str) -> bool:
        """Whether that name is there now, whatever other machines did in between."""
        with contextlib.suppress(NotImplementedError):
            self._files.invalidate_cache()
        return bool(self._files.exists(self._path(name)))

    def put(self, name: str, content: Path) -> None:
        """Copy a file there, under that name at once or not at all.

        Raises:
            OSError: as the file system has it.
        """
        path = self._path(name)
        if self._local:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            with content.open("rb") as source, replacing(Path(path)) as target:
                _copy(source, target, None)
            return
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        aside = f"{path}.{secrets.token_hex(8)}.part"
        self._files.put_file(str(content), aside)
        self._files.mv(aside, path)

    def put_bytes(self, name: str, content: bytes, scratch: Path) -> None:
        """The same for a few bytes; `scratch` is a folder of ours."""
        path = scratch / f"put-{secrets.token_hex(8)}"
        try:
            path.write_bytes(content)
            self.put(name, path)
        finally:
            path.unlink(missing_ok=True)

    def get(self, name: str, target: Path, most: int, sha256: str | None = None) -> None:
        """Copy a file from there.

        Args:
            most: bytes it may have.
            sha256: what it must hold; None where whoever reads it checks.

        Raises:
            OSError: missing, or cannot be read. InfrastructureError: larger, or with another content.
        """
        digest = hashlib.sha256()
        with contextlib.suppress(NotImplementedError):
            self._files.invalidate_cache()
        with self._files.open(self._path(name), "rb") as source, target.open("wb") as file:
            if not _copy(source, file, digest, most):
                raise InfrastructureError(expected=f"at most {most} bytes", received="more", where=self._where(name))
        if sha256 is not None and digest.hexdigest() != sha256:
            raise InfrastructureError(
                expected=f"the content with SHA-256 {sha256[:12]}…", received="another", where=self._where(name),
                todo="Did somebody else write to the shared folder?",
            )  # fmt: skip

    def remove(self, name: str) -> None:
        """Remove a file, if it is there and we may."""
        with contextlib.suppress(OSError):
            self._files.rm_file(self._path(name))

    def empty(self, name: str) -> None:
        """Remove all files below a name, as far as there are any and we may."""
        with contextlib.suppress(NotImplementedError):
            self._files.invalidate_cache()
        with contextlib.suppress(OSError):
            for path in self._files.find(self._path(name)):
                with contextlib.suppress(OSError):
                    self._files.rm_file(path)

    @property
    def _local(self) -> bool:
        return "file" in self._files.protocol

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _where(self, name: str) -> str:
        return f"{self.url.rstrip('/')}/{name}"


def _copy(source: Any, target: Any, digest: Any, most: int | None = None) -> bool:
    """Whether all of it was copied."""
    copied = 0
    while chunk := source.read(CHUNK):
        copied += len(chunk)
        if most is not None and copied > most:
            return False
        target.write(chunk)
        if digest is not None:
            digest.update(chunk)
    return True
