"""Answer for a model that cannot be rebuilt elsewhere: unlabelled images in, the model's outputs out.

Called by the driver after the notebook has ended. The images carry no labels and no names, and their order is random.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .session import Session

BATCH = 32

_sessions: list[Session] = []


def keep(session: Session) -> None:
    """Remember whose models can be asked."""
    _sessions.append(session)


def answer(uid: int, images: str, answers: str) -> None:
    """Send the images in the `.npy` file through the trained model with that number; write its outputs as `.npy`."""
    import numpy as np

    session = _sessions[0]
    model = session.trained
    if model is None or session.identities.of(model) != uid:
        return
    pictures = np.load(images, allow_pickle=False)
    rows: list[Any] = [
        np.asarray(model(pictures[start : start + BATCH], training=False), np.float32)
        for start in range(0, len(pictures), BATCH)
    ]
    with open(answers, "wb") as file:  # noqa: PTH123
        np.save(file, np.concatenate(rows), allow_pickle=False)
