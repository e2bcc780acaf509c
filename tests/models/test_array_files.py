"""Arrays from a hostile kernel."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.errors import EvidenceError
from grader.execution.recorder.digest import array_digest
from grader.models.array_files import check_total, opened
from grader.models.measure_request import WeightRef

KERNEL = np.arange(6, dtype=np.float32).reshape(2, 3)


def ref(array: Any = KERNEL, **changes: Any) -> WeightRef:
    facts = {"path": "dense/kernel", "digest": array_digest(array), "shape": array.shape, "dtype": array.dtype.str}
    return WeightRef(**{**facts, **changes})


def saved(folder: Path, **arrays: Any) -> Path:
    path = folder / "weights.npz"
    np.savez(path, **arrays)
    return path


def read(path: Path, wanted: WeightRef) -> Any:
    with opened([path]) as files:
        return files.read(wanted)


def test_an_array_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    path = saved(tmp_path, **{array_digest(KERNEL): KERNEL})
    assert np.array_equal(read(path, ref()), KERNEL)


def test_a_missing_array_is_said(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no such array"):
        read(saved(tmp_path, other=KERNEL), ref())


def test_other_values_under_the_same_name_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, **{array_digest(KERNEL): KERNEL + 1})
    with pytest.raises(EvidenceError, match="other values than its digest says"):
        read(path, ref())


def test_a_pickled_array_is_never_opened(tmp_path: Path) -> None:
    path = saved(tmp_path, **{array_digest(KERNEL): np.array([print, {}], dtype=object)})
    with pytest.raises(EvidenceError, match="shape"):
        read(path, ref())


def test_a_header_that_promises_a_terabyte_is_refused_before_reading(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**6, 10**6)})
    path = tmp_path / "weights.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{array_digest(KERNEL)}.npy", header.getvalue() + bytes(24))
    with pytest.raises(EvidenceError, match="1000000"):
        read(path, ref())


def test_a_bomb_that_unpacks_to_more_than_promised_is_refused(tmp_path: Path) -> None:
    member = io.BytesIO()
    np.lib.format.write_array(member, KERNEL)
    path = tmp_path / "weights.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{array_digest(KERNEL)}.npy", member.getvalue() + bytes(10_000_000))
    with pytest.raises(EvidenceError, match="another number of bytes"):
        read(path, ref())


def test_links_pipes_and_folders_are_not_followed(tmp_path: Path) -> None:
    target = saved(tmp_path, **{array_digest(KERNEL): KERNEL})
    (tmp_path / "link.npz").symlink_to(target)
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "folder.npz").mkdir()
    for name in ("link.npz", "pipe.npz", "folder.npz", "missing.npz"):
        with pytest.raises(EvidenceError):
            read(tmp_path / name, ref())


def test_a_billion_parameters_are_refused_before_a_file_is_opened() -> None:
    with pytest.raises(EvidenceError, match="at most"):
        check_total([ref(shape=(40_000, 40_000))])
    with pytest.raises(EvidenceError, match="plain numbers"):
        check_total([ref(dtype="|O")])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_file_is_an_evidence_error_and_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    whole = saved(tmp_path, **{array_digest(KERNEL): KERNEL}).read_bytes()
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.npz"
    path.write_bytes(bytes(damaged[: data.draw(st.integers(0, len(whole)))]))
    try:
        assert np.array_equal(read(path, ref()), KERNEL)
    except EvidenceError:
        return
