"""Many documents, one in memory at a time: a file without a name that is gone when nobody holds it any more."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar, overload

from pydantic import BaseModel

Document = TypeVar("Document", bound=BaseModel)


class Spool(Sequence[Document], Generic[Document]):
    """A sequence that is appended to and read back, kept on disk as JSON."""

    def __init__(self, kind: type[Document]) -> None:
        self._kind = kind
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the spool
        self._ends = array("Q")

    def append(self, document: Document) -> None:
        """Put one more at the end."""
        self.append_json(document.model_dump_json())

    def append_json(self, document: str) -> None:
        """The same for one that is JSON already."""
        self._file.seek(self._ends[-1] if self._ends else 0)
        self._file.write(document.encode("utf-8", "replace"))
        self._ends.append(self._file.tell())

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> Document: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Document]: ...

    def __getitem__(self, index: int | slice) -> Document | Sequence[Document]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        begin = self._ends[number - 1] if number else 0
        self._file.seek(begin)
        return self._kind.model_validate_json(self._file.read(self._ends[number] - begin))

    def __iter__(self) -> Iterator[Document]:
        for number in range(len(self)):
            yield self[number]
