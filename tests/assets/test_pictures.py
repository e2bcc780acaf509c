"""The drawings: always the same, all different, and not told apart by colour or place."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from grader.assets.demo.make import SERIES
from grader.assets.demo.picture import draw, jpeg
from grader.assets.demo.train_backbone import SEED
from grader.assets.demo.traits import Kind, choose


@pytest.mark.parametrize("kind", ["cat", "dog"])
def test_a_picture_is_the_same_every_time_and_unlike_its_neighbours(kind: Kind) -> None:
    once, again, other = draw(kind, 5, 1)[0], draw(kind, 5, 1)[0], draw(kind, 5, 2)[0]
    assert jpeg(once) == jpeg(again)
    assert jpeg(once) != jpeg(other)


def test_pictures_are_colour_jpegs_of_about_200_pixels() -> None:
    image = Image.open(io.BytesIO(jpeg(draw("cat", 5, 3)[0])))
    assert image.format == "JPEG"
    assert image.mode == "RGB"
    assert all(200 <= side <= 250 for side in image.size)


def test_every_split_has_a_seed_of_its_own_and_the_backbone_another() -> None:
    seeds = [seed for seed, _, _ in SERIES.values()]
    assert len({*seeds, SEED}) == len(seeds) + 1


def test_colour_size_and_place_do_not_tell_the_class() -> None:
    cats, dogs = (
        np.array([[*t.fur, t.x, t.y, t.size] for n in range(600) for t in [choose(kind, np.random.default_rng(n))]])
        for kind in ("cat", "dog")
    )
    spread = np.concatenate([cats, dogs]).std(axis=0)
    assert (np.abs(cats.mean(axis=0) - dogs.mean(axis=0)) < 0.2 * spread).all()


def test_ears_alone_do_not_tell_the_class_either() -> None:
    ears = {kind: {choose(kind, np.random.default_rng(n)).ears for n in range(200)} for kind in ("cat", "dog")}
    assert "pointed" in ears["cat"] & ears["dog"]
