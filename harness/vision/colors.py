"""Names of colors: the center of every color name in Lab, and the name nearest to a color seen.

The viewer keeps centers of its own, so that it judges a painter without sharing its palette.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab

Lab = NDArray[np.floating[Any]]

_NAMED: dict[str, tuple[tuple[int, int, int], ...]] = {
    "red": ((220, 38, 38), (236, 104, 104), (255, 0, 0), (160, 20, 30)),
    "orange": ((245, 130, 20), (250, 176, 108), (255, 165, 0)),
    "yellow": ((250, 212, 30), (248, 226, 112), (255, 255, 0)),
    "green": ((34, 150, 60), (132, 202, 136), (0, 128, 0), (0, 220, 40), (0, 90, 30)),
    "blue": ((40, 90, 215), (120, 164, 236), (0, 0, 255), (20, 30, 130)),
    "purple": ((130, 50, 170), (176, 134, 222), (128, 0, 128)),
    "pink": ((245, 110, 185), (250, 170, 212), (255, 192, 203)),
    "brown": ((125, 75, 38), (180, 142, 112), (90, 50, 20)),
    "black": ((25, 25, 30), (92, 92, 104), (0, 0, 0)),
    "white": ((252, 252, 252), (253, 253, 253)),
}
"""For every name: the flat tone, the pastel tone, then other tones that people call by it."""

_PLAIN: dict[str, tuple[tuple[int, int, int], ...]] = {
    "white": ((247, 247, 246), (255, 255, 255)),
    "gray": ((206, 206, 210), (165, 165, 165), (128, 128, 128), (96, 96, 96)),
    "black": ((44, 44, 50), (20, 20, 22), (0, 0, 0)),
    "blue": ((214, 229, 250),),
    "green": ((218, 240, 216),),
    "yellow": ((255, 246, 206),),
    "pink": ((254, 224, 232),),
    "purple": ((233, 222, 248),),
}
"""Plain backgrounds: for every name the tone of the embedded painter, then other tones that people call by it."""

_CERTAIN_DISTANCE = 14.0
"""A color within this distance (ΔE 76) of a center is called by its name."""

_CLOSE_CALL = 6.0
"""Names whose distances differ by less than this (ΔE 76) cannot be distinguished."""

_CERTAIN_MARGIN = 2.0
"""The same for the pale tints of plain backgrounds."""

_UNCERTAIN_MARGIN = 14.0
"""The same for a color that is not surely called by any name."""


@dataclass(frozen=True, slots=True)
class Named:
    """The name nearest to a color: its distance (ΔE 76), and by how much the next other name is farther.

    ``readings`` are all names that cannot be ruled out, the nearest first: one when the color is clear.
    """

    name: str
    distance: float
    margin: float
    readings: tuple[str, ...]


def to_lab(rgb: NDArray[np.floating[Any]]) -> Lab:
    """Return CIE Lab (D65, 2°) of RGB values in 0..255, of any shape (…, 3)."""
    flat = np.clip(rgb, 0, 255).reshape(1, -1, 3).astype(np.float32) / np.float32(255)
    return np.asarray(rgb2lab(flat), np.float32).reshape(rgb.shape)


def _centers(table: dict[str, tuple[tuple[int, int, int], ...]]) -> tuple[tuple[str, ...], Lab]:
    """Return the names, one a center, and the centers in Lab."""
    names = tuple(name for name, tones in table.items() for _ in tones)
    return names, to_lab(np.asarray([tone for tones in table.values() for tone in tones], np.float32))


@cache
def _things() -> tuple[tuple[str, ...], Lab]:
    return _centers(_NAMED)


@cache
def _grounds() -> tuple[tuple[str, ...], Lab]:
    """Return the centers of plain backgrounds, and of the colors of things for grounds that are not pale."""
    names, lab = _centers(_PLAIN)
    more, others = _centers({name: tones for name, tones in _NAMED.items() if name not in ("black", "white")})
    return names + more, np.concatenate([lab, others])


def _nearest(names: tuple[str, ...], centers: Lab, lab: Lab) -> Named:
    distance = np.sqrt(((centers - lab) ** 2).sum(-1))
    best: dict[str, float] = {}
    for name, d in zip(names, distance.tolist(), strict=True):
        best[name] = min(d, best.get(name, d))
    ranked = sorted(best.items(), key=lambda pair: pair[1])
    first, near = ranked[0]
    reach = near + (_CLOSE_CALL if near <= _CERTAIN_DISTANCE else _UNCERTAIN_MARGIN)
    return Named(first, near, ranked[1][1] - near, tuple(name for name, d in ranked if d <= reach))


def name_thing(rgb: NDArray[np.floating[Any]]) -> Named:
    """Return the color name of a thing's fill (RGB, 0..255)."""
    return _nearest(*_things(), to_lab(rgb))


def name_plain(rgb: NDArray[np.floating[Any]]) -> Named:
    """Return the color name of a plain background (RGB, 0..255); pale tints are named after their hue.

    One reading means that the name is sure.
    """
    named = _nearest(*_grounds(), to_lab(rgb))
    sure = named.distance <= _CERTAIN_DISTANCE and named.margin >= _CERTAIN_MARGIN
    return replace(named, readings=(named.name,) if sure else (named.name, *named.readings[1:], "another"))


def distance_to_plain(rgb: NDArray[np.floating[Any]]) -> float:
    """Return how far (ΔE 76) a color (RGB, 0..255) is from the nearest plain background of the embedded painter."""
    _, tones = _centers({name: tones[:1] for name, tones in _PLAIN.items()})
    return float(np.sqrt(((tones - to_lab(rgb)) ** 2).sum(-1)).min())
