"""Who comes in, and what a page elsewhere can make this app do: nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from grader.gradebook.book import open_gradebook
from grader.provenance.key_store import signing_key
from grader.review.access import Access, loopback_hosts
from grader.review.app import create_app
from grader.review.classroom import Classroom
from tests.review.classes import ORIGIN, QUESTION, Visitor

PAGES = ["/", f"/questions/{QUESTION}", "/submissions/ada", "/submissions/ada/report", "/history", "/export",
         "/export/grades.csv", "/comments/head"]  # fmt: skip


def opened(out: Path, access: Access) -> Iterator[FlaskClient]:
    """The app with a door of one's own."""
    with open_gradebook(out, "lab06") as book:
        yield create_app(Classroom(out, None, book, signing_key()), access).test_client()


@pytest.fixture
def stranger(out: Path) -> Iterator[FlaskClient]:
    """Someone on this machine who has not seen the link."""
    yield from opened(out, Access(hosts=loopback_hosts(8000), name="Grace"))


@pytest.fixture
def proxied(out: Path) -> Iterator[FlaskClient]:
    """The app behind a proxy that signs people in."""
    yield from opened(out, Access(hosts=frozenset({"grades.example.edu"}), header="X-Remote-User", secure=True))


@pytest.mark.parametrize("page", PAGES)
def test_strangers_see_nothing(stranger: FlaskClient, page: str) -> None:
    response = stranger.get(page, base_url=ORIGIN)
    assert response.status_code == 401
    assert "Ærø" not in response.text


def test_the_link_works_once(out: Path) -> None:
    access = Access(hosts=loopback_hosts(8000), name="Grace")
    token = access.link_token
    for client in opened(out, access):
        assert client.get("/enter?token=guess", base_url=ORIGIN).status_code == 401
        first = client.get(f"/enter?token={token}", base_url=ORIGIN)
        assert (first.status_code, first.location) == (303, "/")
        cookie = first.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert client.get("/", base_url=ORIGIN).status_code == 200
        again = client.application.test_client()
        assert again.get(f"/enter?token={token}", base_url=ORIGIN).status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example:8000", "127.0.0.1", "127.0.0.1:9000", "localhost.evil.example:8000", ""]
)
def test_a_name_that_is_not_ours_is_refused_also_with_the_cookie(visitor: Visitor, host: str) -> None:
    response = visitor.client.get("/", base_url=ORIGIN, headers={"Host": host})
    assert response.status_code in (400, 421)
    assert "Ærø" not in response.text


@pytest.mark.parametrize(
    ("token", "origin"),
    [
        ("", ORIGIN),
        ("0" * 64, ORIGIN),
        (None, "http://evil.example"),
        (None, "null"),
        (None, "http://127.0.0.1:9000"),
        (None, "http://[x"),
    ],
)
def test_a_form_of_another_page_changes_nothing(visitor: Visitor, token: str | None, origin: str) -> None:
    response = visitor.post(visitor.answer("ada"), token=token, origin=origin, points=0, seen=0, remark_seen=0)
    assert response.status_code == 403
    assert visitor.classroom.book.journal.history() == []


def test_a_browser_that_says_cross_site_is_believed(visitor: Visitor) -> None:
    found = re.search(r'name="token" value="([0-9a-f]+)"', visitor.text("/comments/head"))
    assert found is not None
    response = visitor.client.post(
        visitor.answer("ada"), base_url=ORIGIN, data={"token": found[1], "points": 1, "seen": 0},
        headers={"Sec-Fetch-Site": "cross-site"},
    )  # fmt: skip
    assert response.status_code == 403


def test_every_page_forbids_what_it_does_not_need(visitor: Visitor) -> None:
    for page in PAGES:
        headers = visitor.get(page).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        framed = page.endswith("/report")
        assert ("frame-ancestors 'self'" if framed else "frame-ancestors 'none'") in policy
        assert ("; sandbox" in policy) == framed


def test_behind_a_proxy_the_header_says_who_it_is(proxied: FlaskClient) -> None:
    here = "https://grades.example.edu"
    assert proxied.get("/", base_url=here).status_code == 401
    assert proxied.get("/", base_url=here, headers={"X-Remote-User": " "}).status_code == 401
    assert proxied.get("/", base_url=here, headers={"X-Remote-User": "ada"}).status_code == 200
    assert proxied.get("/", base_url=ORIGIN, headers={"X-Remote-User": "ada"}).status_code == 421
    assert proxied.get("/enter?token=", base_url=here).status_code == 401


def test_two_names_in_the_header_are_nobody(proxied: FlaskClient) -> None:
    headers = [("X-Remote-User", "eve"), ("X-Remote-User", "ada")]
    assert proxied.get("/", base_url="https://grades.example.edu", headers=headers).status_code == 401


def test_the_form_token_of_one_user_is_not_that_of_another(proxied: FlaskClient) -> None:
    here = "https://grades.example.edu"
    page = proxied.get("/comments/head", base_url=here, headers={"X-Remote-User": "ada"}).text
    token = re.search(r'name="token" value="([0-9a-f]+)"', page)
    assert token is not None
    sent = {"token": token[1], "text": "Well done."}
    refused = proxied.post("/comments/head", base_url=here, data=sent, headers={"X-Remote-User": "eve"})
    assert refused.status_code == 403
    written = proxied.post("/comments/head", base_url=here, data=sent, headers={"X-Remote-User": "ada"})
    assert written.status_code == 303


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1", "\n//x"]
)
def test_undo_leads_to_no_other_site(visitor: Visitor, back: str) -> None:
    visitor.mark("ada", 1)
    action = visitor.classroom.book.journal.history()[0].action
    assert visitor.post("/undo", action=action, back=back).location == "/"


def test_a_form_of_absurd_size_is_refused(visitor: Visitor) -> None:
    assert visitor.mark("ada", 1, remark="x" * 6000).status_code == 413
    assert visitor.mark("ada", 1, remark="x" * 400_000).status_code == 413
    assert visitor.classroom.book.journal.history() == []
