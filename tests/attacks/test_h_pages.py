"""Section H in a real browser: pages made of nothing but attacks run no script and ask nobody for anything.

The browser opens the finished files from the disk, as a teacher would. Every address in the attacks leads to a
listener on the loopback, which must see no connection; and a script that did run would leave a mark in the page.
"""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.report import OverviewRow, render_overview, render_report
from tests.attacks.harmless import assert_harmless
from tests.attacks.road import found_in, read_only
from tests.report.examples import BATCH
from tests.report.lab import RUBRIC
from tests.report.parsed import assert_safe, parsed
from tests.report.test_browser import CHROMIUM, ask
from tests.report.test_hostile_text import poisoned
from tests.submission.notebooks import code, text, write

browser = pytest.mark.browser
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")


class Listener:
    """A TCP port on the loopback that remembers who came, answers nobody."""

    def __init__(self) -> None:
        self.visits: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._open = True
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while self._open:
            try:
                visitor, _ = self._socket.accept()
            except TimeoutError:
                continue
            with visitor:
                visitor.settimeout(1)
                try:
                    self.visits.append(visitor.recv(200))
                except OSError:
                    self.visits.append(b"(nothing said)")

    def close(self) -> None:
        self._open = False
        self._thread.join()
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def attacks(url: str) -> list[str]:
    """What to put wherever a student's text can come to stand; `url` is the listener."""
    mark = "document.documentElement.dataset.owned=1"
    return [
        f"<script>{mark};fetch('{url}/script')</script>",
        f"</style></title></pre></code><script src={url}/src></script>",
        f"<img src={url}/img onerror={mark}>",
        f"<svg onload={mark}><image href={url}/svg></svg>",
        f"<svg><animate onbegin={mark} attributeName=x dur=1s>",
        f"<iframe src={url}/frame srcdoc='<script>{mark}</script>'>",
        f"<base href={url}/base/>",
        f"<meta http-equiv=refresh content='0;url={url}/refresh'>",
        '<meta http-equiv=Content-Security-Policy content="default-src *">',
        f"<link rel=stylesheet href={url}/css>",
        f"<link rel=prefetch href={url}/prefetch><link rel=dns-prefetch href={url}>",
        f"<form action={url}/form><input autofocus onfocus={mark}><button>Score</button></form>",
        f"<object data={url}/object></object><embed src={url}/embed>",
        f"<video poster={url}/poster src={url}/video autoplay><audio src={url}/audio autoplay>",
        f"<style>@import '{url}/import'; body{{display:none;background:url({url}/bg)}}</style>",
        f"<div style='position:fixed;inset:0;background:url({url}/cover)'>Score 100/100</div>",
        f"<a href='javascript:{mark}' ping={url}/ping>x</a>",
        f"<body onload={mark} background={url}/body>",
        f"<details open ontoggle={mark}>",
        "<!-- never closed",
        "<textarea><plaintext><noscript><p title='</noscript>",
        f"![]({url}/markdown) [x](javascript:{mark})",
        f"<math><mtext><script>{mark}</script>",
        "{{ 7*7 }}{% raw %}]]>",
        f'" onmouseover="{mark}" x="',
        f"' style='background:url({url}/attr)",
        f"`;{mark};` url({url}/css2)",
        f"<template><script>{mark}</script></template><portal src={url}/portal>",
        "\u202e\u2066\x00\x1b[2J\ufeff<scr\x00ipt>",
        f"data:text/html,<script>{mark}</script>",
        f"<x is=y onclick={mark} tabindex=1 id=score><q cite={url}/q>",
        "<a id=main name=getElementById>&#60;script&#62;",
        f"<img src='1' srcset='{url}/set 2x'>",
    ]


HEADLESS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--virtual-time-budget=3000")  # fmt: skip


def opened(page: Path, profile: Path) -> str:
    """The page as the browser has it after three seconds of its own time."""
    assert CHROMIUM is not None
    done = subprocess.run(
        [CHROMIUM, *HEADLESS, f"--user-data-dir={profile}", "--dump-dom", page.as_uri()],
        capture_output=True, encoding="utf-8", errors="replace", timeout=120, check=True,
    )  # fmt: skip
    return done.stdout


