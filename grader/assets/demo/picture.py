"""One whole picture: scene, animal, light, noise. The same seed and number always give the same picture."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from grader.assets.demo import scene
from grader.assets.demo.body import draw_body
from grader.assets.demo.brush import Brush
from grader.assets.demo.face import draw_ears_behind, draw_face, draw_head
from grader.assets.demo.traits import Kind, Traits, choose

OVERSAMPLING = 2
"""Drawn this much larger and reduced: Pillow's polygons have hard edges."""


def draw(kind: Kind, seed: int, number: int) -> tuple[Image.Image, Traits]:
    """Draw picture `number` of a series.

    Args:
        kind: The animal to draw.
        seed: The series; different splits use different ones.
        number: Which picture of the series.

    Returns:
        An RGB image with sides of 200 to 250 pixels, and what was drawn.
    """
    rng = np.random.default_rng([seed, number, 0 if kind == "cat" else 1])
    width, height = (int(side) * OVERSAMPLING for side in rng.integers(200, 251, size=2))
    traits = choose(kind, rng)
    canvas = scene.background((width, height), rng)
    scale = traits.size * min(width, height)
    brush = Brush((width, height), (traits.x * width, traits.y * height), scale, traits.angle, mirrored=traits.mirrored)
    draw_ears_behind(brush, traits, rng)
    draw_body(brush, traits, rng)
    if traits.collar is not None:
        brush.blob([(-0.6, 0.75), (0.6, 0.75), (0.66, 1.12), (0, 1.26), (-0.66, 1.12)], traits.collar)
        brush.oval(0, 1.26, 0.13, 0.13, (226, 190, 84))
    draw_head(brush, traits, rng)
    _light(brush, rng)
    draw_face(brush, traits, rng)
    _shadow(canvas, brush.layer, rng)
    canvas.paste(brush.layer, (0, 0), brush.layer)
    scene.foreground(canvas, rng)
    small = canvas.resize((width // OVERSAMPLING, height // OVERSAMPLING), Image.Resampling.BOX)
    return _camera(small, rng), traits


def jpeg(image: Image.Image, quality: int = 88) -> bytes:
    """The picture as JPEG bytes."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _light(brush: Brush, rng: np.random.Generator) -> None:
    """Round the flat shapes: darker towards the edge and away from the light, with strands of fur."""
    layer = brush.layer
    alpha = layer.getchannel("A")
    width, height = layer.size
    # Blurring at a quarter of the size gives the same soft look for a sixteenth of the work.
    quarter = alpha.resize((width // 4, height // 4)).filter(ImageFilter.GaussianBlur(brush.scale / 18))
    plump = np.asarray(quarter.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32) / 255
    side, above = rng.uniform(-0.12, 0.12), rng.uniform(0.0, 0.14)
    across = np.linspace(-side, side, width, dtype=np.float32)[None, :]
    down = np.linspace(above, -above, height, dtype=np.float32)[:, None]
    strands = rng.normal(0, 0.05, size=(height // 8, width // 3)).astype(np.float32)
    hair = np.asarray(Image.fromarray(strands).resize((width, height), Image.Resampling.BILINEAR))
    gain = (0.55 + 0.5 * plump + across + down + hair)[..., None]
    pixels = np.asarray(layer.convert("RGB"), dtype=np.float32) * gain
    layer.paste(Image.merge("RGBA", (*Image.fromarray(_bytes(pixels)).split(), alpha)))


def _shadow(canvas: Image.Image, layer: Image.Image, rng: np.random.Generator) -> None:
    alpha = layer.getchannel("A").resize((layer.width // 4, layer.height // 4)).filter(ImageFilter.GaussianBlur(3))
    mask = alpha.resize(layer.size, Image.Resampling.BILINEAR).point(lambda value: value * 0.4)
    canvas.paste((30, 26, 30), (int(rng.integers(-10, 11)), 10), mask)


def _camera(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Exposure, white balance, sensor noise and sometimes a slight blur."""
    if rng.random() < 0.25:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.4, 1.1))))
    pixels = np.asarray(image, dtype=np.float32)
    balance = rng.uniform(0.94, 1.06, size=3).astype(np.float32) * np.float32(rng.uniform(0.75, 1.12))
    noise = rng.normal(0, rng.uniform(2, 9), size=pixels.shape).astype(np.float32)
    return Image.fromarray(_bytes(pixels * balance + noise))


def _bytes(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    return np.clip(pixels, 0, 255).astype(np.uint8)
