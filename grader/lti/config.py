"""The file that says where scores go: `lti.toml`."""

from __future__ import annotations

import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator

from grader.errors import UsageError
from grader.evidence.base import Document

LARGEST_FILE = 64 * 1024
Text = Annotated[str, Field(min_length=1, max_length=2000)]


class Platform(Document):
    """How the platform knows this tool: what its administrator gave when the tool was registered."""

    client_id: Text
    token_url: Text
    audience: Text | None = None
    """`aud` of the assertion, where it is not the token's address (D2L, some Canvas installations)."""
    key: Text
    """File with the tool's private RSA key (PEM), relative to this file."""
    key_id: Text
    """`kid` under which the platform has the public half."""

    @field_validator("token_url")
    @classmethod
    def _safe(cls, url: str) -> str:
        return safe_address(url)


class LineItem(Document):
    """The column that scores go to: its address, or where to look for it and by what."""

    url: Text | None = None
    container: Text | None = None
    label: Text | None = None
    resource_id: Text | None = None
    create: bool = False
    """Make it when it is not there."""

    @field_validator("url", "container")
    @classmethod
    def _safe(cls, url: str | None) -> str | None:
        return None if url is None else safe_address(url)

    @model_validator(mode="after")
    def _one_way(self) -> LineItem:
        if (self.url is None) == (self.container is None):
            raise ValueError("either `url`, or `container` with `label` or `resource_id`")
        if self.container is not None and not (self.label or self.resource_id):
            raise ValueError("`label` or `resource_id` beside `container`")
        return self


class LtiConfig(Document):
    """The whole file."""

    platform: Platform
    line_item: LineItem
    people: Text | None = None
    """A CSV with `submission` and the person's LTI user id, relative to this file; or `canvas`: the numbers in
    Canvas's own download are taken, which Canvas accepts as user ids."""
    folder: Path = Path()
    """Where the file lies; not written in it."""

    @property
    def item_name(self) -> str:
        """The line item's name in the ledger: the same as long as the configuration means the same column."""
        item = self.line_item
        return item.url or f"{item.container}#{item.resource_id or ''}#{item.label or ''}"

    @property
    def key_file(self) -> Path:
        """The private key."""
        return self.folder / self.platform.key


def read_config(path: Path) -> LtiConfig:
    """Read `lti.toml`.

    Raises:
        UsageError: missing, or wrong somewhere.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise UsageError(expected="a file of at most 64 KiB", received="more", where=path)
        document: dict[str, Any] = tomllib.loads(content.decode())
    except (OSError, ValueError, RecursionError) as problem:
        raise UsageError(
            expected="a file in TOML that says where scores go", received=str(problem)[:200], where=path,
            todo="docs/lms.md shows one.",
        ) from problem  # fmt: skip
    document.pop("folder", None)
    try:
        return LtiConfig.model_validate({**document, "folder": path.parent})
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UsageError(
            expected=f"a right value for `{place}`", received=first["msg"][:300], where=path,
            todo="docs/lms.md shows an example.",
        ) from problem  # fmt: skip


def safe_address(url: str) -> str:
    """`url`, if it is one that a token may be sent to: https, or this machine itself.

    Raises:
        ValueError: it is not.
    """
    parts = urlsplit(url)
    if parts.username or parts.password or not parts.hostname:
        raise ValueError("an address such as https://lms.example/…, without a password in it")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname)):
        return url
    raise ValueError("an address that begins with https://")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
