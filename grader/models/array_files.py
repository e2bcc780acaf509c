"""Read arrays that an untrusted kernel wrote: `.npz` files whose member names are digests of their arrays.

`numpy.load` is not used: it would believe the header's size before reading. Here a member is opened, its header read
with a cap, compared with what is expected, and only then exactly that many bytes are read and their digest checked.
"""

from __future__ import annotations

import math
import os
import stat
import tokenize
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from grader.errors import EvidenceError
from grader.execution.recorder.digest import array_digest
from grader.models.measure_request import WeightRef
from grader.zip_errors import DECODER_ERRORS

MAXIMUM_FILE_BYTES = 2 * 2**30
MAXIMUM_MEMBERS = 50_000
MAXIMUM_TOTAL_BYTES = 2**30
"""Sum of all arrays of one model: 200 million parameters in float32 are 0.75 GiB."""
MAXIMUM_HEADER = 4_096
_HEADER_ERRORS = (ValueError, TypeError, SyntaxError, RecursionError, MemoryError, tokenize.TokenError)
"""What NumPy's reading of a header as a Python literal ends in, for headers written to that end."""
DTYPES = frozenset({"<f2", "<f4", "<f8", "<i4", "<i8", "<u4", "|u1", "|i1", "|b1"})


class ArrayFiles:
    """Open array files of one submission; use `opened`."""

    def __init__(self, members: dict[str, tuple[zipfile.ZipFile, zipfile.ZipInfo]]) -> None:
        self._members = members

    def read(self, ref: WeightRef) -> np.ndarray[Any, Any]:
        """The array of a weight, checked against its shape, dtype and digest.

        Raises:
            EvidenceError: it is missing, damaged, or not what the reference says.
        """
        if ref.digest not in self._members:
            raise EvidenceError(
                expected=f"an array named {ref.digest[:12]}… for weight {_short(ref.path)}",
                received="no such array",
                where="recorded weights",
                todo="The notebook's run did not save it.",
            )
        archive, info = self._members[ref.digest]
        try:
            with archive.open(info) as member:
                array = _read_member(member, ref)
        except EvidenceError:
            raise
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError, *DECODER_ERRORS) as error:
            raise _damaged(ref, f"{type(error).__name__}") from error
        if array_digest(array) != ref.digest:
            raise _damaged(ref, "other values than its digest says")
        return array


@contextmanager
def opened(paths: Iterable[Path]) -> Iterator[ArrayFiles]:
    """Open array files without reading any array.

    Raises:
        EvidenceError: a file is no regular file, too large, or no zip archive.
    """
    with ExitStack() as stack:
        members: dict[str, tuple[zipfile.ZipFile, zipfile.ZipInfo]] = {}
        for path in paths:
            archive = _open_archive(path, stack)
            for info in archive.infolist():
                members.setdefault(info.filename.removesuffix(".npy"), (archive, info))
            if len(members) > MAXIMUM_MEMBERS:
                raise EvidenceError(expected=f"at most {MAXIMUM_MEMBERS} arrays", received="more", where=path.name)
        yield ArrayFiles(members)


def check_total(refs: Iterable[WeightRef]) -> None:
    """Refuse weights that are too large altogether or of a kind no Keras weight has, before anything is read.

    Raises:
        EvidenceError: says which.
    """
    total = 0
    for ref in refs:
        if ref.dtype not in DTYPES or len(ref.shape) > 8:
            raise EvidenceError(
                expected="weights that are arrays of plain numbers",
                received=f"{_short(ref.path)} of dtype {_short(ref.dtype)} and shape {ref.shape[:9]}",
                where="recorded weights",
            )
        total += math.prod(ref.shape) * np.dtype(ref.dtype).itemsize
        if total > MAXIMUM_TOTAL_BYTES:
            raise EvidenceError(
                expected=f"weights of at most {MAXIMUM_TOTAL_BYTES} bytes", received="more", where="recorded weights"
            )


def _open_archive(path: Path, stack: ExitStack) -> zipfile.ZipFile:
    try:
        # O_NOFOLLOW and O_NONBLOCK: the path may be a link to another student's file, or a pipe that never ends.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        file = stack.enter_context(os.fdopen(descriptor, "rb"))
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAXIMUM_FILE_BYTES:
            raise EvidenceError(
                expected=f"a regular file of at most {MAXIMUM_FILE_BYTES} bytes", received="another", where=path.name
            )
        return stack.enter_context(zipfile.ZipFile(file))
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        if isinstance(error, EvidenceError):
            raise
        raise EvidenceError(
            expected="an .npz file of arrays", received=f"a file that cannot be read ({error})", where=path.name
        ) from error


def _read_member(member: IO[bytes], ref: WeightRef) -> np.ndarray[Any, Any]:
    try:
        version = np.lib.format.read_magic(member)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = reader(member, max_header_size=MAXIMUM_HEADER)
    except _HEADER_ERRORS as error:
        raise _damaged(ref, "no array header") from error
    if shape != ref.shape or dtype.str != ref.dtype or fortran:
        raise _damaged(ref, f"shape {str(shape)[:80]} of dtype {_short(dtype.str)}")
    size = math.prod(shape) * dtype.itemsize
    data = member.read(size + 1)
    if len(data) != size:
        raise _damaged(ref, "another number of bytes")
    return np.frombuffer(data, dtype=dtype).reshape(shape)


def _damaged(ref: WeightRef, received: str) -> EvidenceError:
    return EvidenceError(
        expected=f"an array of shape {ref.shape} and dtype {ref.dtype} for weight {_short(ref.path)}",
        received=received,
        where="recorded weights",
        todo="The file was changed or cut short.",
    )


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
