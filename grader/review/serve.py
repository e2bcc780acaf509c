"""Start the app and keep it running."""

from __future__ import annotations

import getpass
import importlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from waitress.server import create_server

from grader.batch.deliver import load_record
from grader.errors import UsageError
from grader.gradebook.book import open_gradebook
from grader.provenance.key_store import signing_key
from grader.review.access import Access, loopback_hosts
from grader.review.app import create_app
from grader.review.classroom import Classroom
from grader.rubric.load import load_rubric

THREADS = 8


@dataclass(frozen=True)
class ReviewRequest:
    """What a person asked for on the command line."""

    out: Path
    rubric: str | None
    gradebook: str | None
    key: Path | None
    port: int
    """0: any free one."""
    name: str | None
    header: str | None
    """Header in which a trusted proxy names the user; None: one-time link."""
    public_host: str | None
    """Host under which the proxy is reached."""


def serve(request: ReviewRequest, say: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Raises:
        GraderError: no results there, no gradebook, or the port is taken.
    """
    if (request.header is None) != (request.public_host is None):
        raise UsageError(
            expected="--behind-proxy HEADER and --public-host HOST together", received="one of them",
            todo="The proxy's host is checked so that no other page can reach the app under a name of its own.",
        )  # fmt: skip
    record = load_record(request.out)
    rubric = load_rubric(request.rubric or record.rubric)
    listening = _listen(request.port)
    port = listening.getsockname()[1]
    with open_gradebook(request.out, rubric.lab.id, request.gradebook) as book:
        classroom = Classroom(request.out, str(rubric.path), book, signing_key(request.key))
        access = _access(request, port)
        server = create_server(
            create_app(classroom, access), sockets=[listening], threads=THREADS, ident=None,
            max_request_body_size=1 << 20, clear_untrusted_proxy_headers=True,
        )  # fmt: skip
        if request.header is None:
            say(f"Open http://127.0.0.1:{port}/enter?token={access.link_token}")
            say("The link works once, on this machine. Stop with Ctrl+C; everything is kept as you go.")
        else:
            say(f"Listening on 127.0.0.1:{port} for the proxy of {request.public_host}.")
            say(f"Whoever it names in {request.header} is let in.")
        threading.Thread(target=_warm, daemon=True).start()
        try:
            server.run()
        finally:
            server.close()


def _warm() -> None:
    """Import now, beside the first pages, what the third mark would else wait for: seconds on a slow disk."""
    importlib.import_module("sklearn.feature_extraction.text")


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as problem:
        listening.close()
        raise UsageError(
            expected="a free port", received=f"{problem.strerror} on port {port}", where="--port",
            todo="Leave --port out: then any free one is taken.",
        ) from problem  # fmt: skip
    return listening


def _access(request: ReviewRequest, port: int) -> Access:
    if request.header is not None and request.public_host is not None:
        return Access(hosts=frozenset({request.public_host.lower()}), header=request.header, secure=True)
    return Access(hosts=loopback_hosts(port), name=request.name or _login())


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "teacher"
