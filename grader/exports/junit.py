"""JUnit XML: one suite per submission, one case per criterion. Valid by Jenkins' `junit-10.xsd`.

| verdict | case |
|---|---|
| `met` | passed |
| `partial`, `unmet` | `failure` |
| `needs_review`, `blocked` | `skipped`: nothing is decided, or it is not counted again |
| `infrastructure_error` | `error`: ours, never the student's |

Points are properties of the suite: that schema knows no others.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # writing only
from collections.abc import Sequence

from grader.exports.results_json import CriterionResult, ResultsDocument, SubmissionResult
from grader.exports.sentences import explained, points_words, title, total_words
from grader.report.visible_text import prose
from grader.report.wording import number

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Everything that the production `Char` of XML 1.0 leaves out."""


def xml_text(text: str) -> str:
    """`text` with U+FFFD in place of what no XML 1.0 document can hold, not even escaped."""
    return _ILLEGAL.sub("\ufffd", text)


def junit_xml(results: ResultsDocument, entries: Sequence[SubmissionResult] | None = None) -> str:
    """The document as text, UTF-8 declared. `entries` picks some submissions; by default all."""
    chosen = results.submissions if entries is None else entries
    root = ET.Element("testsuites", name=xml_text(prose(results.lab.title, 200)))
    counts = [0, 0, 0]
    for entry in chosen:
        suite = _suite(results, entry)
        root.append(suite)
        counts = [a + int(suite.get(key, "0")) for a, key in zip(counts, ("tests", "failures", "errors"), strict=True)]
    for key, count in zip(("tests", "failures", "errors"), counts, strict=True):
        root.set(key, str(count))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(results: ResultsDocument, entry: SubmissionResult) -> ET.Element:
    cases = [_case(results, entry, criterion) for criterion in entry.criteria]
    suite = ET.Element("testsuite", name=xml_text(prose(entry.submission.name, 200)))
    for key, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(kind) is not None for case in cases)))
    suite.set("tests", str(len(cases)))
    suite.set("timestamp", xml_text(results.started[:19]))
    suite.set("id", entry.submission.id)
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(results, entry):
        ET.SubElement(properties, "property", name=name, value=xml_text(value))
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = xml_text(f"{total_words(entry.total)}.")
    return suite


def _properties(results: ResultsDocument, entry: SubmissionResult) -> list[tuple[str, str]]:
    total = entry.total
    amounts = {
        "points": total.points, "counted": total.counted, "pending": total.pending, "excluded": total.excluded,
        "maximum": total.maximum,
    }  # fmt: skip
    return [
        *((name, number(value)) for name, value in amounts.items()),
        ("final", "true" if total.final else "false"),
        ("status", entry.status),
        ("rubric.sha256", results.rubric.digest),
        ("grader.version", results.grader_version),
        *((f"points.{criterion.id}", points_words(criterion)) for criterion in entry.criteria),
    ]


def _case(results: ResultsDocument, entry: SubmissionResult, criterion: CriterionResult) -> ET.Element:
    case = ET.Element(
        "testcase", name=xml_text(title(criterion)), classname=f"{results.lab.id}.{entry.submission.id}.{criterion.id}"
    )
    reason = xml_text(prose(criterion.reason, 1000))
    if criterion.status in ("partial", "unmet"):
        failure = ET.SubElement(case, "failure", type=criterion.status, message=reason)
        failure.text = xml_text("\n".join([*explained(criterion), f"Points: {points_words(criterion)}."]))
    elif criterion.status == "infrastructure_error":
        ET.SubElement(case, "error", type=criterion.status, message=reason).text = reason
    elif criterion.status == "needs_review":
        ET.SubElement(case, "skipped", type=criterion.status, message=f"A person decides. {reason}")
    elif criterion.status == "blocked":
        ET.SubElement(case, "skipped", type=criterion.status, message=f"Not counted again. {reason}")
    return case
