"""How long it takes to mark the answers to one question in the review app: keystrokes and seconds, in a browser.

    python -m benchmarks.review_marking [--answers 100] [--accept]

A made-up class (`benchmarks.answering_class`) goes the real road: stored evidence, judging, `grader review`, Chromium.
A made-up teacher has a mark of their own in mind for each answer, presses Enter where the suggestion is that mark, else
the key of the points, and gives a reusable comment where something is missing. With `--accept`, they also look at every
tenth answer whether automatic acceptance may be turned on, and use it. The seconds are the machine's: pages,
suggestions that learn, writing down. Reading takes a person longer; its time is computed from the words shown, at 238
words a minute (silent reading of English non-fiction: Brysbaert, Journal of Memory and Language 109, 2019).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.answering_class import write_class
from grader.batch.deliver import deliver, load_record
from grader.provenance.key_store import signing_key
from grader.rubric.load import load_rubric
from tests.report.examples import EXAMPLES
from tests.review.browser import chromium, page_of, running

QUESTION = "question-freezing"
WORDS_PER_MINUTE = 238
WRITTEN = """element => {
  const copy = element.cloneNode(true);
  copy.querySelectorAll(".away").forEach(label => label.remove());
  return copy.textContent;
}"""
"""The answer without the labels that are read aloud."""
GOOD = ("would destroy", "weights fixed", "would overfit", "fewer parameters")
KEYS = {0.0: "0", 0.25: "1", 0.5: "2", 0.75: "3", 1.0: "4"}


def in_mind(answer: str) -> float:
    """The made-up teacher's mark: half a point per good reason, a quarter less for a misunderstanding."""
    wrong = any(words in answer for words in ("another computer", "from scratch.", "sharper"))
    return max(0.0, min(1.0, 0.5 * sum(words in answer for words in GOOD)) - (0.25 if wrong else 0.0))


class Teacher:
    """Presses keys, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keystrokes = 0
        self.accepted = 0
        self.words = 0
        self.has_comment = False

    def press(self, key: str) -> None:
        """One key."""
        self.keystrokes += 1
        self.page.keyboard.press(key)

    def mark(self) -> None:
        """Read the answer on the page and mark it."""
        text = str(self.page.locator("#answer").evaluate(WRITTEN))
        self.words += len(text.split())
        wanted = in_mind(text)
        if 0 < wanted < 1:
            self._comment()
        accept = self.page.locator("button.accept")
        with self.page.expect_navigation():
            if accept.count() and float(accept.get_attribute("value") or -1) == wanted:
                self.accepted += 1
                self.press("Enter")
            else:
                self.press(KEYS[wanted])

    def _comment(self) -> None:
        if self.has_comment:
            self.press("a")
            return
        self.press("r")
        words = "Say what would happen to the learned features if the base were trained along."
        self.keystrokes += len(words)
        self.page.keyboard.type(words)
        self.press("Escape")
        self.has_comment = True

    def accept(self, address: str) -> int:
        """Turn automatic acceptance on if that is offered; returns how many answers it took."""
        self.page.goto(f"{address}/questions/{QUESTION}")
        before = progress(self.page)
        self.page.locator("summary", has_text="Suggested marks").click()
        button = self.page.get_by_role("button", name="automatically")
        self.keystrokes += 2  # to the overview, and to the panel
        if button.count():
            self.keystrokes += 1
            with self.page.expect_navigation():
                button.click()
        return progress(self.page) - before


def progress(page: Page) -> int:
    """Marked answers, as the page says."""
    return int(page.locator("progress").first.get_attribute("value") or 0)


def measure(answers: int, *, accepting: bool) -> None:
    """Mark so many answers and print what it took."""
    rubric = load_rubric("lab06")
    with tempfile.TemporaryDirectory() as folder:
        out = write_class(Path(folder), rubric, EXAMPLES["exemplary"]().evidence, answers + answers // 8 + 5)
        deliver(out, rubric, load_record(out), signing_key())
        with running(out) as app, chromium() as browser:
            page = page_of(browser)
            page.goto(app.link)
            page.goto(f"{app.address}/questions/{QUESTION}")
            size = int(page.locator("progress").first.get_attribute("max") or 0)
            answers = size if accepting else min(answers, size)
            teacher = Teacher(page)
            by_hand = taken = 0
            begun = time.monotonic()
            page.goto(f"{app.address}/questions/{QUESTION}/next")
            while by_hand + taken < answers:
                teacher.mark()
                by_hand += 1
                if accepting and by_hand % 10 == 0 and by_hand + taken < answers:
                    taken += teacher.accept(app.address)
                    page.goto(f"{app.address}/questions/{QUESTION}/next")
            seconds = time.monotonic() - begun
            page.goto(f"{app.address}/questions/{QUESTION}")
            marked = progress(page)
    if marked != answers:
        raise SystemExit(f"Expected {answers} answers marked. Received {marked}.")
    reading = teacher.words / WORDS_PER_MINUTE
    print(f"{answers} answers to one question: {by_hand} marked one by one, {taken} accepted automatically")
    print(f"keystrokes        {teacher.keystrokes} ({teacher.keystrokes / answers:.2f} per answer)")
    print(f"suggestion taken  {teacher.accepted} of {by_hand}")
    print(f"machine           {seconds:.0f} s ({1000 * seconds / answers:.0f} ms per answer)")
    print(f"reading           {reading:.1f} min for {teacher.words} words at {WORDS_PER_MINUTE} a minute")
    print(f"together          {reading + seconds / 60:.1f} min")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--answers", type=int, default=100, help="answers to mark (default: 100)")
    parser.add_argument("--accept", action="store_true", help="use automatic acceptance as soon as it is offered")
    arguments = parser.parse_args()
    measure(arguments.answers, accepting=arguments.accept)


if __name__ == "__main__":
    main()
