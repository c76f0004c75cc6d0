"""The true render of a layout: the images that the network learns from and that the checks are tested on."""

import numpy as np
from numpy.typing import NDArray

from harness.painter import palette
from harness.painter.layout import UNIT, Item, Layout
from training import shapes

Image = NDArray[np.float32]


def render(layout: Layout, random: np.random.Generator | None) -> Image:
    """Return the image (height × width × 3, 0..255); ``random`` adds the unlabelled variety (None: none)."""
    image = _background(layout, random)
    for item in layout.items:
        _generate(image, layout, item, random)
    return image


def _background(layout: Layout, random: np.random.Generator | None) -> Image:
    """Return the ground: plain, or a sky that shades to the horizon with hills or sea under it."""
    w, h = layout.width, layout.height
    top, bottom, ground = (np.asarray(c, np.float32) for c in palette.background(layout.background))
    if layout.background.kind == "plain":
        image = np.broadcast_to(top, (h, w, 3)).copy()
        return image + _grain(h, w, random, 3.0)
    horizon = layout.horizon / UNIT
    y = np.arange(h, dtype=np.float32)[:, None] + 0.5
    x = np.arange(w, dtype=np.float32)[None] + 0.5
    mix = np.clip(y / horizon, 0, 1)[..., None]
    image = np.broadcast_to(top * (1 - mix) + bottom * mix, (h, w, 3)).copy()
    if layout.background.kind == "hills":
        line = _ridge(x, random, 2.2) + horizon
        far = _ridge(x, random, 3.0) + horizon - 3.0
        _blend(image, np.clip(y - far + 0.5, 0, 1), ground * 0.72 + bottom * 0.28)
        _blend(image, np.clip(y - line + 0.5, 0, 1), ground)
    else:
        _blend(image, np.clip(y - horizon + 0.5, 0, 1) + 0 * x, ground)
        if random is not None:
            light = np.clip(ground * 1.12 + 8, 0, 255)
            for _ in range(random.integers(5, 10)):
                wy, wx = random.uniform(horizon + 2, h), random.uniform(0, w)
                length = random.uniform(4, 10)
                wave = np.clip(1.1 - np.abs(y - wy), 0, 1) * np.clip(length / 2 - np.abs(x - wx), 0, 1)
                _blend(image, wave * 0.8, light)
    return image + _grain(h, w, random, 2.5)


def _grain(h: int, w: int, random: np.random.Generator | None, strength: float) -> Image | float:
    """Return a soft change of brightness and hue over the image, a few grey levels strong."""
    if random is None:
        return 0.0
    gx, gy = random.normal(0, strength / 2, (2, 3)).astype(np.float32)
    x = np.linspace(-1, 1, w, dtype=np.float32)[None, :, None]
    y = np.linspace(-1, 1, h, dtype=np.float32)[:, None, None]
    return random.normal(0, strength / 2, 3).astype(np.float32) + x * gx + y * gy


def _ridge(x: Image, random: np.random.Generator | None, height: float) -> Image:
    """Return the outline of a range of hills: a few slow waves."""
    if random is None:
        return 0 * x
    out = 0 * x
    for frequency in (0.05, 0.11, 0.2):
        phase = random.uniform(0, 2 * np.pi)
        out = out + np.sin(x * frequency * random.uniform(0.8, 1.25) * 2 + phase) * random.uniform(0.3, 1) * height / 2
    return out.astype(np.float32)


def _blend(image: Image, cover: Image, rgb: NDArray[np.float32]) -> None:
    """Paint ``rgb`` over an image (in place) where ``cover`` is 1."""
    image += cover[..., None] * (rgb - image)


def _generate(image: Image, layout: Layout, item: Item, random: np.random.Generator | None) -> None:
    """Paint one item over an image, in place."""
    h, w = image.shape[:2]
    cx, cy, rx, ry = item.x / UNIT, item.y / UNIT, item.w / UNIT / 2, item.h / UNIT / 2
    x0, x1 = max(0, int(cx - rx - 3)), min(w, int(cx + rx + 4))
    y0, y1 = max(0, int(cy - ry - 3)), min(h, int(cy + ry + 4))
    part = image[y0:y1, x0:x1]
    x, y = np.meshgrid(
        np.arange(x0, x1, dtype=np.float32) + 0.5 - np.float32(cx),
        np.arange(y0, y1, dtype=np.float32) + 0.5 - np.float32(cy),
    )
    fill, line, width = palette.paints(
        item.shape, item.color, layout.style, layout.background, layout.unders(item), item.w
    )
    rgb, edge = np.asarray(fill, np.float32), np.asarray(line, np.float32)
    if random is not None:
        turn = np.float32(random.normal(0, 0.05 if item.shape not in ("house", "tree") else 0.015))
        turn = np.clip(turn, -0.11, 0.11)
        x, y = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        rgb = np.clip(rgb + random.normal(0, 3.0, 3) + random.normal(0, 3.0), 0, 255).astype(np.float32)
    d = shapes.distance(item.shape, x, y, rx, ry)
    if item.shape == "sun":
        _blend(part, np.clip(0.5 - d, 0, 1), edge if width else np.asarray(palette.SUN_RAYS, np.float32))
        _blend(part, np.clip(0.5 - d - width / UNIT, 0, 1), np.asarray(palette.SUN_RAYS, np.float32))
        _blend(part, np.clip(0.5 - shapes.ellipse(x, y, rx * 0.62, ry * 0.62), 0, 1), rgb)
        return
    whole = np.clip(0.5 - d, 0, 1)
    _blend(part, whole, edge if width else rgb)
    inner = np.clip(0.5 - d - width / UNIT, 0, 1) if width else whole
    _blend(part, inner, rgb)
    if item.shape == "house":
        _blend(part, np.minimum(inner, _cover(shapes.ROOF, x, y, rx, ry)), rgb * 0.72)
        _blend(part, np.minimum(inner, _cover(shapes.DOOR, x, y, rx, ry)), rgb * 0.5)
    if item.shape == "tree":
        trunk = palette.TRUNK_PASTEL if layout.style == "pastel" else palette.TRUNK
        crown = np.clip(shapes.ellipse(x, y + np.float32(0.32 * ry), rx, ry * 0.68) + 0.5, 0, 1)
        _blend(part, np.minimum(inner, crown), np.asarray(trunk, np.float32))


def _cover(points: list[tuple[float, float]], x: Image, y: Image, rx: float, ry: float) -> Image:
    """Return how much of each pixel a polygon covers."""
    return np.clip(0.5 - shapes.polygon(shapes.scaled(points, rx, ry), x, y), 0, 1)
