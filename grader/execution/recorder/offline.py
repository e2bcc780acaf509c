"""The outside world while grading: addresses are answered from the asset pack or not at all."""

from __future__ import annotations

import email.message
import fnmatch
import functools
import io
import os
import urllib.error
import urllib.request
import urllib.response
from pathlib import Path
from typing import TYPE_CHECKING, Any

import wrapt

from .pictures import IMAGE_ENDINGS
from .stand_in_weights import in_place_of, is_imagenet_file
from .watching import inside

if TYPE_CHECKING:
    from .pictures import Pictures


def prepare() -> None:
    """Lay out `get_file(…, extract=True)` in its old and its new way, as soon as Keras is imported."""
    wrapt.register_post_import_hook(_watch_get_file, "keras.src.utils.file_utils")


def install(downloads: list[dict[str, str]], pictures: Pictures) -> None:
    """Answer `urllib` from the pack.

    `downloads` is a list of `{"pattern": <URL or fnmatch pattern>, "path": <file>}`; the first match wins.
    """
    opener = urllib.request.build_opener(_PackHandler(downloads, pictures))
    urllib.request.install_opener(opener)


class _PackHandler(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Serves http and https requests from files; everything else ends in a clear URLError."""

    def __init__(self, downloads: list[dict[str, str]], pictures: Pictures) -> None:
        super().__init__()
        self._downloads = downloads
        self._pictures = pictures

    def http_open(self, request: urllib.request.Request) -> Any:
        url = request.full_url.split("?", 1)[0]
        for entry in self._downloads:
            if fnmatch.fnmatchcase(url, entry["pattern"]):
                return _answer(request, Path(entry["path"]))
        name = url.rsplit("/", 1)[-1]
        # What Keras fetches for a network of its own is answered where that network is made.
        if is_imagenet_file(name) and name.endswith(".h5") and not getattr(inside, "application", 0):
            self._pictures.note(url, "a note of its name, for random weights to stand in", kind="missing")
            return _answer(request, io.BytesIO(in_place_of(name)))
        if url.lower().endswith(IMAGE_ENDINGS) and (picture := self._pictures.one()) is not None:
            self._pictures.note(url, "a picture of the asset pack", kind="picture")
            return _answer(request, Path(picture))
        raise urllib.error.URLError(
            f"there is no network while grading, and the asset pack does not hold {request.full_url[:300]}"
        )

    def https_open(self, request: urllib.request.Request) -> Any:
        return self.http_open(request)


def _answer(request: urllib.request.Request, source: Path | io.BytesIO) -> Any:
    headers = email.message.Message()
    size = source.stat().st_size if isinstance(source, Path) else source.getbuffer().nbytes
    headers["Content-Length"] = str(size)
    headers["Content-Type"] = "application/octet-stream"
    body: io.BufferedReader | io.BytesIO = io.BytesIO()
    if request.get_method() != "HEAD":
        body = source.open("rb") if isinstance(source, Path) else source
    response = urllib.response.addinfourl(body, headers, request.full_url, 200)
    vars(response)["msg"] = "OK"  # HTTPErrorProcessor reads it
    return response


def _watch_get_file(module: Any) -> None:
    original = module.get_file

    @functools.wraps(original)
    def get_file(*args: Any, **kwargs: Any) -> Any:
        path = original(*args, **kwargs)
        if kwargs.get("extract") or kwargs.get("untar"):
            _add_old_layout(Path(path))
        return path

    module.get_file = get_file


def _add_old_layout(extracted: Path) -> None:
    """Until Keras 3.6 an archive's contents lay beside it; now they lie in `<name>_extracted`.

    Notebooks of both generations find them: the contents are linked into the parent folder too.
    """
    if not extracted.is_dir():
        return
    for entry in extracted.iterdir():
        beside = extracted.parent / entry.name
        if not beside.exists():
            os.symlink(entry, beside)  # noqa: PTH211 - a plain link reads better here
