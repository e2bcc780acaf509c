"""Traces and metrics through OpenTelemetry (the extra `otel`), sent where the standard OTEL_* variables say.

Names follow OpenTelemetry's conventions for custom instruments: dotted, lower case, seconds as the unit of time.
One trace per command: the batch, below it one span for each time a submission was run and one for its marking, below
those one span per phase. Spans of work done elsewhere end when its result arrived here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.errors import UsageError
from grader.watching.events import BatchBegan, BatchEnded, Event, MarkedOne, Ran, TakenFromBefore
from grader.watching.phases import CacheLook, Phase

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span

WANTED_BY = (
    "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)  # fmt: skip
"""Variables of the OpenTelemetry specification that say where to send to: whoever sets one wants to be sent to."""

PHASE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)
"""Bounds of the histogram: from judging (milliseconds) to a training in full (minutes)."""


def wanted(asked: bool | None, environment: Mapping[str, str]) -> bool:
    """Whether to send: as asked, else by the standard variables; OTEL_SDK_DISABLED=true always ends it."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    return any(environment.get(name) for name in WANTED_BY) if asked is None else asked


class Telemetry:
    """Makes spans and counts of the events. Nothing of OpenTelemetry's global state is touched."""

    def __init__(self, processor: SpanProcessor, reader: MetricReader) -> None:
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        from grader import __version__

        resource = Resource({"service.name": "lab-grader", "service.version": __version__}).merge(Resource.create())
        self._traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._traces.add_span_processor(processor)
        self._metrics = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
        self._tracer = self._traces.get_tracer("grader", __version__)
        meter = self._metrics.get_meter("grader", __version__)
        self._runs = meter.create_counter("grader.runs", "{run}", "Runs of submissions by how the notebook ended")
        self._marked = meter.create_counter("grader.submissions", "{submission}", "Submissions marked, by status")
        self._failures = meter.create_counter("grader.failures", "{failure}", "Failures of our side by kind")
        self._caches = meter.create_counter("grader.cache.lookups", "{lookup}", "Looks into caches")
        self._phases = meter.create_histogram(
            "grader.phase.duration", "s", "Time per phase", explicit_bucket_boundaries_advisory=PHASE_SECONDS
        )
        self._batch: Span | None = None

    def see(self, event: Event) -> None:
        """Make spans of it and count."""
        if isinstance(event, BatchBegan):
            self._batch = self._tracer.start_span(
                f"grader {event.command}",
                attributes={
                    "grader.lab": event.lab, "grader.policy": event.policy, "grader.sandbox": event.sandbox,
                    "grader.pack": event.pack, "grader.submissions": event.submissions,
                    "grader.rubric.digest": event.rubric_digest,
                },
            )  # fmt: skip
        elif isinstance(event, TakenFromBefore):
            self._caches.add(event.hits, {"cache": "runs", "hit": True})
            self._caches.add(event.misses, {"cache": "runs", "hit": False})
        elif isinstance(event, Ran):
            outcome = event.outcome or "unknown"
            self._runs.add(1, {"outcome": outcome})
            if event.failure is not None:
                self._failures.add(1, {"kind": event.failure})
            about = {"grader.outcome": outcome, "grader.again": event.again}
            if event.where:
                about["grader.worker"] = event.where
            self._submission("submission", event, about, event.failure)
        elif isinstance(event, MarkedOne):
            self._marked.add(1, {"status": event.status})
            self._submission("marking", event, {"grader.status": event.status}, None)
        else:
            self._end(event)

    def close(self) -> None:
        """Send what is left."""
        self._traces.shutdown()
        self._metrics.shutdown()

    def _submission(self, name: str, event: Ran | MarkedOne, about: dict[str, Any], failure: str | None) -> None:
        from opentelemetry.trace import Status, StatusCode, set_span_in_context

        now = time.time_ns()
        began = now - int(event.seconds * 1e9)
        above = None if self._batch is None else set_span_in_context(self._batch)
        attributes = {"grader.submission": event.submission, **about}
        span = self._tracer.start_span(name, above, attributes=attributes, start_time=began)
        self._phase_spans(event.phases, span, began)
        self._looks(event.looks)
        if failure is not None:
            span.set_status(Status(StatusCode.ERROR, failure))
        span.end(now)

    def _phase_spans(self, phases: tuple[Phase, ...], above: Span, began: int) -> None:
        from opentelemetry.trace import set_span_in_context

        context = set_span_in_context(above)
        for one in phases:
            self._phases.record(one.seconds, {"phase": one.name})
            start = began + int(one.begin * 1e9)
            self._tracer.start_span(one.name, context, start_time=start).end(start + int(one.seconds * 1e9))

    def _looks(self, looks: tuple[CacheLook, ...]) -> None:
        for look in looks:
            self._caches.add(1, {"cache": look.cache, "hit": look.hit})

    def _end(self, event: BatchEnded) -> None:
        from opentelemetry.trace import Status, StatusCode

        if self._batch is None:
            return
        self._batch.set_attribute("grader.ended", event.how)
        if event.how == "failed":
            self._batch.set_status(Status(StatusCode.ERROR))
        self._batch.end()


def over_http() -> Telemetry:
    """Sends by OTLP over HTTP, configured by the standard variables (default: http://localhost:4318).

    Raises:
        UsageError: the packages of the extra `otel` are not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as problem:
        raise UsageError(
            expected="OpenTelemetry's packages, for traces and metrics", received=f"none named {problem.name}",
            where="--telemetry", todo='Say pip install "lab-grader[otel]", or --no-telemetry.',
        ) from problem  # fmt: skip
    return Telemetry(BatchSpanProcessor(OTLPSpanExporter()), PeriodicExportingMetricReader(OTLPMetricExporter()))
