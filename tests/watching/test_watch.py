"""Watching a whole command: files that are written, and troubles that stay the watcher's own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.batch.deliver import save_record
from grader.cli import cli
from grader.errors import UsageError
from grader.provenance.key_store import signing_key
from grader.watching.events import Event
from grader.watching.summary import RunSummary
from grader.watching.watch import Watch, WatchRequest, watching
from tests.provenance.reports import RECORD, graded
from tests.watching.examples import BEGAN


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "home"))
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    out = graded(tmp_path / "out", signing_key())
    save_record(out, RECORD)
    return out


def test_marking_again_leaves_a_log_and_a_summary(results: Path, tmp_path: Path) -> None:
    log = tmp_path / "grader.jsonl"
    done = CliRunner().invoke(cli, ["judge", str(results), "--log", str(log)])
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in log.read_text(encoding="ascii").splitlines()]
    assert [line["event"] for line in lines] == ["batch_began", "marked", "marked", "batch_ended"]
    assert [line["submission"] for line in lines[1:3]] == ["ada", "ben"]
    assert set(lines[1]["phases"]) == {"judge", "report"}
    assert "Lovelace" not in log.read_text(encoding="ascii")
    summary = RunSummary.model_validate_json((results / "summary.json").read_bytes())
    assert summary.ended == "finished"
    assert sum(summary.by_status.values()) == 2
    assert summary.caches["reports"].hits == 2
    assert summary.digests["pack"] == RECORD.pack.digest


def test_half_a_line_stays_alone(results: Path, tmp_path: Path) -> None:
    """As a full disk or a power cut leaves it."""
    log = tmp_path / "grader.jsonl"
    log.write_text('{"time": "2026-03-02T14:00:00.000+00:00", "ev', encoding="ascii")
    for _ in range(2):
        assert CliRunner().invoke(cli, ["judge", str(results), "--log", str(log)]).exit_code == 0
    half, *lines = log.read_text(encoding="ascii").splitlines()
    assert half.endswith('"ev')
    assert [json.loads(line)["event"] for line in lines].count("batch_ended") == 2


def test_a_log_that_cannot_be_opened_is_said_before_anything_is_done(results: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["judge", str(results), "--log", str(tmp_path / "absent/grader.jsonl")])
    assert isinstance(done.exception, UsageError)
    assert "Expected a log file that can be written" in str(done.exception)
    assert not (results / "summary.json").exists()


def end_with(error: BaseException, out: Path) -> None:
    with watching(WatchRequest(), out, print) as watch:
        watch.see(BEGAN)
        raise error


def test_how_it_ended_is_in_the_summary(tmp_path: Path) -> None:
    for error, how in ((KeyboardInterrupt(), "interrupted"), (EOFError(), "failed")):
        with pytest.raises(type(error)):
            end_with(error, tmp_path)
        assert json.loads((tmp_path / "summary.json").read_bytes())["ended"] == how


def test_a_watcher_in_trouble_does_not_stop_the_grading() -> None:
    class Full:
        def see(self, event: Event) -> None:
            raise OSError("No space left on device")

    class Counting:
        count = 0

        def see(self, event: Event) -> None:
            self.count += 1

    said: list[str] = []
    counting = Counting()
    watch = Watch([Full(), counting], said.append)
    watch.see(BEGAN)
    watch.see(BEGAN)
    assert counting.count == 2
    assert said == ["Note: Full stopped watching (OSError: No space left on device); grading goes on"]


def test_nothing_of_opentelemetry_is_imported_unless_asked_for(results: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "grader", "judge", str(results)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "grader.watching.telemetry" in done.stderr
    assert "opentelemetry" not in done.stderr
    assert "tensorflow" not in done.stderr
