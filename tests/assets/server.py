"""A web server on loopback that can misbehave on purpose."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Shelf:
    """What the server has, how it behaves, and what it was asked."""

    files: dict[str, bytes]
    cut_after: list[int] = field(default_factory=list)
    """The next answers end after that many bytes, one entry each."""
    ranges: bool = True
    failures: list[int] = field(default_factory=list)
    """The next answers are these status codes."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """(path, Range header) of each request."""
    url: str = ""


@contextlib.contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Shelf]:
    """Serve the files by path until the block ends."""
    shelf = Shelf(files)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            shelf.asked.append((self.path, wanted))
            content = shelf.files.get(self.path)
            if shelf.failures:
                self.send_error(shelf.failures.pop(0))
                return
            if content is None:
                self.send_error(404)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and shelf.ranges else 0
            if start and start >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            rest = content[start:]
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest[: shelf.cut_after.pop(0)] if shelf.cut_after else rest)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        shelf.url = f"http://127.0.0.1:{server.server_port}/mirror"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield shelf
        server.shutdown()
        thread.join()
