"""Where the animal is: walls, rooms, lawns and blankets, and things lying about."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from grader.assets.demo.brush import Colour, blend, shade

Size = tuple[int, int]


def background(size: Size, rng: np.random.Generator) -> Image.Image:
    """An RGB background, a little out of focus, with things in it; independent of the class."""
    kind = int(rng.integers(4))
    picture = (_wall, _room, _lawn, _blanket)[kind](size, rng)
    for _ in range(int(rng.integers(0, 4))):
        _thing(picture, rng)
    return picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.8, 4.0))))


def foreground(picture: Image.Image, rng: np.random.Generator) -> None:
    """Sometimes something in front of the animal: a leaf, a cushion's edge, a ball."""
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    choice = rng.random()
    if choice < 0.12:
        x, lean = rng.uniform(0, width), rng.uniform(-60, 60)
        green = _soft(rng, (70, 130, 70))
        for step in range(4):
            top = (x + lean * (step - 1.5), height * rng.uniform(0.45, 0.7))
            draw.polygon([(x - 9, height), top, (x + 9, height)], fill=shade(green, 0.8 + 0.1 * step))
    elif choice < 0.2:
        y = height * rng.uniform(0.84, 0.94)
        colour = _soft(rng)
        draw.rounded_rectangle((-20, y, width + 20, height + 40), 24, fill=colour)
        draw.line((0, y + 8, width, y + 8), fill=shade(colour, 0.8), width=3)
    elif choice < 0.32:
        _ball(
            draw, rng, width * rng.uniform(0.05, 0.95), height * rng.uniform(0.8, 0.95), height * rng.uniform(0.05, 0.1)
        )


def _soft(rng: np.random.Generator, near: Colour | None = None) -> Colour:
    red, green, blue = (int(value) for value in rng.integers(40, 235, size=3))
    colour = (red, green, blue)
    grey = sum(colour) // 3
    colour = blend(colour, (grey, grey, grey), 0.45)
    return colour if near is None else blend(near, colour, 0.3)


def _gradient(size: Size, top: Colour, bottom: Colour) -> Image.Image:
    share = np.linspace(0, 1, size[1])[:, None, None]
    rows = np.asarray(top)[None, None, :] * (1 - share) + np.asarray(bottom)[None, None, :] * share
    pixels: npt.NDArray[np.uint8] = np.broadcast_to(rows, (size[1], size[0], 3)).astype(np.uint8)
    return Image.fromarray(pixels)


def _wall(size: Size, rng: np.random.Generator) -> Image.Image:
    colour = _soft(rng)
    picture = _gradient(size, shade(colour, 1.15), shade(colour, 0.8))
    if rng.random() < 0.5:
        draw = ImageDraw.Draw(picture)
        stripe = blend(colour, _soft(rng), 0.3)
        gap = int(rng.integers(24, 70))
        for x in range(int(rng.integers(gap)), size[0], gap):
            draw.rectangle((x, 0, x + gap // 3, size[1]), fill=stripe)
    return picture


def _room(size: Size, rng: np.random.Generator) -> Image.Image:
    picture = _wall(size, rng)
    draw = ImageDraw.Draw(picture)
    width, height = size
    floor = height * rng.uniform(0.55, 0.8)
    wood = _soft(rng, (168, 122, 82))
    draw.rectangle((0, floor, width, height), fill=wood)
    for _ in range(5):
        y = rng.uniform(floor, height)
        draw.line((0, y, width, y), fill=shade(wood, 0.85), width=2)
    draw.rectangle((0, floor - 8, width, floor), fill=shade(wood, 1.3))
    if rng.random() < 0.4:
        x, y = rng.uniform(0, width * 0.7), rng.uniform(0, floor * 0.3)
        draw.rectangle(
            (x, y, x + width * 0.28, y + floor * 0.5), fill=(196, 220, 236), outline=(240, 238, 232), width=8
        )
        draw.line((x + width * 0.14, y, x + width * 0.14, y + floor * 0.5), fill=(240, 238, 232), width=6)
    return picture


def _lawn(size: Size, rng: np.random.Generator) -> Image.Image:
    picture = _gradient(size, _soft(rng, (140, 190, 232)), (226, 234, 236))
    draw = ImageDraw.Draw(picture)
    width, height = size
    edge = height * rng.uniform(0.35, 0.7)
    green = _soft(rng, (96, 150, 72))
    for _ in range(int(rng.integers(2, 6))):
        x, radius = rng.uniform(0, width), rng.uniform(20, 80)
        draw.ellipse((x - radius, edge - radius * 1.2, x + radius, edge + radius), fill=shade(green, 0.7))
    draw.rectangle((0, edge, width, height), fill=green)
    for _ in range(160):
        x, y = rng.uniform(0, width), rng.uniform(edge, height)
        draw.line(
            (x, y, x + rng.uniform(-5, 5), y - rng.uniform(6, 18)), fill=shade(green, rng.uniform(0.7, 1.25)), width=2
        )
    return picture


def _blanket(size: Size, rng: np.random.Generator) -> Image.Image:
    first, second = _soft(rng), _soft(rng)
    picture = _gradient(size, first, shade(first, 0.85))
    draw = ImageDraw.Draw(picture)
    gap = int(rng.integers(28, 80))
    slant = int(rng.integers(-40, 40))
    for x in range(-gap, size[0] + gap, gap):
        draw.line((x, 0, x + slant, size[1]), fill=blend(first, second, 0.6), width=gap // 3)
    for y in range(0, size[1], gap):
        draw.line((0, y, size[0], y - slant), fill=blend(first, second, 0.35), width=gap // 4)
    return picture


def _ball(draw: ImageDraw.ImageDraw, rng: np.random.Generator, x: float, y: float, radius: float) -> None:
    colour = _soft(rng)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    draw.arc((x - radius, y - radius * 1.6, x + radius, y + radius * 0.4), 20, 160, fill=shade(colour, 1.5), width=4)


def _thing(picture: Image.Image, rng: np.random.Generator) -> None:
    draw = ImageDraw.Draw(picture)
    x, y = rng.uniform(0, picture.width), rng.uniform(0, picture.height)
    reach = float(rng.uniform(14, 60))
    colour = _soft(rng)
    kind = int(rng.integers(4))
    if kind == 0:
        _ball(draw, rng, x, y, reach * 0.7)
    elif kind == 1:
        draw.rounded_rectangle((x - reach, y - reach * 0.7, x + reach, y + reach * 0.7), 8, fill=colour)
    elif kind == 2:
        # Triangles and drooping ovals behind the animal, so that no such shape alone gives the class away.
        lean = reach * rng.uniform(-0.6, 0.6)
        draw.polygon([(x - reach * 0.7, y + reach), (x + lean, y - reach), (x + reach * 0.7, y + reach)], fill=colour)
    else:
        draw.ellipse((x - reach * 0.35, y - reach, x + reach * 0.35, y + reach), fill=colour)
