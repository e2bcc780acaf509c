"""What training a student's head again showed, and which road decided the accuracy."""

from __future__ import annotations

from typing import Literal

from grader.evidence.base import Document

Policy = Literal["auto", "replay", "full", "capped"]


class ReplayedPhase(Document):
    """One `fit` with the base frozen, done again in full."""

    epochs: int
    batch_size: int
    optimizer: str
    learning_rate: float | None
    loss: str


class Replay(Document):
    """The student's own head, trained again in a clean process on what the frozen base makes of the images.

    Nothing of what the student's kernel had learned goes in: the base has the pack's weights, the head starts from its
    own initialisers.
    """

    applies: bool
    problem: str | None = None
    """Why there is none, or why it brought no accuracy, as a sentence for people."""
    accuracy: float | None = None
    correct: int | None = None
    examples: int | None = None
    constant_prediction: bool = False
    not_finite: bool = False
    labels_swapped_accuracy: float | None = None
    again: float | None = None
    """Accuracy after the same training from another random start: a head that hardly learned shows by it."""
    reachable: float | None = None
    """The best accuracy of all trainings tried, each at the decision threshold that suits it best: what such a training
    can reach with luck."""
    trainings: int = 0
    """From how many random starts."""
    phases: tuple[ReplayedPhase, ...] = ()
    training_images: int | None = None
    left_out: tuple[str, ...] = ()
    """What the notebook asks for and the replay does without, in words."""
    fine_tuned: bool = False
    """The notebook goes on to train the base; that was not replayed."""
    in_place_of: tuple[str, ...] = ()
    """Parts of the notebook's own (`loss`, `optimizer`) that Keras' usual ones stood for, and `base` where the whole of
    it stood for a part: such a training may show that a head can be this good, and never that its weights are
    wrong."""
    features: str | None = None
    """Digest of the function from pixels to the base's output."""
    features_shared: bool = False
    """The features had been computed before, for somebody else's model or an earlier run."""
    seconds: float = 0.0


class Road(Document):
    """How the accuracy was come by."""

    asked: Policy
    decided: Literal["replay", "full", "capped"]
    """`replay`: the head trained again by us. `full`: the notebook's own training. `capped`: nothing was trained
    far enough to say."""
    why: str = ""
    """As a sentence for people."""
