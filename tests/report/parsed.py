"""A rendered page, read back with the standard library's parser, and what must hold of every page."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

VOID = {"meta", "link", "br", "img", "input", "hr", "base"}
FORBIDDEN = {"script", "iframe", "object", "embed", "base", "link", "form", "img", "image", "foreignobject", "animate"}
ADDRESSES = {"href", "src", "action", "formaction", "xlink:href", "data", "srcset", "poster", "background"}


@dataclass
class Element:
    """A start tag with its attributes and all text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """All elements in their order, and problems of nesting."""

    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.problems.append(f"<{tag}> has an attribute twice")
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            self.problems.append(f"</{tag}> closes {self.open[-1].tag if self.open else 'nothing'}")
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(element.tag == "style" for element in self.open):
            self.text += data
        for element in self.open:
            element.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements with that tag; `class_` asks for one of the element's classes."""
        wanted = attributes.pop("class_", None)
        return [
            element
            for element in self.elements
            if element.tag == tag
            and (wanted is None or wanted in element.attributes.get("class", "").split())
            and all(element.attributes.get(name) == value for name, value in attributes.items())
        ]


def parsed(html: str) -> Page:
    """The page, closed."""
    page = Page()
    page.feed(html)
    page.close()
    return page


def assert_safe(html: str, *, up: str = "") -> Page:
    """Nothing on the page can run, load, send, or come from anywhere else; the nesting is whole.

    `up`: how links to the results folder begin on a page that lies in a folder of it.
    """
    page = parsed(html)
    assert page.problems == []
    assert page.open == []
    assert "\x00" not in html
    assert html.encode("utf-8")
    for character in "\u202e\u202d\u2066\u2067\u200b\u00ad\ufeff":
        assert character not in html
    for element in page.elements:
        assert element.tag not in FORBIDDEN, element.tag
        for name, value in element.attributes.items():
            assert not name.startswith("on"), (element.tag, name)
            assert name != "style", element.tag
            assert "javascript:" not in value.lower() or name == "aria-label"
            if name in ADDRESSES:
                below = value.removeprefix(up).removesuffix("#everyone" if up else "")
                assert re.fullmatch(r"#[\w-]+|(?!\.\.)[\w.~%-]+(/(?!\.\.)[\w.~%-]+)*", below), value
    assert len(page.all("meta", **{"http-equiv": "Content-Security-Policy"})) == 1
    assert [meta.attributes["http-equiv"] for meta in page.all("meta") if "http-equiv" in meta.attributes] == [
        "Content-Security-Policy"
    ]
    styles = page.all("style")
    assert len(styles) == 1
    assert "url(" not in styles[0].text
    assert "@import" not in styles[0].text
    digest = base64.b64encode(hashlib.sha256(styles[0].text.encode()).digest()).decode()
    policy = page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0].attributes["content"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    return page


def assert_accessible(page: Page) -> None:
    """Language, one main landmark, headings in order, every reference inside the page leads somewhere."""
    assert page.all("html")[0].attributes["lang"] == "en"
    assert len(page.all("main")) == 1
    levels = [int(element.tag[1]) for element in page.elements if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        target = element.attributes.get("href", "")
        assert not target.startswith("#") or target[1:] in ids
        for id_ in element.attributes.get("aria-labelledby", "").split():
            assert id_ in ids
        if element.tag == "svg":
            assert element.attributes.get("aria-hidden") == "true" or element.attributes.get("aria-labelledby")
    assert page.all("a", href="#main")
