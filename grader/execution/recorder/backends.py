"""Keras 3 on JAX, PyTorch or another backend: it runs on TensorFlow here, which is watched and installed.

What Keras makes and trains is the same on each of them (keras.io/keras_3); code of the backend itself then fails, and
that is noted as ours.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import wrapt

if TYPE_CHECKING:
    from .session import Session


def install(session: Session) -> None:
    """Take hold of the setting right after Keras has read it."""
    wrapt.register_post_import_hook(functools.partial(_on_tensorflow, session), "keras.src.backend.config")


def _on_tensorflow(session: Session, config: Any) -> None:
    asked = config.backend()
    if asked != "tensorflow":
        config._BACKEND = "tensorflow"
        session.pictures.note(f"Keras on {asked}", "Keras on TensorFlow", kind="module")
