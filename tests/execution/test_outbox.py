"""The outbox is a stranger's: whatever lies in it, reading it gives admitted events and words about the rest."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import EvidenceError
from grader.execution.outbox import read_outbox, read_regular

EVALUATE = {"event": "evaluate", "uid": 1, "place": {"execution": 3, "line": 1}, "shortened": False, "time": 1.0}


def test_good_lines_stand_although_others_are_bad(tmp_path: Path) -> None:
    lines = [json.dumps(EVALUATE), "{broken", json.dumps({"event": "grade", "points": 100}), json.dumps(EVALUATE)]
    (tmp_path / "timeline.jsonl").write_text("\n".join(lines))
    outbox = read_outbox(tmp_path)
    assert len(outbox.events) == 2
    assert [note.split(":")[0] for note in outbox.refused] == ["timeline line 2", "timeline line 3"]


def test_no_timeline_is_no_event(tmp_path: Path) -> None:
    assert read_outbox(tmp_path).events == ()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(json.dumps(EVALUATE))
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    (outbox / "timeline.jsonl").symlink_to(secret)
    (outbox / "arrays-1.npz").symlink_to(secret)
    read = read_outbox(outbox)
    assert read.events == ()
    assert read.arrays == ()
    assert read.refused


def test_a_pipe_neither_blocks_nor_counts(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "timeline.jsonl")
    assert read_outbox(tmp_path).refused


def test_a_file_beyond_its_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 11)
    with pytest.raises(EvidenceError, match="at most 10 bytes"):
        read_regular(tmp_path / "big", 10)


@pytest.mark.parametrize("text", ["[1]", "{", "NaN", '{"a": Infinity}', "[" * 100_000])
def test_a_configuration_must_be_a_json_object(tmp_path: Path, text: str) -> None:
    (tmp_path / f"config-{'a' * 16}.json").write_text(text)
    with pytest.raises(EvidenceError):
        read_outbox(tmp_path).config("a" * 64)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
kinds = st.sampled_from(["base", "fit", "layer", "trainable", "compile", "evaluate", "other"])


@given(
    st.lists(
        st.binary(max_size=200)
        | st.dictionaries(st.sampled_from(["uid", "place", "event", "config", "layers", "history"]), json_values).map(
            lambda event: json.dumps(event).encode()
        )
        | st.tuples(kinds, json_values).map(lambda pair: json.dumps({"event": pair[0], "uid": pair[1]}).encode()),
        max_size=10,
    )
)
def test_any_bytes_are_read_without_an_exception(lines: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "timeline.jsonl").write_bytes(b"\n".join(lines))
        outbox = read_outbox(Path(folder))
        assert len(outbox.events) <= len(lines) + sum(line.count(b"\n") for line in lines)
