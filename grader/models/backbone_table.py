"""The architectures of `keras.applications` by fingerprint, read from `backbones.json`.

The file is made by `python -m grader.models.make_backbones` and holds, for each architecture, the fingerprints of its
calls in order (joined), where the part without top ends, and the calls of the top.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from grader.models.fingerprints import LENGTH


@dataclass(frozen=True)
class Backbone:
    """One architecture."""

    name: str
    """As in `keras.applications`."""
    alpha: float | None
    """Width factor, for the families that have one."""
    include_preprocessing: bool | None
    """Whether its own first layers scale images from [0, 255]; None where there is no such choice."""
    features: frozenset[str]
    """Fingerprints of all calls of the network without its top."""
    first: str
    """Fingerprint of the call that takes the network's input."""
    end: str
    """Fingerprint of the output of the network without its top."""
    top: Mapping[str, str]
    """Fingerprints of the calls of the top with ImageNet's 1,000 classes, and the names Keras gives them."""
    layers: int
    """Number of calls without the top."""

    @property
    def classifier(self) -> str | None:
        """Fingerprint of the last call of the top: the 1,000-way output."""
        return list(self.top)[-1] if self.top else None


@dataclass(frozen=True)
class Table:
    """All known architectures."""

    backbones: tuple[Backbone, ...]
    owners: Mapping[str, tuple[int, ...]]
    """Fingerprint to the positions in `backbones` of the architectures that have it."""
    firsts: frozenset[str]
    """Fingerprints of the calls that take a network's input."""
    weighted: frozenset[str]
    """Classes of calls that own weights, in some known architecture."""


@functools.cache
def load_table() -> Table:
    """Read the shipped table (once per process)."""
    text = resources.files("grader.models").joinpath("backbones.json").read_text("utf-8")
    document = json.loads(text)
    backbones = []
    for entry in document["backbones"]:
        joined = entry["features"]
        features = [joined[at : at + LENGTH] for at in range(0, len(joined), LENGTH)]
        top = {value: name for name, value in entry["top"]}
        backbones.append(
            Backbone(
                name=entry["name"],
                alpha=entry["alpha"],
                include_preprocessing=entry["include_preprocessing"],
                features=frozenset(features),
                first=features[0],
                end=entry["end"],
                top=top,
                layers=len(features),
            )
        )
    owners: dict[str, list[int]] = {}
    for position, backbone in enumerate(backbones):
        for value in (*sorted(backbone.features), *backbone.top):
            owners.setdefault(value, []).append(position)
    return Table(
        tuple(backbones),
        {value: tuple(found) for value, found in owners.items()},
        frozenset(backbone.first for backbone in backbones),
        frozenset(document["weighted"]),
    )
