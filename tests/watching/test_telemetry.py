"""Traces and metrics as OpenTelemetry's own tools receive them: in memory, and over HTTP as a collector would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from grader.watching.telemetry import Telemetry, over_http, wanted
from tests.watching.examples import BATCH


@pytest.fixture
def seen() -> Iterator[tuple[tuple[ReadableSpan, ...], dict[str, Any]]]:
    spans, metrics = InMemorySpanExporter(), InMemoryMetricReader()
    telemetry = Telemetry(SimpleSpanProcessor(spans), metrics)
    for event in BATCH:
        telemetry.see(event)
    data = metrics.get_metrics_data()
    assert data is not None
    found = {metric.name: metric.data for metric in data.resource_metrics[0].scope_metrics[0].metrics}
    yield spans.get_finished_spans(), found
    telemetry.close()


def points(metric: Any) -> dict[tuple[object, ...], float]:
    return {tuple(point.attributes.values()): point.value for point in metric.data_points}


def test_one_trace_from_the_batch_down_to_the_phases(seen: tuple[tuple[ReadableSpan, ...], dict[str, Any]]) -> None:
    spans, _ = seen
    by_id = {span.context.span_id: span for span in spans if span.context is not None}
    assert len({span.context.trace_id for span in spans if span.context is not None}) == 1

    def way(span: ReadableSpan) -> str:
        above = "" if span.parent is None else way(by_id[span.parent.span_id]) + " / "
        return above + span.name

    ways = [way(span) for span in spans]
    assert ways.count("grader batch / submission") == 3
    assert ways.count("grader batch / marking / judge") == 3
    assert "grader batch / submission / observe" in ways
    assert ways[-1] == "grader batch"


def test_a_lost_worker_is_an_error_with_its_place(seen: tuple[tuple[ReadableSpan, ...], dict[str, Any]]) -> None:
    lost = [span for span in seen[0] if span.status.status_code is StatusCode.ERROR]
    assert [span.attributes["grader.submission"] for span in lost if span.attributes] == ["ben"]
    assert lost[0].attributes is not None
    assert lost[0].attributes["grader.worker"] == "tcp://10.0.0.2:40331"


def test_spans_last_as_long_as_the_work(seen: tuple[tuple[ReadableSpan, ...], dict[str, Any]]) -> None:
    lengths = [(span.end_time - span.start_time) / 1e9 for span in seen[0] if span.name == "run"]  # type: ignore[operator]
    assert lengths == pytest.approx([3.0, 1.0])


def test_counters_and_the_histogram(seen: tuple[tuple[ReadableSpan, ...], dict[str, Any]]) -> None:
    _, metrics = seen
    assert points(metrics["grader.failures"]) == {("worker_lost",): 1}
    assert points(metrics["grader.submissions"]) == {("needs_review",): 2, ("graded",): 1}
    assert points(metrics["grader.cache.lookups"]) == {
        ("runs", True): 1, ("runs", False): 2, ("features", True): 1, ("reports", False): 2, ("reports", True): 1,
    }  # fmt: skip
    durations = metrics["grader.phase.duration"].data_points
    phases = {point.attributes["phase"]: (point.count, point.sum) for point in durations}
    assert phases["run"] == (2, pytest.approx(4.0))


@pytest.mark.parametrize(
    ("asked", "environment", "on"),
    [
        (None, {}, False),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        (False, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, False),
        (True, {}, True),
        (True, {"OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_who_decides_whether_it_is_sent(asked: bool | None, environment: dict[str, str], on: bool) -> None:
    assert wanted(asked, environment) is on


class Collector(ThreadingHTTPServer):
    """What OTLP over HTTP was posted, decoded."""

    def __init__(self) -> None:
        self.traces: list[ExportTraceServiceRequest] = []
        self.metrics: list[ExportMetricsServiceRequest] = []
        super().__init__(("127.0.0.1", 0), Receiver)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/v1/traces":
            self.server.traces.append(ExportTraceServiceRequest.FromString(body))
        else:
            self.server.metrics.append(ExportMetricsServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_a_collector_on_the_network_receives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    collector = Collector()
    serving = threading.Thread(target=collector.serve_forever)
    serving.start()
    try:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "department")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        telemetry = over_http()
        for event in BATCH:
            telemetry.see(event)
        telemetry.close()
    finally:
        collector.shutdown()
        serving.join()
        collector.server_close()
    spans = [
        span.name for post in collector.traces for resource in post.resource_spans
        for scope in resource.scope_spans for span in scope.spans
    ]  # fmt: skip
    assert sorted(spans) == sorted(
        ["grader batch", *["submission"] * 3, *["marking"] * 3, *["judge"] * 3, *["report"] * 3, "read", "run", "run",
         "observe"]
    )  # fmt: skip
    names = {
        metric.name for post in collector.metrics for resource in post.resource_metrics
        for scope in resource.scope_metrics for metric in scope.metrics
    }  # fmt: skip
    assert names == {
        "grader.runs", "grader.submissions", "grader.failures", "grader.cache.lookups", "grader.phase.duration",
    }  # fmt: skip
    attributes = collector.traces[0].resource_spans[0].resource.attributes
    assert {one.key: one.value.string_value for one in attributes}["service.name"] == "department"
