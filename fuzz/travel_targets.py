"""Fuzzing targets for what travels and comes back: parcels, signed pages, results, nbgrader's cells, records."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from fuzz.deliver_targets import RESULTS
from grader.assets.pack import AssetPack
from grader.cluster.parcel import INDEX, pack_submission, unpack_evidence, unpack_submission
from grader.errors import EvidenceError, InfrastructureError, SubmissionError
from grader.evidence.model import Measurement
from grader.execution.outbox import read_outbox
from grader.exports.results_read import read_results
from grader.observation.fits import read_fits
from grader.observation.graded import choose
from grader.observation.places import Places
from grader.provenance.examine import examine
from grader.provenance.keys import SigningKey
from grader.replay.reading import read_recipe
from grader.replay.seen import Seen
from grader.replay.unfit import Unfit
from grader.submission.mending import MendLimits
from grader.submission.model import Submission
from grader.submission.nbgrader_tests import without_tests
from grader.submission.notebook import cells_of, notebook_from
from tests.provenance.test_page import KEY, signed
from tests.replay.recorded import CONFIG, pack, seen


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def parcel(data: bytes) -> None:
    """A submission or evidence from another machine: laid out inside its folder, or refused."""
    with _folder() as folder:
        path, inside = folder / "parcel.zip", folder / "inside"
        path.write_bytes(data)
        inside.mkdir()
        with contextlib.suppress(InfrastructureError, OSError):
            laid = unpack_submission(path, inside)
            assert all(file.resolve().is_relative_to(inside) for file in (laid.notebook, *laid.reports) if file)
            assert "/" not in laid.id
        with contextlib.suppress(EvidenceError, OSError):
            unpack_evidence(path, folder / "out", "ada")
        assert {entry.name for entry in folder.iterdir()} <= {"parcel.zip", "inside", "out"}


def signed_page(data: bytes) -> None:
    """A page shown as a report: examined, and an original only where every byte is one."""
    found = examine(data, KEY.public)
    assert found.status != "original" or data.replace(b"\r\n", b"\n") in _originals()
    "".join(found.reasons).encode("utf-8", "surrogatepass")
    assert examine(data, SigningKey.new().public).status != "original"


@lru_cache(maxsize=1)
def _originals() -> tuple[bytes, ...]:
    return tuple(signed(name).encode() for name in ("exemplary", "unreadable"))


def results_file(data: bytes) -> None:
    """A results.json: read, or refused with what is wrong."""
    with _folder() as folder:
        (folder / "results.json").write_bytes(data)
        with contextlib.suppress(EvidenceError):
            read_results(folder).model_dump_json()


def nbgrader_notebook(data: bytes) -> None:
    """A notebook with nbgrader's marks: no cell that the template does not call a test is emptied."""
    small = MendLimits(cells=100, cell_characters=20_000, total_characters=100_000)
    try:
        read = notebook_from(data, "lab.ipynb", small)
    except SubmissionError:
        return
    cells = cells_of(read.notebook)
    kept = cells_of(without_tests(read, ()).notebook)
    assert [cell.source for cell in kept] == [cell.source for cell in cells]
    without_tests(read, cells)


def record(data: bytes) -> None:
    """A timeline and, after a NUL, a model configuration: a training that can be repeated, or why not."""
    timeline, _, config = data.partition(b"\0")
    with _folder() as folder:
        (folder / "timeline.jsonl").write_bytes(timeline)
        (folder / f"config-{CONFIG[:16]}.json").write_bytes(config)
        outbox = read_outbox(folder)
        fits = read_fits(outbox.events, Places(()))
        chosen = choose(fits, outbox.events)
        if chosen is not None:
            with contextlib.suppress(Unfit):
                recipe = read_recipe(
                    Seen(chosen, fits, outbox, Measurement(rebuilt=True, base_input_scale=(1.0, 0.0)), _pack())
                )
                assert sum(phase.epochs for phase in recipe.phases) <= 200
                recipe.model_dump_json()


@lru_cache(maxsize=1)
def _pack() -> AssetPack:
    return pack(Path(tempfile.mkdtemp(prefix="fuzz-pack-")))


def _records() -> list[bytes]:
    """A training that can be repeated, as the recorder would have written it."""
    with _folder() as folder:
        made = seen(folder)
        lines = "\n".join(event.model_dump_json() for event in made.outbox.events)
        (config,) = made.outbox.folder.glob("config-*.json")
        return [lines.encode() + b"\n\0" + config.read_bytes()]


def seeds() -> dict[str, list[bytes]]:
    """What fuzzing of each target starts from."""
    cell: dict[str, Any] = {"cell_type": "code", "source": "assert x", "outputs": [], "execution_count": None}
    mark = {"nbgrader": {"grade": True, "grade_id": "t1", "locked": True, "points": 2, "schema_version": 3,
                         "solution": False, "task": False}}  # fmt: skip
    marked = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell | {"metadata": mark, "id": "a"}]}
    return {
        "parcel": [_submission(), _evidence()],
        "signed_page": list(_originals()),
        "results_file": [RESULTS.model_dump_json().encode()],
        "nbgrader_notebook": [json.dumps(marked).encode()],
        "record": _records(),
    }


def _submission() -> bytes:
    with _folder() as folder:
        (folder / "lab.ipynb").write_text("{}")
        (folder / "data.csv").write_text("a,b\n" * 50)
        work = Submission(
            "ada", "Ada", notebook=folder / "lab.ipynb", folder=folder, files=(Path("data.csv"),),
            reports=(folder / "data.csv",),
        )  # fmt: skip
        pack_submission(work, folder / "parcel.zip")
        return (folder / "parcel.zip").read_bytes()


def _evidence() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("timeline.jsonl", "{}\n" * 30)
        archive.writestr("evidence.json", "{}")
        archive.writestr(INDEX, "{}")
    return made.getvalue()


TARGETS = {
    "parcel": parcel,
    "signed_page": signed_page,
    "results_file": results_file,
    "nbgrader_notebook": nbgrader_notebook,
    "record": record,
}
