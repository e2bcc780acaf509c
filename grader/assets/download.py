"""Download one file: resumed where it broke off, checked, and in its place only when it is right."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from grader.assets.assemble import Progress, sha256_of, silent
from grader.assets.images import content_digest, read_images
from grader.assets.sources import Source
from grader.errors import AssetError

ATTEMPTS = 3
TIMEOUT = 30.0
"""Seconds without a single byte."""
BLOCK = 256 * 1024
CLIENT_ERROR, NOT_SATISFIABLE, SERVER_ERROR, PARTIAL_CONTENT = 400, 416, 500, 206


class _CutShortError(Exception):
    """The connection ended before the file did; what came is kept."""


def download(source: Source, base_url: str, folder: Path, progress: Progress = silent) -> Path:
    """Fetch a file into a folder, unless it is there already and right.

    What arrived of an interrupted download stays as `NAME.part`, and the next attempt, now or in another run,
    asks for the rest only.

    Raises:
        AssetError: The server does not have it, or does not answer, or sent something else.
    """
    if urlsplit(base_url).scheme not in ("http", "https"):
        raise AssetError(expected="an http or https address", received=repr(base_url), todo="Mend --base-url.")
    target = folder / source.name
    if target.is_file() and _mistake(source, target) is None:
        return target
    url = f"{base_url.rstrip('/')}/{source.path}"
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{source.name}.part"
    problem = ""
    for _ in range(ATTEMPTS):
        resumed = part.is_file() and part.stat().st_size > 0
        try:
            _transfer(url, part, source, progress)
        except (_CutShortError, OSError, http.client.HTTPException) as error:
            problem = str(error) or type(error).__name__
            continue
        mistake = _mistake(source, part)
        if mistake is None:
            part.replace(target)
            return target
        part.unlink()
        problem = mistake
        # The old half may have been of another file; a whole download that is wrong stays wrong.
        if not resumed:
            break
    raise AssetError(
        expected=f"the whole of {source.name} with its known checksum",
        received=problem,
        where=url,
        todo="Try again (it goes on where it stopped), use a mirror with --base-url, or put the file into a "
        "folder and run `grader assets build cats-vs-dogs --from FOLDER`.",
    )


def _transfer(url: str, part: Path, source: Source, progress: Progress) -> None:
    """Append what is missing to `part`; raises `_CutShortError` or OSError when worth another attempt."""
    have = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "lab-grader"})  # noqa: S310 -- scheme was checked
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT)  # noqa: S310
    except urllib.error.HTTPError as error:
        with error:
            if error.code == NOT_SATISFIABLE:
                return  # everything is there already
            if CLIENT_ERROR <= error.code < SERVER_ERROR:
                raise AssetError(
                    expected="the file", received=f"HTTP status {error.code} ({error.reason})", where=url,
                    todo="Check --base-url, or build the pack from local files with `grader assets build`.",
                ) from error  # fmt: skip
            raise _CutShortError(f"HTTP status {error.code}") from error
    with response:
        goes_on = response.status == PARTIAL_CONTENT
        done = have if goes_on else 0
        length = response.headers.get("Content-Length", "")
        total = done + int(length) if length.isdecimal() else 0
        if max(total, done) > source.most_bytes:
            part.unlink(missing_ok=True)
            raise AssetError(expected=f"at most {source.most_bytes:,} bytes", received=f"{total:,}", where=url)
        with part.open("ab" if goes_on else "wb") as stream:
            while block := response.read(BLOCK):
                done += len(block)
                if done > source.most_bytes:
                    break
                stream.write(block)
                progress(source.name, done, total)
    if done > source.most_bytes:
        part.unlink()
        raise AssetError(expected=f"at most {source.most_bytes:,} bytes", received="more", where=url)
    if done < total:
        raise _CutShortError(f"{done:,} of {total:,} bytes, then the connection ended")


def _mistake(source: Source, path: Path) -> str | None:
    """What is wrong with the file, or None."""
    if source.sha256 is not None:
        found = sha256_of(path)
        return None if found == source.sha256 else f"a file with SHA-256 {found} instead of {source.sha256}"
    if source.images_digest is not None:
        try:
            right = content_digest(read_images(path)) == source.images_digest
        except AssetError as error:
            return str(error)
        return None if right else "an archive with other images"
    size = path.stat().st_size
    return None if size == source.most_bytes else f"{size:,} bytes instead of {source.most_bytes:,}"
