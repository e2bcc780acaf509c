"""The outside world while grading: addresses are answered from the asset pack or not at all."""

from __future__ import annotations

import email.message
import fnmatch
import functools
import importlib
import io
import os
import urllib.error
import urllib.parse
import urllib.request
import urllib.response
from pathlib import Path
from typing import TYPE_CHECKING, Any

import wrapt

from .commands.pack_files import NO_NETWORK, STOOD_IN, stand_in
from .pictures import IMAGE_ENDINGS
from .stand_in_weights import in_place_of, is_imagenet_file
from .watching import inside

if TYPE_CHECKING:
    from .pictures import Pictures


def prepare() -> None:
    """Lay out `get_file(…, extract=True)` in its old and its new way, as soon as Keras is imported."""
    wrapt.register_post_import_hook(_watch_get_file, "keras.src.utils.file_utils")


def install(downloads: list[dict[str, str]], pictures: Pictures) -> None:
    """Answer `urllib` and `requests` from the pack.

    `downloads` is a list of `{"pattern": <URL or fnmatch pattern>, "path": <file>}`; the first match wins.
    """
    addresses = _Addresses(downloads, pictures)
    urllib.request.install_opener(urllib.request.build_opener(_PackHandler(addresses)))
    wrapt.register_post_import_hook(functools.partial(_watch_requests, addresses), "requests.adapters")


class _Addresses:
    """What lies behind addresses: a file of the pack, something that stands in, or nothing."""

    def __init__(self, downloads: list[dict[str, str]], pictures: Pictures) -> None:
        self._downloads = downloads
        self._pictures = pictures

    def behind(self, full_url: str) -> Path | io.BytesIO | None:
        """The contents of an address."""
        url = full_url.split("?", 1)[0]
        for entry in self._downloads:
            if fnmatch.fnmatchcase(url, entry["pattern"]):
                return Path(entry["path"])
        name = url.rsplit("/", 1)[-1]
        # What Keras fetches for a network of its own is answered where that network is made.
        if is_imagenet_file(name) and name.endswith(".h5") and not getattr(inside, "application", 0):
            self._pictures.note(url, "a note of its name, for random weights to stand in", kind="missing")
            return io.BytesIO(in_place_of(name))
        if url.lower().endswith(IMAGE_ENDINGS) and (picture := self._pictures.one()) is not None:
            self._pictures.note(url, "a picture of the asset pack", kind="picture")
            return Path(picture)
        if (made := stand_in(url, self._pictures.cats_and_dogs)) is not None:
            self._pictures.note(url, STOOD_IN)
            return made
        return None


class _PackHandler(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Serves http and https requests from files; everything else ends in a clear URLError."""

    def __init__(self, addresses: _Addresses) -> None:
        super().__init__()
        self._addresses = addresses

    def http_open(self, request: urllib.request.Request) -> Any:
        contents = self._addresses.behind(request.full_url)
        if contents is None:
            raise urllib.error.URLError(f"{NO_NETWORK} {request.full_url[:300]}")
        return _answer(request, contents)

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


def _watch_requests(addresses: _Addresses, module: Any) -> None:
    """`requests.get` and all its relatives end in one method."""
    adapter = module.HTTPAdapter
    original = adapter.send

    @functools.wraps(original)
    def send(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        if (urllib.parse.urlsplit(request.url).hostname or "") in ("localhost", "127.0.0.1", "::1"):
            return original(self, request, *args, **kwargs)
        contents = addresses.behind(request.url)
        if contents is None:
            raise module.ConnectionError(f"{NO_NETWORK} {request.url[:300]}", request=request)
        size = contents.stat().st_size if isinstance(contents, Path) else contents.getbuffer().nbytes
        body = contents.open("rb") if isinstance(contents, Path) else contents
        answer = importlib.import_module("urllib3.response").HTTPResponse(
            body, {"Content-Length": str(size), "Content-Type": "application/octet-stream"}, 200, reason="OK",
            preload_content=False,
        )  # fmt: skip
        return self.build_response(request, answer)

    adapter.send = send


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
