"""Documents as students write them, and documents that nobody should open."""

from __future__ import annotations

import contextlib
import io
import shutil
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import SubmissionError
from grader.execution.sandbox import Sandbox, bubblewrap_works, reading_prefix
from grader.submission.documents.docx import MAX_UNPACKED
from grader.submission.documents.gathering import UnreadableError
from grader.submission.documents.process import read_document
from grader.submission.documents.read import read_document_file
from tests.reports.writing import report_with_pictures, scanned_report, screenshot, typed_report

with_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs Tesseract (tesseract-ocr)")


def docx_with(**members: bytes) -> bytes:
    """A Word document with some of its members replaced or added; `word__document` is `word/document.xml`."""
    made = io.BytesIO()
    docx.Document().save(made)
    out = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        replaced = {name.replace("__", "/") + ".xml": data for name, data in members.items()}
        for item in old.infolist():
            new.writestr(item.filename, replaced.pop(item.filename, old.read(item.filename)))
        for name, data in replaced.items():
            new.writestr(name, data)
    return out.getvalue()


def test_markdown_keeps_headings_and_listings(tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    file.write_text("# Lab\n\nSome *words*.\n\n```python\nx = 1\n\ny = 2\n```\n")
    blocks = read_document_file(file).blocks.blocks
    assert [(block.kind, block.text) for block in blocks] == [
        ("heading", "Lab"),
        ("text", "Some *words*."),
        ("code", "x = 1\n\ny = 2"),
    ]


def test_a_word_report_is_read_in_its_order(tmp_path: Path) -> None:
    read = read_document_file(typed_report(tmp_path / "noor.docx"))
    texts = [block.text for block in read.blocks.blocks]
    assert read.kind == "docx"
    assert texts[0] == "Lab 6 - Transfer Learning"
    assert texts.index("Base model without top:") < texts.index("Base model frozen:")
    assert len(read.sha256) == 64


def test_text_in_tables_is_read_once_and_hidden_text_is_not(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Freezing keeps what was learned."
    document.add_paragraph("seen").add_run(" unseen").font.hidden = True
    document.save(str(tmp_path / "a.docx"))
    texts = [block.text for block in read_document_file(tmp_path / "a.docx").blocks.blocks]
    assert texts == ["Freezing keeps what was learned.", "seen"]


@pytest.mark.slow
@with_tesseract
def test_pictures_and_scanned_pages_are_read(tmp_path: Path) -> None:
    pictures = read_document_file(report_with_pictures(tmp_path / "a.docx")).blocks.blocks
    shown = [block for block in pictures if block.kind == "picture"]
    assert len(shown) == 4
    assert "MobileNetV2" in shown[0].text
    assert all((block.confidence or 0) > 0.95 for block in shown)
    scanned = read_document_file(scanned_report(tmp_path / "a.pdf")).blocks
    assert scanned.pages == 8
    assert "take a network which was already trained" in " ".join(scanned.blocks[0].text.split())


@with_tesseract
def test_a_blurred_picture_is_not_believed(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_picture(io.BytesIO(screenshot("x = tf.keras.layers.Dropout(0.2)(x)", size=11, blur=1.8)))
    document.save(str(tmp_path / "a.docx"))
    (block,) = read_document_file(tmp_path / "a.docx").blocks.blocks
    assert (block.confidence or 0.0) < 0.95
    assert block.png


@pytest.mark.slow
@pytest.mark.skipif(bubblewrap_works() is not None, reason="needs a working bubblewrap")
def test_documents_are_read_in_the_sandbox(tmp_path: Path) -> None:
    read = read_document_file(typed_report(tmp_path / "noor.docx"), reading_prefix(Sandbox("bubblewrap")))
    assert read.blocks.blocks[0].text == "Lab 6 - Transfer Learning"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.docx", b"not a zip", "no Word document"),
        ("a.docx", b"PK\x03\x04" + b"\x00" * 100, "no Word document"),
        ("a.pdf", b"%PDF-1.7\ngarbage", "no PDF"),
        ("a.docx", docx_with(word__document=b"<broken"), "damaged"),
    ],
)
def test_a_damaged_document_is_an_error_of_that_submission_only(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SubmissionError, match=why):
        read_document_file(tmp_path / name)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="more than a report"):
        read_document(docx_with(word__extra=b" " * (MAX_UNPACKED // 4)), "docx")


def test_entities_are_not_expanded() -> None:
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    text = (
        f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "ha"><!ENTITY f SYSTEM "file:///etc/passwd">{laughs}]>'
        f'<w:document xmlns:w="{namespace}"><w:body><w:p><w:r><w:t>&l9;&f;</w:t></w:r></w:p></w:body></w:document>'
    )
    try:
        read = read_document(docx_with(word__document=text.encode()), "docx")
    except UnreadableError:
        return
    assert "root:" not in str(read)
    assert len(str(read)) < 10_000


@settings(max_examples=60)
@given(st.binary(max_size=300), st.sampled_from(["docx", "pdf", "markdown", "text"]))
def test_any_bytes_are_read_or_refused(data: bytes, kind: str) -> None:
    with contextlib.suppress(UnreadableError):
        assert read_document(data, kind).blocks is not None
