"""HTTP to the platform: patient with its failures, strict with its answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from grader.errors import InfrastructureError, UsageError
from grader.lti.config import LtiConfig
from grader.lti.token import AccessToken

SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
CONTAINER_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"

TIMEOUT = 30.0
TRIES = 4
LONGEST_WAIT = 60.0
LARGEST_ANSWER = 2**20
MOST_PAGES = 50
AGAIN = frozenset({429, 500, 502, 503, 504})


class NoAnswerError(InfrastructureError):
    """The platform gave no answer that says what became of a request."""


@dataclass(frozen=True)
class Answer:
    """What came back, read up to `LARGEST_ANSWER` bytes."""

    status: int
    content: bytes
    links: dict[str, str]
    repeated: bool = False
    """An earlier try of the same request got no usable answer, and may have arrived all the same."""

    def document(self) -> Any:
        """The JSON in it; None for anything else."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None


class Client:
    """A conversation with one platform."""

    def __init__(
        self, config: LtiConfig, scopes: list[str], http: httpx.Client, sleep: Callable[[float], None]
    ) -> None:
        self._http = http
        self._sleep = sleep
        self._token = AccessToken(config, scopes, self._ask)

    def send(self, method: str, url: str, *, accept: str | None = None, body: tuple[str, Any] | None = None) -> Answer:
        """A request with the token; `body` is a media type and a document. A token that ended is renewed once.

        Raises:
            NoAnswerError: no answer after several tries.
        """
        headers = {"Accept": accept} if accept else {}
        content = None
        if body is not None:
            headers["Content-Type"] = body[0]
            content = json.dumps(body[1]).encode()
        answer = self._request(method, url, {**headers, "Authorization": self._token.bearer()}, content)
        if answer.status == 401:
            bearer = self._token.bearer(renew=True)
            answer = self._request(method, url, {**headers, "Authorization": bearer}, content)
        return answer

    def pages(self, url: str, accept: str) -> Iterator[Any]:
        """The documents of a list that may come in pages (`Link: <…>; rel="next"`).

        Raises:
            UsageError: refused, or a next page lies on another server, which must not see the token.
        """
        origin = _origin(url)
        for _ in range(MOST_PAGES):
            answer = self.send("GET", url, accept=accept)
            if answer.status != 200:
                raise refused(answer, url)
            yield answer.document()
            following = answer.links.get("next")
            if following is None:
                return
            try:
                url = urljoin(url, following)
                there = _origin(url)
            except ValueError as problem:
                raise UsageError(
                    expected="the address of a next page",
                    received=f"{following[:100]} ({problem})",
                    where="the platform",
                ) from problem
            if there != origin:
                raise UsageError(expected=f"a next page on {origin[1]}", received=there[1][:100], where="the platform")
        raise UsageError(expected=f"at most {MOST_PAGES} pages of line items", received="more", where=url)

    def _ask(self, url: str, form: dict[str, str]) -> dict[str, Any]:
        content = str(httpx.QueryParams(form)).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = self._request("POST", url, headers, content)
        document = answer.document()
        if answer.status != 200 or not isinstance(document, dict):
            raise refused(answer, url)
        return document

    def _request(self, method: str, url: str, headers: dict[str, str], content: bytes | None) -> Answer:
        trouble = ""
        for attempt in range(TRIES):
            wait = min(2.0**attempt, LONGEST_WAIT)
            try:
                answer, asked = self._once(method, url, headers, content)
            except httpx.HTTPError as problem:
                trouble = str(problem) or type(problem).__name__
            else:
                if answer.status not in AGAIN:
                    return replace(answer, repeated=attempt > 0)
                trouble = f"status {answer.status}"
                wait = min(max(wait, asked), LONGEST_WAIT)
            if attempt + 1 < TRIES:
                self._sleep(wait)
        raise NoAnswerError(
            expected="an answer from the platform", received=f"{trouble[:200]}, {TRIES} times", where=_origin(url)[1],
            todo="Send again later: what was sent is remembered, and nothing is sent twice.",
        )  # fmt: skip

    def _once(self, method: str, url: str, headers: dict[str, str], content: bytes | None) -> tuple[Answer, float]:
        with self._http.stream(method, url, headers=headers, content=content) as response:
            read = b""
            for chunk in response.iter_bytes(65536):
                read += chunk
                if len(read) > LARGEST_ANSWER:
                    raise UsageError(expected="an answer of at most 1 MiB", received="more", where=_origin(url)[1])
            links = {str(name): str(link.get("url", "")) for name, link in response.links.items()}
            asked = response.headers.get("Retry-After", "")
            seconds = float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0.0
            return Answer(response.status_code, read, links), seconds


def refused(answer: Answer, url: str) -> UsageError:
    """The platform says no, in its own words as far as they help."""
    document = answer.document()
    said = document.get("error_description") or document.get("error") if isinstance(document, dict) else None
    words = f": {said[:200]}" if isinstance(said, str) else ""
    return UsageError(
        expected="the platform's consent", received=f"status {answer.status}{words}",
        where=urlsplit(url)._replace(query="").geturl(),
        todo="Compare client_id, key_id and addresses with the tool's registration on the platform.",
    )  # fmt: skip


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


@contextmanager
def open_client(config: LtiConfig, scopes: list[str], sleep: Callable[[float], None] = time.sleep) -> Iterator[Client]:
    """A client that follows no redirect (a token must not be carried elsewhere) and waits `TIMEOUT` seconds at most."""
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as http:
        yield Client(config, scopes, http, sleep)