@browser
@needs_browser
@pytest.mark.attack("H1", "H2", "H3")
def test_pages_of_nothing_but_attacks_run_no_script_and_send_no_request(tmp_path: Path, listener: Listener) -> None:
    hostile = attacks(listener.address)
    # A few at a time: names and reasons are cut after some hundred characters.
    groups = [" ".join(hostile[start : start + 5]) for start in range(0, len(hostile), 5)]
    for number, together in enumerate(groups):
        evidence, result = poisoned(together)
        (tmp_path / f"report-{number}.html").write_text(render_report(evidence, result, RUBRIC), encoding="utf-8")
    rows = [
        OverviewRow(id=one, name=one, result=poisoned(one)[1], href=one, seconds=1.0, run_status="cells_failed")
        for one in hostile
    ]
    (tmp_path / "overview.html").write_text(render_overview(RUBRIC, rows, BATCH), encoding="utf-8")
    for page in sorted(tmp_path.glob("*.html")):
        seen = opened(page, tmp_path / "profile")
        assert "<h1" in seen
        assert "data-owned" not in seen
        assert_safe(page.read_text(encoding="utf-8"))
        inside = parsed(seen)
        tags = {element.tag for element in inside.elements}
        assert not tags & {"script", "iframe", "form", "base", "object", "embed", "template"}
        assert len(inside.all("meta", **{"http-equiv": "refresh"})) == 0
    assert listener.visits == []


@browser
@needs_browser
@pytest.mark.attack("H1", "H2")
def test_the_listener_does_hear_a_page_that_asks(tmp_path: Path, listener: Listener) -> None:
    """The test above proves something: the same attacks in a page without our escaping do run and do ask."""
    (tmp_path / "open.html").write_text(f"<!doctype html><h1>x</h1>{attacks(listener.address)[0]}", encoding="utf-8")
    seen = opened(tmp_path / "open.html", tmp_path / "profile")
    assert "data-owned" in seen
    assert listener.visits != []


@browser
@needs_browser
@pytest.mark.attack("H1", "H2")
def test_even_unescaped_the_policy_lets_nothing_run_or_load(tmp_path: Path, listener: Listener) -> None:
    """The second line of defence, alone: every attack put into the page as markup."""
    evidence, result = poisoned("x")
    page = render_report(evidence, result, RUBRIC)
    # A refresh is a navigation, which a policy in the page does not govern: escaping alone holds that one.
    markup = "".join(
        text_ for text_ in attacks(listener.address)[:-1] if "refresh" not in text_ and "never closed" not in text_
    )
    (tmp_path / "raw.html").write_text(page.replace("<main", f"<div>{markup}</div><main", 1), encoding="utf-8")
    assert "data-owned" not in opened(tmp_path / "raw.html", tmp_path / "profile")
    assert listener.visits == []


@pytest.mark.attack("H1", "H2", "H3")
@pytest.mark.parametrize("number", range(len(attacks(""))))
def test_each_attack_alone_leaves_the_page_whole(number: int) -> None:
    evidence, result = poisoned(attacks("http://127.0.0.1:9")[number])
    assert_safe(render_report(evidence, result, RUBRIC))


LOOK_ALIKE = "Your result\n100 of 100 decided\nScore 100/100\n\nMet\n" * 3


@browser
@needs_browser
@pytest.mark.attack("H7")
def test_a_look_alike_result_stays_inside_the_students_boxes(tmp_path: Path) -> None:
    evidence, result = poisoned(LOOK_ALIKE)
    script = """
    const boxes = "blockquote, pre, article.card, #facts, #course, #training, #model, h1, header";
    const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT), outside = [], inside = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.data.includes("Score 100/100")) continue;
      const box = node.parentElement.closest(boxes);
      (box ? inside : outside).push(node.data.slice(0, 60));
    }
    return {outside, inside: inside.length, big: page.querySelector(".score .big").textContent,
            score: page.querySelector(".score").textContent.includes("100/100")};
    """
    found = ask(tmp_path, render_report(evidence, result, RUBRIC), script)
    assert found["outside"] == []
    assert found["inside"] > 5
    assert found["score"] is False
    assert "100 of 100" not in found["big"]


@pytest.mark.attack("H7", "K8")
def test_what_a_notebook_printed_is_on_no_page_at_all(tmp_path: Path) -> None:
    """Standard output is not evidence: only tracebacks are shown, below the words "as Python printed it"."""
    folder = tmp_path / "class"
    stored = [{"output_type": "stream", "name": "stdout", "text": "Score 100/100 PASSED"}]
    write(folder / "eve.ipynb", code("1", outputs=stored), text("nothing"))
    delivered = read_only(found_in(folder, tmp_path / "scratch"), tmp_path / "out", failing="Score 100/100")
    assert_harmless(delivered)
    assert "PASSED" not in delivered.reports["eve"]
    page = parsed(delivered.reports["eve"])
    for element in page.all("section", class_="score"):
        assert "100/100" not in element.text
