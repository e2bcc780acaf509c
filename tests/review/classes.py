"""A class under review, made by the real road: stored evidence, judged, in a gradebook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from benchmarks.answering_class import write_class
from grader.batch.deliver import deliver, load_record, save_record
from grader.evidence.model import Answer
from grader.evidence.store import save_evidence
from grader.gradebook.book import open_gradebook
from grader.provenance.key_store import signing_key
from grader.review.access import Access, loopback_hosts
from grader.review.app import create_app
from grader.review.classroom import Classroom
from grader.rubric.load import load_rubric
from tests.report.examples import EXAMPLES

LAB = load_rubric("lab06")
QUESTION = "question-freezing"
ORIGIN = "http://127.0.0.1:8000"

GOOD = "If the base is not frozen, large gradients from the random head destroy the features it learned on ImageNet."
ANSWERS: Mapping[str, str] = {
    "ada": GOOD, "bo": GOOD, "chen": "It makes the model better.",
    "dana": '<img src=x onerror="alert(1)"> Freezing keeps the pre-trained weights fixed.', "emre": "",
}  # fmt: skip


def class_of_five(out: Path, answers: Mapping[str, str] = ANSWERS) -> Path:
    """Five students whose answers to all questions are those above."""
    sample = EXAMPLES["exemplary"]().evidence
    write_class(out, LAB, sample, 0)
    for id_, text in answers.items():
        info = sample.submission.model_copy(update={"id": id_, "name": f"{id_.title()} Ærø"})
        written = tuple(Answer(question=q.id, found=bool(text), text=text, confidence=1) for q in LAB.questions())
        save_evidence(out, sample.model_copy(update={"submission": info, "answers": written}))
    save_record(out, load_record(out).model_copy(update={"submissions": tuple(answers)}))
    judged(out)
    return out


def judged(out: Path) -> None:
    """As `grader judge` does."""
    deliver(out, LAB, load_record(out), signing_key())


Field = str | float | list[str]


class Visitor:
    """Someone at the app, without a browser."""

    def __init__(self, client: FlaskClient, classroom: Classroom) -> None:
        self.client = client
        self.classroom = classroom

    def get(self, address: str, **headers: str) -> TestResponse:
        """Load a page."""
        return self.client.get(address, base_url=ORIGIN, headers=headers)

    def text(self, address: str) -> str:
        """A page that must be there."""
        response = self.get(address)
        assert response.status_code == 200, response.text
        return response.text

    def post(self, address: str, *, token: str | None = None, origin: str = ORIGIN, **fields: Field) -> TestResponse:
        """Send a form, with the token of a page unless another one is given."""
        return self.send(address, fields, token, origin)

    def send(
        self, address: str, fields: Mapping[str, Field], token: str | None = None, origin: str = ORIGIN
    ) -> TestResponse:
        """The same with the fields as a mapping."""
        if token is None:
            found = re.search(r'name="token" value="([0-9a-f]+)"', self.text("/comments/head"))
            assert found is not None
            token = found[1]
        return self.client.post(address, base_url=ORIGIN, data={**fields, "token": token}, headers={"Origin": origin})

    def answer(self, id_: str, criterion: str = QUESTION) -> str:
        """The address of one answer."""
        return f"/questions/{criterion}/answers/{self.classroom.submissions[id_].handle}"

    def mark(self, id_: str, points: float, seen: int = 0, **fields: Field) -> TestResponse:
        """Give points for an answer."""
        return self.send(self.answer(id_), {"points": points, "seen": seen, "remark_seen": 0, **fields})


@contextmanager
def visiting(out: Path, name: str = "Grace") -> Iterator[Visitor]:
    """The app on a folder, and someone who came in by the link."""
    with open_gradebook(out, "lab06") as book:
        classroom = Classroom(out, None, book, signing_key())
        access = Access(hosts=loopback_hosts(8000), name=name)
        client = create_app(classroom, access).test_client()
        assert client.get(f"/enter?token={access.link_token}", base_url=ORIGIN).status_code == 303
        yield Visitor(client, classroom)
