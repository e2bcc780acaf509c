"""Which heads are trained again at all, before anything is read of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grader.evidence.model import Replay, Substitution
from grader.models.generations import Generation
from grader.replay.seen import Seen

Replaying = Callable[[Seen], Replay]


def trained_again(replay: Replaying, seen: Seen, stood_in: Sequence[Substitution], framework: Generation) -> Replay:
    """Train a head again, but for one that rests on stand-ins: it would be nobody's accuracy.

    What Keras 2 trains differs in small things, so that a training in Keras 3 explains its weights and does not decide.
    """
    if framework == "tf_keras" and seen.decides:
        return Replay(applies=False, problem="it is of Keras 2, and heads are trained again in Keras 3")
    asked = [each.asked for each in stood_in if each.kind in ("weights", "data")]
    if asked:
        return Replay(applies=False, problem=f"our asset pack does not hold what it asks for ({asked[0]})"[:400])
    return replay(seen)
