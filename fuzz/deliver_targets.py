"""Fuzzing targets for what comes from learning platforms: lists, downloads, answers, and notebooks' lines."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from pathlib import Path

import httpx

from grader.ci.notebook_lines import lines_of
from grader.errors import GraderError, UsageError
from grader.evidence.sender import Sender
from grader.exports.results_json import (
    CriterionResult,
    Identity,
    LabIdentity,
    ResultsDocument,
    RubricIdentity,
    SubmissionResult,
)
from grader.lms.canvas import fill_canvas
from grader.lms.filled import Rules
from grader.lms.moodle import fill_moodle
from grader.lms.table import Table, starts_formula, table_bytes, table_from
from grader.lti.client import CONTAINER_TYPE, Client
from grader.lti.config import LineItem, LtiConfig, Platform
from grader.lti.ledger import read_ledger
from grader.lti.line_item import find_line_item
from grader.lti.token import AccessToken
from grader.submission.lms_names import lms_name
from grader.verdict import Total

_CRITERION = CriterionResult(id="head", title="Head", status="met", points=3, maximum=4, reason="=1+1")
RESULTS = ResultsDocument(
    lab=LabIdentity(id="lab06", title="Lab 6"), rubric=RubricIdentity(digest="0" * 64, maximum=4, criteria=("head",)),
    pack=None, policy="full", grader_version="0", started="2026-01-01T00:00:00+00:00", seconds=1.0,
    submissions=tuple(
        SubmissionResult(
            submission=Identity(id=id_, name=name, sender=sender), status="graded", run_status="completed",
            total=Total(points=3, counted=4, pending=0, excluded=0, maximum=4, final=True), criteria=(_CRITERION,),
        )
        for id_, name, sender in (
            ("anna", "Anna Lee", Sender(platform="canvas", user_id="101")),
            ("ben", "Ben Carter", Sender(platform="moodle", user_id="102")),
            ("cleo", "cleo", None),
        )
    ),
)  # fmt: skip


def lms_list(data: bytes) -> None:
    """A roster or worksheet: refused, or filled so that no row is lost and no mark is replaced by nothing."""
    for fill in (_canvas, _moodle):
        try:
            table = table_from(data, "list.csv")
        except UsageError as refusal:
            str(refusal).encode("utf-8", "replace")
            return
        before = [list(row) for row in table.rows]
        with contextlib.suppress(UsageError):
            fill(table)
            assert len(table.rows) == len(before)
            for old, new in zip(before, table.rows, strict=True):
                assert len(new) >= len(old)
                assert all(b for a, b in zip(old, new, strict=False) if a)
                assert not any(starts_formula(b) for a, b in zip(old, new, strict=False) if a != b)
            table_from(table_bytes(table), "list.csv")


def _canvas(table: Table) -> None:
    fill_canvas(RESULTS, table, rules=Rules(provisional=True))


def _moodle(table: Table) -> None:
    fill_moodle(RESULTS, table, rules=Rules(provisional=True))


def lms_names(data: bytes) -> None:
    """Names in a download, one per line: taken apart or left; what the platform did not write is nobody's number."""
    for name in data.decode("utf-8", "surrogateescape").split("\n")[:50]:
        found = lms_name(name)
        if found is not None:
            assert found.sender.user_id is None or found.sender.user_id in name
            assert found.person


def lti_answer(data: bytes) -> None:
    """What a platform answers: understood, or refused in words; the token goes nowhere else."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        head, _, body = data.partition(b"\n")
        link = head.decode("latin-1").translate(dict.fromkeys((*range(32), 127)))
        return httpx.Response(200, headers=[(b"Link", link.encode("latin-1"))], content=body)

    platform = Platform(client_id="a", token_url="https://lms.example/token", key="none", key_id="k")  # noqa: S106
    items = LineItem(container="https://lms.example/items", label="Lab 6", create=True)
    config = LtiConfig(platform=platform, line_item=items)
    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        client = Client(config, ["score"], http, lambda _seconds: None)
        client._token = _Granted(config, ["score"], client._ask)
        with contextlib.suppress(GraderError):
            list(client.pages("https://lms.example/items", CONTAINER_TYPE))
        with contextlib.suppress(GraderError):
            find_line_item(client, config, "Lab 6", 4).encode()
        with contextlib.suppress(GraderError):
            AccessToken(config, ["score"], client._ask).bearer()
    assert set(asked) <= {"lms.example"}


class _Granted(AccessToken):
    def bearer(self, *, renew: bool = False) -> str:  # noqa: ARG002
        return "Bearer token"


def lti_ledger(data: bytes) -> None:
    """A ledger: read, or refused and left as it is."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        path = folder / "ledger.json"
        path.write_bytes(data)
        with contextlib.suppress(UsageError):
            read_ledger(path)
        assert path.read_bytes() == data
    finally:
        shutil.rmtree(folder)


def notebook_rows(data: bytes) -> None:
    """A notebook's file: every line of every cell stands on a line of the file."""
    lines = lines_of(data)
    rows = data.count(b"\n") + 1
    assert all(cell and all(1 <= row <= rows for row in cell) for cell in lines.cells)


def seeds() -> dict[str, list[bytes]]:
    """What fuzzing of each target starts from."""
    canvas = (
        b'Student,ID,SIS User ID,SIS Login ID,Section,Lab 6 (7)\n    Points Possible,,,,,10\n"Lee, Anna",101,s,a,1,\n'
    )
    moodle = (
        b"Identifier,Full name,Email address,Grade,Maximum Grade,Grade can be changed,Feedback comments\r\n"
        b'Participant 102,Ben Carter,b@x,3.00,"10,00",Yes,Well done\r\n'
    )
    posted = {"score": {"scoreGiven": 3}, "timestamp": "2026-01-01T00:00:00.000+00:00", "state": "sent", "graded": True}
    ledger = json.dumps({"version": 1, "items": {"https://lms.example/items/1": {"u": posted}}}).encode()
    notebook = b'{\n"cells": [\n {"source": ["a\\n",\n "b"]},\n {"source": "c\\nd"}\n]}'
    items = b'<https://lms.example/items?p=2>; rel="next"\n[{"id": "https://lms.example/items/1", "label": "Lab 6"}]'
    token = b'\n{"access_token": "x", "token_type": "Bearer", "expires_in": 3600}'
    return {
        "lms_list": [canvas, b"\xef\xbb\xbf" + canvas, moodle, moodle.decode().encode("utf-16")],
        "lms_names": [
            b"leeanna_LATE_101_9_lab.ipynb\nanon_ab_1_x.ipynb",
            b"Anna Lee_12_assignsubmission_file_\nLab_a_b_attempt_2026-01-31-12-00-00.txt",
        ],
        "lti_answer": [items, token, b"\n[]", b'\n{"id": "http://lms.example/"}'],
        "lti_ledger": [ledger, b"{}"],
        "notebook_rows": [notebook, b"{}"],
    }


TARGETS = {
    "lms_list": lms_list,
    "lms_names": lms_names,
    "lti_answer": lti_answer,
    "lti_ledger": lti_ledger,
    "notebook_rows": notebook_rows,
}
