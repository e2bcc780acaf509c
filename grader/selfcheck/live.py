"""The self-check inside a notebook: watch the live session, and look at it when asked. Nothing is run again."""

from __future__ import annotations

import atexit
import inspect
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.answers.find import find_answers
from grader.assets.locate import find_pack
from grader.evidence.model import SubmissionInfo
from grader.execution.outbox import Outbox, read_outbox
from grader.execution.recorder import bases, hooks
from grader.execution.recorder.session import Session
from grader.execution.recorder.snapshots import describe
from grader.execution.run import RunOutcome
from grader.execution.timeline import FitEvent
from grader.judge import judge
from grader.models.measuring import MeasuringProcess
from grader.observation.observe import Reading, observe
from grader.rubric.model import Rubric
from grader.rubric.public import public_part
from grader.selfcheck.own_notebook import notebook_texts
from grader.selfcheck.run import Checked, without_heldout
from grader.selfcheck.session_cells import RanCell, SessionCells, as_cells, current
from grader.selfcheck.session_view import session_view
from grader.source.statements import read_statements


class LiveSession:
    """One IPython shell with the recorder in it.

    The recorder only watches: calls are neither shortened nor answered from a pack. Models are rebuilt and looked at
    in a process of their own, so that the session's random state and memory stay as they are.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._folder = tempfile.TemporaryDirectory(prefix="grader-check-")
        self._outbox = Path(self._folder.name) / "outbox"
        self._outbox.mkdir()
        self._recorder = Session()
        self._cells = SessionCells(shell)
        self._measuring = MeasuringProcess()
        self._written: set[int] = set()
        atexit.register(self.close)

    def start(self) -> None:
        """Install the hooks and get ready; comes back at once."""
        self._recorder.timeline.open(self._outbox)
        hooks.install(self._recorder)
        _use_watched_applications(self._shell.user_ns)
        self._recorder.timeline.add_start()
        self._cells.watch()
        threading.Thread(target=self._measuring.warm_up, daemon=True).start()

    def close(self) -> None:
        """End the measuring process and remove what was recorded."""
        self._measuring.close()
        self._folder.cleanup()

    def check(self, rubric: Rubric, notebook: Path | None = None) -> Checked:
        """Decide the public criteria from what was seen since the start.

        Raises:
            GraderError: the rubric's pack or the named notebook cannot be read.
        """
        shown = public_part(rubric)
        pack = without_heldout(find_pack(rubric.lab.assets, lambda _line: None))
        unseen = self._write_unseen_models()
        ran = self._cells.all()
        kept = current(ran[:-1])  # the last one is the check itself, still running
        texts = notebook_texts(self._shell.user_ns, notebook)
        cells, outcomes = as_cells(kept, texts or [])
        reading = Reading(
            SubmissionInfo(id="session", name="this session"), cells, read_statements(cells),
            find_answers(cells, shown.questions(), ()),
        )  # fmt: skip
        failed = any(not outcome.ok for outcome in outcomes)
        outcome = RunOutcome(status="cells_failed" if failed else "completed", cells=outcomes)
        evidence = observe(
            reading, outcome, _without_stale_fits(read_outbox(self._outbox), kept), pack, None, self._measuring.measure,
            policy="full", sandbox="none", created=datetime.now(UTC).isoformat(timespec="seconds"),
        ).model_copy(update={"contradictions": ()})  # nobody forges a check of their own work  # fmt: skip
        result = judge(shown, evidence)
        table = session_view(rubric, evidence, result, texts_known=texts is not None, trained_unseen=unseen)
        return Checked(table, evidence, result, shown)

    def _write_unseen_models(self) -> bool:
        """Write down models of the session that were made before the recorder came; whether one had been trained."""
        keras = sys.modules.get("keras")
        if keras is None:
            return False
        trained = False
        fitted = {event.uid for event in read_outbox(self._outbox).events if isinstance(event, FitEvent)}
        for name, model in list(self._shell.user_ns.items()):
            if name.startswith("_") or not isinstance(model, keras.Model) or not model.built:
                continue
            uid = self._recorder.identities.of(model)
            if uid in fitted:
                continue
            trained = trained or bool(getattr(getattr(model, "history", None), "epoch", None))
            if getattr(model, "compiled", False) and uid not in self._written:
                self._written.add(uid)
                self._recorder.timeline.add("model", **describe(self._recorder, model, {}, {}))
        return trained


def _without_stale_fits(outbox: Outbox, kept: list[RanCell]) -> Outbox:
    """Leave out trainings by cells that have been run again since: a fresh run would not have them."""
    numbers = {cell.number for cell in kept}
    pairs = [
        (event, offset)
        for event, offset in zip(outbox.events, outbox.offsets, strict=True)
        if not (isinstance(event, FitEvent) and event.place is not None and event.place.execution not in numbers)
    ]
    events, offsets = tuple(event for event, _ in pairs), tuple(offset for _, offset in pairs)
    return Outbox(outbox.folder, events, outbox.refused, outbox.arrays, offsets)


def _use_watched_applications(namespace: dict[str, Any]) -> None:
    """Where Keras was imported before, its public names still hold the functions that nobody watches."""
    watched: dict[int, Any] = {}
    for name in bases.APPLICATION_MODULES:
        module = sys.modules.get(f"keras.src.applications.{name}")
        for value in vars(module).values() if module is not None else ():
            original = inspect.isfunction(value) and getattr(value, "__wrapped__", None)
            if original:
                watched[id(original)] = value
    if not watched:
        return
    spaces = [vars(module) for name, module in list(sys.modules.items()) if name.startswith(("keras.", "tensorflow."))]
    for space in [*spaces, namespace]:
        for key, value in list(space.items()):
            if inspect.isfunction(value) and id(value) in watched:
                space[key] = watched[id(value)]
