"""Who may come in. On loopback: whoever has the one-time link. Behind a proxy: whoever the proxy names.

Asked of every request, in this order: that it names a host we answer for (a page elsewhere may point its own name at
this machine: DNS rebinding); that it comes from someone known; and that a change comes from a page of ours (CSRF: a
token in the form, and where the browser says it, the origin).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Request

LONGEST_NAME = 120
MOST_SESSIONS = 50


@dataclass(frozen=True, slots=True)
class Author:
    """Someone who came in. `session` is what form tokens are bound to."""

    name: str
    session: str


@dataclass
class Access:
    """The door.

    Args:
        hosts: values of `Host` that are ours, lower case, with the port where there is one.
        name: who works here, where nobody is named by a proxy.
        header: the header in which a trusted proxy names the user; None: one-time link and cookie.
        secure: whether browsers reach us by https.
    """

    hosts: frozenset[str]
    name: str = ""
    header: str | None = None
    secure: bool = False
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _link: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    _sessions: dict[str, str] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def cookie(self) -> str:
        """Name of the cookie; cookies do not tell ports apart, so two apps on one machine need two names."""
        port = next(iter(sorted(self.hosts)), "").rpartition(":")[2]
        return f"grader-review-{port if port.isdigit() else 'web'}"

    @property
    def link_token(self) -> str:
        """What opens the door, once."""
        return self._link

    def our_host(self, request: Request) -> bool:
        """Whether the request was meant for us."""
        return request.headers.get("Host", "").lower() in self.hosts

    def enter(self, token: str) -> str | None:
        """Use up the one-time link; returns the new session, or None when it is not the right one."""
        with self._lock:
            if not hmac.compare_digest(token.encode(), self._link.encode()):
                return None
            self._link = secrets.token_urlsafe(24)
            session = secrets.token_urlsafe(32)
            self._sessions[session] = self.name
            while len(self._sessions) > MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            return session

    def author(self, request: Request) -> Author | None:
        """Who sends this; None for strangers."""
        if self.header is not None:
            sent = request.headers.get(self.header, "")
            # Servers join two headers of one name by a comma: someone tried to add a name to the proxy's.
            name = "" if "," in sent else "".join(c for c in sent if c.isprintable()).strip()[:LONGEST_NAME]
            return Author(name, f"user {name}") if name else None
        session = request.cookies.get(self.cookie, "")
        with self._lock:
            name = self._sessions.get(session, "") if session else ""
        return Author(name, session) if name else None

    def form_token(self, author: Author) -> str:
        """What every form carries."""
        return hmac.new(self._secret, author.session.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def from_our_page(self, request: Request, author: Author) -> bool:
        """Whether a change was asked for on a page of ours."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = request.headers.get("Origin")
        if origin is not None and _host(origin) not in self.hosts:
            return False
        token = request.form.get("token", "")
        return hmac.compare_digest(token.encode("utf-8", "replace"), self.form_token(author).encode())


def loopback_hosts(port: int) -> frozenset[str]:
    """The names under which a browser on this machine reaches a port."""
    return frozenset({f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"})


def _host(origin: str) -> str:
    """Host and port of an origin; empty for one that is no address."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
