"""The process that reads one document: bytes on standard input, JSON on standard output.

    python -m grader.submission.documents.process KIND < DOCUMENT

Parsers of DOCX and PDF are large and partly native; what goes wrong in them ends here, within limits on memory, time
and output, and without the grader's files where a sandbox surrounds it.
"""

from __future__ import annotations

import resource
import sys

from grader.submission.documents.blocks import ReadBlocks, Refused
from grader.submission.documents.docx import read_docx
from grader.submission.documents.gathering import Gathering, UnreadableError
from grader.submission.documents.pdf import read_pdf
from grader.submission.documents.plain import read_plain
from grader.submission.documents.recognise import Recogniser

MEMORY = 2 << 30
"""Bytes of address space for data."""
CPU_SECONDS = 240


def main() -> None:
    """Read, and say what was found or why nothing was."""
    _limit()
    answer: ReadBlocks | Refused
    try:
        answer = read_document(sys.stdin.buffer.read(), sys.argv[1])
    except UnreadableError as problem:
        answer = Refused(refused=str(problem)[:500])
    except (MemoryError, RecursionError):
        answer = Refused(refused="Reading it takes more memory than a report may.")
    sys.stdout.write(answer.model_dump_json())


def read_document(data: bytes, kind: str) -> ReadBlocks:
    """The blocks of a document; `kind` is one of `DocumentKind`.

    Raises:
        UnreadableError: it is not what it says it is.
    """
    into = Gathering(Recogniser())
    pages = None
    if kind == "docx":
        read_docx(data, into)
    elif kind == "pdf":
        pages = read_pdf(data, into)
    else:
        read_plain(data, into)
    return into.done(pages)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for what, most in ((resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_CPU, CPU_SECONDS)):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
