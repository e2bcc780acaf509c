"""Watch a kernel: hooks first, then whose kernel it is.

The two are apart because a warm parent imports Keras with the hooks in place before it knows whom it will fork for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import (
    answers,
    backends,
    catalogue,
    colab,
    course_packages,
    downloaders,
    hooks,
    hub,
    offline,
    older_keras,
    single_pictures,
    stand_in_data,
    stand_in_folders,
)
from .policy import Policy
from .session import Session


def prepare() -> Session:
    """Put the hooks in place, before anything that they take hold of is imported."""
    session = Session()
    offline.prepare()
    stand_in_data.prepare(session.pictures)
    stand_in_folders.prepare(session.pictures)
    single_pictures.prepare(session.pictures)
    hooks.install(session)
    return session


def begin(session: Session, settings: dict[str, Any]) -> None:
    """Record from now on. `settings` holds `outbox`, `policy`, `steps_per_call`, `downloads`, `data`,
    `pictures`, `classes`, `framework`."""
    session.policy = Policy(settings["policy"], int(settings["steps_per_call"]))
    session.timeline.open(Path(settings["outbox"]))
    held = settings["pictures"]
    session.pictures.open(held["archive"], held["kinds"], Path(settings["data"]), int(settings.get("classes") or 2))
    offline.install(settings["downloads"], session.pictures)
    catalogue.install(session.pictures)
    downloaders.install(session.pictures)
    hub.install(session)
    backends.install(session)
    colab.install(session.pictures)
    course_packages.install(session.pictures)
    if settings.get("framework") == "tf_keras":
        older_keras.install()
    answers.keep(session)
    session.timeline.add_start()
