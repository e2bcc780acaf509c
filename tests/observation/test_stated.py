"""A record of a training against the notebook's text: the settings that a replay would use, and the freezing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.evidence.model import Cell, Measurement, Replay
from grader.execution.outbox import Outbox
from grader.execution.run import RunOutcome
from grader.execution.timeline import Event
from grader.observation.agreement.case import Case
from grader.observation.agreement.measured import check_measured
from grader.observation.agreement.stated import check_stated
from grader.observation.fits import read_fits
from grader.observation.graded import choose
from grader.observation.places import Places
from grader.source.statements import read_statements
from tests.observation.test_fits import A, B, C, base, event, fit, layer

TEXT = (
    "base = keras.applications.MobileNetV2(include_top=False)\nbase.trainable = False",
    "rate = 1e-4\nmodel.compile(keras.optimizers.Adam(learning_rate=rate), loss='binary_crossentropy')",
    "EPOCHS = 10\nhistory = model.fit(train, epochs=EPOCHS)",
)


def case(*text: str, frozen: bool = True, replay: Replay | None = None, **claims: Any) -> Case:
    """A notebook of three cells, and what its kernel claims of the training in the third."""
    cells = tuple(Cell(position=n, code_cell=n, kind="code", source=source) for n, source in enumerate(text or TEXT, 1))
    compiled = event(event="compile", uid=1, place={"execution": 2, "line": 2})
    given = {
        "loss": {"name": "BinaryCrossentropy", "from_logits": False}, "epochs_requested": 10, "epochs_run": 10,
        "optimizer": {"name": "Adam", "learning_rate": 1e-4}, "place": {"execution": 3, "line": 2},
    }  # fmt: skip
    trained = fit(
        1, layer("base", 2, not frozen), layer("base/a", 3, not frozen, A, A), layer("d", 9, True, B, C),
        **{**given, **claims},
    )  # fmt: skip
    events: list[Event] = [base(2, [3]), compiled, trained]
    fits = read_fits(events, Places(cells))
    return Case(
        cells=cells, outcome=RunOutcome(), outbox=Outbox(Path(), tuple(events), (), ()), fits=fits,
        chosen=choose(fits, events), statements=read_statements(cells), replay=replay,
        measurement=Measurement(rebuilt=True, accuracy=0.96, examples=200),
    )  # fmt: skip


def kinds(found: Case) -> list[str]:
    return [each.kind for each in check_stated(found)]


def test_an_honest_record() -> None:
    assert kinds(case()) == []


@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        ({"epochs_requested": 50}, "other_epochs"),
        ({"optimizer": {"name": "Adam", "learning_rate": 1e-2}}, "other_settings"),
        ({"optimizer": {"name": "SGD", "learning_rate": 1e-4}}, "other_settings"),
        ({"loss": {"name": "MeanSquaredError", "from_logits": None}}, "other_settings"),
    ],
)
def test_a_record_that_claims_another_training_than_the_text(claims: dict[str, Any], kind: str) -> None:
    assert kinds(case(**claims)) == [kind]


def test_a_base_that_no_line_freezes() -> None:
    text = TEXT[0].replace("trainable = False", "trainable = True")
    assert kinds(case(text, *TEXT[1:])) == ["frozen_not_in_the_text"]
    assert kinds(case(text, *TEXT[1:], frozen=False)) == []


@pytest.mark.parametrize(
    "line",
    [
        "for layer in base.layers:\n    layer.trainable = False",
        "setattr(base, 'trainable', False)",
        "base.trainable = not True",
        "base.trainable = wanted",
    ],
)
def test_ways_to_freeze(line: str) -> None:
    assert kinds(case(f"base = keras.applications.MobileNetV2()\n{line}", *TEXT[1:])) == []


def test_a_learning_rate_that_the_notebook_changes_itself() -> None:
    changing = (TEXT[0], TEXT[1] + "\nmodel.optimizer.learning_rate = 0.01", TEXT[2])
    assert kinds(case(*changing, optimizer={"name": "Adam", "learning_rate": 0.01})) == []


def test_weights_far_better_than_the_training_that_is_said_to_have_made_them() -> None:
    poor = Replay(applies=True, accuracy=0.52, again=0.5, reachable=0.6, trainings=8, examples=200)
    found = list(check_measured(case(replay=poor)))
    assert [each.kind for each in found] == ["replay_differs"]
    assert "from 8 random starts, 60 % at best" in found[0].words


@pytest.mark.parametrize(("accuracy", "again", "reachable"), [(0.9, 0.88, 0.93), (0.5, 0.5, 0.94), (0.52, 0.95, 0.95)])
def test_weights_that_a_luckier_start_explains_accuse_nobody(accuracy: float, again: float, reachable: float) -> None:
    lucky = Replay(applies=True, accuracy=accuracy, again=again, reachable=reachable, trainings=4, examples=200)
    assert list(check_measured(case(replay=lucky))) == []


@pytest.mark.parametrize(
    "line",
    ["# base.trainable = False", "'base.trainable = False'", "note = 'base.trainable = False'", "base.trainable = True",
     "if False: base.trainable = False", "print(base.trainable)"],
)  # fmt: skip
def test_lines_that_freeze_on_paper_only(line: str) -> None:
    text = TEXT[0].replace("base.trainable = False", line)
    assert kinds(case(text, *TEXT[1:])) == ["frozen_not_in_the_text"]
