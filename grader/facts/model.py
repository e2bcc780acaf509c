"""The facts and their words. `docs/facts.md` lists them; a test holds the two together."""

from __future__ import annotations

from grader.evidence.model import Document, Place, Strength

UNKNOWN = "unknown"


class Fact(Document):
    """One thing seen. `value` is one of the documented words, or a name or number where those are asked for."""

    value: str
    strength: Strength | None = None
    """None when the value is `unknown`."""
    place: Place | None = None
    reason: str = ""
    """Why it is unknown, or what the value rests on where that is not obvious."""


class Facts(Document):
    """The facts of one submission, about the graded model and the training in which its base first took part."""

    backbone: Fact
    """Name in `keras.applications`, or `none`."""
    include_top: Fact
    """`yes`, `no`, `cut off` (made with its top and cut open before it)."""
    weights: Fact
    """`imagenet` (the asset pack's pre-trained weights), `none` (random), `other`."""
    frozen_at_first_fit: Fact
    """`yes`, `no`, `partial`, `never fitted`."""
    fine_tunes: Fact
    """`yes`: the base is trained in a later fit. `no`."""
    flip: Fact
    """`in-model`, `ds.map`, `ImageDataGenerator`, `unused` (made, acts on nothing), `none`."""
    rotation: Fact
    """The same words as `flip`."""
    pooling: Fact
    """`gap`, `gmp`, `flatten`, `none`."""
    dropout: Fact
    """Rates in order, such as `0.2` or `0.5, 0.3`; `none`."""
    head: Fact
    """Dense layers in order, such as `Dense(128, relu), Dense(1, sigmoid)`; `none`."""
    loss_matches_output: Fact
    """`yes`, `no`."""
    base_training_false: Fact
    """`yes`: the base is called with `training=False`. `no`."""
    preprocessing: Fact
    """`right`, `only [0, 1]`, `scaled twice`, `not scaled`, `other range`."""


def unknown(reason: str) -> Fact:
    """Not known, with the reason."""
    return Fact(value=UNKNOWN, reason=reason)
