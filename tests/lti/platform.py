"""A learning platform on loopback, written from the specifications and not from our client.

IMS Security Framework 1.0 section 4.1 (RFC 6749, RFC 7523) for tokens; LTI AGS 2.0 for line items and scores. Whatever
the specifications demand is checked and answered as they say; what was wrong is kept in `complaints`.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(Z|[+-]\d\d:\d\d)")
ACTIVITY = {"Initialized", "Started", "InProgress", "Submitted", "Completed"}
GRADING = {"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"}
KNOWN = {"userId", "scoreGiven", "scoreMaximum", "activityProgress", "gradingProgress", "timestamp", "comment"}


@dataclass
class Platform:
    """What the platform knows and remembers."""

    public_key: bytes
    client_id: str = "tool-7"
    key_id: str = "key-1"
    users: set[str] = field(default_factory=lambda: {"u-anna", "u-ben"})
    granted: tuple[str, ...] = ("score", "lineitem", "lineitem.readonly")
    items: list[dict[str, Any]] = field(default_factory=list)
    page: int = 2
    tokens: dict[str, set[str]] = field(default_factory=dict)
    jtis: set[str] = field(default_factory=set)
    results: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    """Scores that were taken, in order."""
    complaints: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """What goes wrong next at a score: `503`, `429`, `drop` (taken, and the answer lost), `401`, `403`, `422`."""
    base: str = ""

    def token(self, headers: Any, body: bytes) -> tuple[int, Any]:
        """The token endpoint."""
        if headers.get_content_type() != "application/x-www-form-urlencoded":
            return self._no("invalid_request", "form encoding expected")
        form = {key: values[0] for key, values in parse_qs(body.decode()).items() if len(values) == 1}
        if form.get("grant_type") != "client_credentials":
            return self._no("unsupported_grant_type", "client_credentials expected")
        if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            return self._no("invalid_client", "assertion type")
        try:
            head = jwt.get_unverified_header(form["client_assertion"])
            claims = jwt.decode(
                form["client_assertion"], self.public_key, algorithms=["RS256"], audience=f"{self.base}/token",
                options={"require": ["iss", "sub", "aud", "iat", "exp", "jti"]},
            )  # fmt: skip
        except (jwt.PyJWTError, KeyError) as problem:
            return self._no("invalid_client", f"assertion: {problem}")
        if head.get("kid") != self.key_id or head.get("alg") != "RS256":
            return self._no("invalid_client", "kid or alg")
        if claims["iss"] != self.client_id or claims["sub"] != self.client_id:
            return self._no("invalid_client", "iss and sub are the client id")
        if claims["exp"] - claims["iat"] > 3600 or abs(claims["iat"] - time.time()) > 60:
            return self._no("invalid_client", "times")
        if claims["jti"] in self.jtis:
            return self._no("invalid_client", "jti used before")
        self.jtis.add(claims["jti"])
        asked = set(form.get("scope", "").split())
        if not asked or not all(scope.startswith(SCOPE) for scope in asked):
            return self._no("invalid_scope", "unknown scope")
        given = asked & {SCOPE + name for name in self.granted}
        token = secrets.token_urlsafe(16)
        self.tokens[token] = given
        return 200, {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": " ".join(sorted(given)),
        }

    def may(self, headers: Any, *scopes: str) -> bool:
        """Whether the bearer has one of these rights."""
        kind, _, token = headers.get("Authorization", "").partition(" ")
        return kind == "Bearer" and bool(self.tokens.get(token, set()) & {SCOPE + scope for scope in scopes})

    def score(self, item: str, headers: Any, body: bytes) -> tuple[int, Any]:
        """The score endpoint of a line item."""
        trouble = self.troubles.pop(0) if self.troubles else ""
        if trouble == "401":
            self.tokens.clear()
        if not self.may(headers, "score"):
            return 401, {"error": "invalid_token"}
        if trouble in ("403", "422", "429", "503"):
            return int(trouble), {"error": "trouble"}
        if headers.get("Content-Type") != "application/vnd.ims.lis.v1.score+json":
            return self._no("media type", headers.get("Content-Type", ""), 415)
        wrong = self._wrong(score := json.loads(body))
        if wrong:
            return self._no("score", wrong, 400)
        if score["userId"] not in self.users:
            return 404, {"error": "unknown user"}
        before = self.results.get((item, score["userId"]))
        if before is not None and moment(score["timestamp"]) <= moment(before["timestamp"]):
            return 409, {"error": "a newer score is there"}
        self.results[item, score["userId"]] = score
        self.history.append(score)
        return (0, None) if trouble == "drop" else (200, {"resultUrl": f"{self.base}/results/1"})

    def _wrong(self, score: Any) -> str:
        if not isinstance(score, dict) or set(score) - KNOWN:
            return "unknown fields"
        if not isinstance(score.get("userId"), str) or not STAMP.fullmatch(str(score.get("timestamp"))):
            return "userId and a timestamp with fractions of a second and a time zone"
        if score.get("activityProgress") not in ACTIVITY or score.get("gradingProgress") not in GRADING:
            return "progress"
        if "scoreGiven" in score:
            given, maximum = score["scoreGiven"], score.get("scoreMaximum")
            if (
                not isinstance(given, (int, float))
                or given < 0
                or not isinstance(maximum, (int, float))
                or maximum <= 0
            ):
                return "scoreGiven needs a positive scoreMaximum"
        return ""

    def container(self, query: dict[str, list[str]], headers: Any) -> tuple[int, Any, dict[str, str]]:
        """The line items, some at a time."""
        if not self.may(headers, "lineitem", "lineitem.readonly"):
            return 401, None, {}
        if headers.get("Accept") != "application/vnd.ims.lis.v2.lineitemcontainer+json":
            return *self._no("media type", headers.get("Accept", ""), 406), {}
        start = int(query.get("from", ["0"])[0])
        more = start + self.page < len(self.items)
        link = {"Link": f'<{self.base}/items?from={start + self.page}>; rel="next"'} if more else {}
        return 200, self.items[start : start + self.page], link

    def new_item(self, headers: Any, body: bytes) -> tuple[int, Any]:
        """A line item that the tool makes."""
        if not self.may(headers, "lineitem"):
            return 401, None
        if headers.get("Content-Type") != "application/vnd.ims.lis.v2.lineitem+json":
            return self._no("media type", headers.get("Content-Type", ""), 415)
        item = json.loads(body)
        if not item.get("label") or not item.get("scoreMaximum", 0) > 0:
            return self._no("line item", "label and scoreMaximum", 400)
        item["id"] = f"{self.base}/items/{len(self.items) + 1}?type=lab"
        self.items.append(item)
        return 201, item

    def _no(self, error: str, words: str, status: int = 400) -> tuple[int, Any]:
        self.complaints.append(f"{error}: {words}")
        return status, {"error": error, "error_description": words}


def moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


class Server:
    """The platform behind HTTP, for a `with` block."""

    def __init__(self, platform: Platform) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                path = urlsplit(self.path).path
                if path == "/token":
                    self._answer(*platform.token(self.headers, body))
                elif path == "/items":
                    self._answer(*platform.new_item(self.headers, body))
                elif found := re.fullmatch(r"/items/(\d+)/scores", path):
                    self._answer(*platform.score(found[1], self.headers, body))
                else:
                    self._answer(404, None)

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path == "/items":
                    status, document, headers = platform.container(parse_qs(parts.query), self.headers)
                    self._answer(status, document, headers)
                else:
                    self._answer(404, None)

            def _answer(self, status: int, document: Any, headers: dict[str, str] | None = None) -> None:
                if status == 0:
                    self.close_connection = True
                    self.connection.close()
                    return
                content = json.dumps(document).encode()
                self.send_response(status)
                for key, value in (headers or {}).items():
                    self.send_header(key, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        platform.base = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Server:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
