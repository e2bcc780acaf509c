"""The fuzzing targets themselves, without a fuzzer: on their seeds, on changed seeds, and on noise.

`make fuzz` looks for longer; what it finds becomes an example here (`FOUND`).
"""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import deliver_targets, travel_targets
from fuzz.json_mutation import mutate
from fuzz.seeds import seeds
from fuzz.targets import TARGETS


def _of_an_unknown_version() -> bytes:
    """`zipfile` answers with NotImplementedError."""
    content = bytearray(seeds("archive")[0])
    content[content.index(b"PK\x01\x02") + 6] = 149
    return bytes(content)


def _with_a_name_that_is_no_utf8() -> bytes:
    """The local header says UTF-8 (bit 11) and has another byte in the name: UnicodeDecodeError."""
    content = bytearray(seeds("arrays")[0])
    content[7] |= 0x08
    content[34] = 0x9A
    return bytes(content)


def _with_broken_packing() -> bytes:
    """Damaged in the middle of the packed bytes: zlib.error, which is no OSError."""
    content = bytearray(seeds("arrays")[0])
    start = 30 + 64 + 4
    content[start : start + 8] = b"\xff" * 8
    return bytes(content)


def _report_with_broken_packing() -> bytes:
    """A Word document of which the first part does not unpack: zlib.error from inside python-docx."""
    content = bytearray(next(seed for seed in seeds("report_document") if b"[Content_Types].xml" in seed))
    start = content.index(b"PK\x03\x04")
    packed = start + 30 + content[start + 26] + 256 * content[start + 27] + content[start + 28]
    content[packed : packed + 40] = b"\xff" * 40
    return bytes(content)


def _evidence_with_a_cell_number_zero() -> bytes:
    """Cells are counted from 1; a place in cell 0 could not be told."""
    evidence = json.loads(seeds("evidence")[0])
    source = "train = keras.utils.image_dataset_from_directory('train')\nmodel.fit(train.map(lambda x, y: (x, y)))"
    evidence["cells"] = [{"position": 1, "code_cell": 0, "kind": "code", "source": source}]
    return json.dumps(evidence).encode()


def _a_parcel_that_does_not_unpack(which: int) -> bytes:
    content = bytearray(seeds("parcel")[which])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        first = archive.infolist()[0]
    start = first.header_offset + 30 + len(first.filename)
    content[start : start + 3] = b"\xff" * 3
    return bytes(content)


FOUND = {
    "a submission from elsewhere that does not unpack": ("parcel", _a_parcel_that_does_not_unpack(0)),
    "evidence from elsewhere that does not unpack": ("parcel", _a_parcel_that_does_not_unpack(1)),
    "an archive of an unknown version": ("archive", _of_an_unknown_version()),
    "an array whose name is no UTF-8": ("arrays", _with_a_name_that_is_no_utf8()),
    "an array that does not unpack": ("arrays", _with_broken_packing()),
    "a report that does not unpack": ("report_document", _report_with_broken_packing()),
    "evidence with a cell number zero": ("evidence", _evidence_with_a_cell_number_zero()),
    "a platform's next page that is no address": (
        "lti_answer", b'<https://[lms.example/items?p=2>; rel="next"\n[{"id": "https://lms.example/items/1"}]'
    ),
    "a line item that is no address": (
        "lti_answer", b'\n[{"id": "https://[lms.example/items/1", "label": "Lab 6", "scoreMaximum": 4}]'
    ),
    "a manifest with a number of 5000 digits": ("pack_manifest", b"schema = " + b"9" * 5000),
}  # fmt: skip
"""Inputs that once broke a promise."""


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds_on_its_seeds(name: str) -> None:
    for seed in seeds(name):
        TARGETS[name](seed)


@pytest.mark.parametrize("what", FOUND)
def test_what_was_found_once_stays_mended(what: str) -> None:
    name, data = FOUND[what]
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=25, deadline=None)
@given(data=st.binary(max_size=300))
def test_a_target_holds_on_noise(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.parametrize("name", ["notebook", "evidence", "outbox", "model_config", "record"])
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_target_holds_when_one_value_is_another(name: str, seed: int) -> None:
    start = seeds(name)
    changed = mutate(start[seed % len(start)], seed, 500_000)
    if changed is not None:
        TARGETS[name](changed)


@pytest.mark.parametrize(
    "name",
    [
        "rubric",
        "pack_manifest",
        "archive",
        "arrays",
        "prose_and_code",
        "names",
        *deliver_targets.TARGETS,
        *travel_targets.TARGETS,
    ],
)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_target_holds_when_bytes_are_damaged(name: str, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(seeds(name))))
    for position, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=6)
    ):
        content[position] = value
    TARGETS[name](bytes(content))
