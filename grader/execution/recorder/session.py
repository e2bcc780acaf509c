"""What the hooks of one watched kernel share."""

from __future__ import annotations

from typing import Any

from .identity import Identities
from .new_models import NewModels
from .pictures import Pictures
from .policy import Policy
from .timeline import Timeline


class Session:
    """The timeline, object identities and the training policy."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.identities = Identities()
        self.policy = Policy("full", 1)
        self.new_models = NewModels()
        self.pictures = Pictures(self.timeline)
        self.hooks: list[tuple[str, Any, str, Any]] = []
        """What was put in place: (name for people, owner, attribute, value). Looked at again after each cell."""
        self.trained: Any = None
        """The model trained last, kept alive to be asked after the notebook has ended."""
