"""The platform's access token: OAuth 2.0 client credentials with a signed assertion.

IMS Security Framework 1.0, section 4.1; RFC 7523. PyJWT signs, httpx speaks HTTP.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

import jwt

from grader.errors import UsageError
from grader.lti.config import LtiConfig
from grader.submission.files import read_regular_file

SCOPES = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = 300
"""Seconds an assertion holds; it is used at once."""
MARGIN = 30
"""A token is renewed that many seconds before it ends."""
LARGEST_KEY = 64 * 1024

Ask = Callable[[str, dict[str, str]], dict[str, Any]]
"""Posts a form to an address and returns the JSON object that comes back."""


class AccessToken:
    """A token for some scopes, fetched when it is needed."""

    def __init__(self, config: LtiConfig, scopes: Sequence[str], ask: Ask) -> None:
        self._config = config
        self._scopes = tuple(f"{SCOPES}{scope}" for scope in scopes)
        self._ask = ask
        self._token = ""
        self._ends = 0.0

    def bearer(self, *, renew: bool = False) -> str:
        """The value of the header `Authorization`.

        Raises:
            UsageError: the key is none, or the platform does not grant what is needed.
        """
        if renew or not self._token or time.monotonic() > self._ends - MARGIN:
            self._fetch()
        return f"Bearer {self._token}"

    def _fetch(self) -> None:
        answer = self._ask(
            self._config.platform.token_url,
            {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": assertion(self._config),
                "scope": " ".join(self._scopes),
            },
        )
        token, kind = answer.get("access_token"), answer.get("token_type", "")
        if not isinstance(token, str) or not token or not token.isascii() or str(kind).casefold() != "bearer":
            raise UsageError(
                expected="a bearer token", received="an answer without one", where=self._config.platform.token_url
            )
        granted = answer.get("scope")
        missing = set(self._scopes) - set(granted.split()) if isinstance(granted, str) else set()
        if missing:
            raise UsageError(
                expected=f"the right to {', '.join(sorted(missing))}", received="a token without it",
                where=self._config.platform.token_url,
                todo="Ask the platform's administrator to grant Assignment and Grade Services to this tool.",
            )  # fmt: skip
        lifetime = answer.get("expires_in", 3600)
        self._token = token
        self._ends = time.monotonic() + (lifetime if isinstance(lifetime, (int, float)) else 3600)


def assertion(config: LtiConfig) -> str:
    """A new signed assertion: who asks, whom, until when, and a number that is used once.

    Raises:
        UsageError: the key file holds no RSA key.
    """
    now = int(time.time())
    claims = {
        "iss": config.platform.client_id,
        "sub": config.platform.client_id,
        "aud": config.platform.audience or config.platform.token_url,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": secrets.token_urlsafe(24),
    }
    try:
        key = read_regular_file(config.key_file, LARGEST_KEY)
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": config.platform.key_id})
    except (ValueError, TypeError, jwt.PyJWTError) as problem:
        # The message of a key's parser may hold parts of the key.
        raise UsageError(
            expected="the tool's private RSA key in PEM", received="a file that is none", where=config.key_file
        ) from problem
