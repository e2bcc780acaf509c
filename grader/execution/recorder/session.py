"""One watched kernel: settings in, hooks installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import answers, catalogue, colab, hooks, offline
from .identity import Identities
from .policy import Policy
from .timeline import Timeline
from .untrained import Untrained


class Session:
    """What the hooks share: the timeline, object identities and the training policy."""

    def __init__(self, outbox: Path, policy: Policy) -> None:
        self.timeline = Timeline(outbox)
        self.identities = Identities()
        self.policy = policy
        self.untrained = Untrained(self)
        self.hooks: list[tuple[str, Any, str, Any]] = []
        """What was put in place: (name for people, owner, attribute, value). Looked at again after each cell."""
        self.trained: Any = None
        """The model trained last, kept alive to be asked after the notebook has ended."""


def start(settings: dict[str, Any]) -> Session:
    """Install everything. `settings` holds `outbox`, `policy`, `steps_per_call`, `downloads`."""
    session = Session(Path(settings["outbox"]), Policy(settings["policy"], int(settings["steps_per_call"])))
    offline.install(settings["downloads"])
    catalogue.install(settings["downloads"], Path(settings["data"]))
    colab.install()
    hooks.install(session)
    answers.keep(session)
    session.timeline.add_start()
    return session
