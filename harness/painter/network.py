"""The network in numpy: predicts the clean image from a noisy one, its time and a layout.

Images are (batch, height, width, 3) in units of 1/4096 (±4096 is the range of colors), channels last. One token is
a 4×4 pixel cell seen through an 8×8 patch. Both arithmetics run this code; see ``harness.painter.arithmetic``. The
limits below keep every sum of the exact one below 2^53; they are never reached in ordinary images.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.painter.arithmetic import UNIT, Arithmetic, Array
from harness.painter.condition import GROUND, PAIR, SCENE, Condition
from harness.painter.geometry import overlap_add, patches, shifted
from harness.painter.layers import Layers

WIDTH, DEEP, HEADS, PLANES = 96, 192, 6, 8
BEFORE, AFTER = 2, 3
HATS = 17
TIME = 1 << 16
"""The time 1 (a clean image)."""

ITEMS = 32
"""More items than a layout ever has."""

GUIDANCE = 10 * 256
"""The strongest guidance, in units of 1/256."""

SPLAT, BASE, REFINE = 192, 128, 16
_FINE, _COARSE = range(BEFORE + AFTER), range(2)
Shapes = tuple[tuple[str, int, int], ...]

FROM_INPUT: Shapes = (
    ("patch", 192, WIDTH),
    ("pair_in", PAIR, SPLAT),
    ("ground_in", GROUND, BASE),
    ("time_in", HATS + SCENE + 1, WIDTH),
)
"""Layers (name, inputs, outputs) on features, times and images."""

FROM_NORMED: Shapes = (
    ("inject", WIDTH, WIDTH * len(_FINE)),
    *((f"shift.{i}.up", WIDTH, 4 * WIDTH) for i in _FINE),
    ("merge", 4 * WIDTH, DEEP),
    *((f"attend.{i}.qkv", DEEP, 3 * DEEP) for i in _COARSE),
    *((f"attend.{i}.out", DEEP, DEEP) for i in _COARSE),
    *((f"deep.{i}.up", DEEP, 4 * DEEP) for i in _COARSE),
    ("split", DEEP, 4 * WIDTH),
    ("head", WIDTH, 64 * PLANES),
    ("refine_in", 9 * (PLANES + 3), REFINE),
)
"""Layers on normalized or limited activations."""

FROM_SQUARES: Shapes = (
    ("pair_mid", SPLAT, SPLAT),
    ("pair_out", SPLAT, WIDTH),
    ("ground_out", BASE, WIDTH),
    ("time_out", WIDTH, 2 * WIDTH * (len(_FINE) + 1) + 8 * DEEP),
    *((f"shift.{i}.down", 4 * WIDTH, WIDTH) for i in _FINE),
    *((f"deep.{i}.down", 4 * DEEP, DEEP) for i in _COARSE),
    ("refine_out", REFINE, 27),
)
"""Layers on squared activations."""


class Prepared(NamedTuple):
    """What the network needs of a batch of layouts at every step: token vectors, injections, scene features."""

    tokens: Array
    inject: list[Array]
    scene: Array


class Network(Layers):
    """The layers of one weights file in one arithmetic."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], arithmetic: Arithmetic) -> None:
        """Load the layers and prove the bounds of their sums; raises Bound, KeyError or ValueError."""
        super().__init__(arrays, arithmetic)
        for name, *shape in FROM_INPUT:
            self.add(name, self.INPUT, *shape)
        for name, *shape in FROM_NORMED:
            self.add(name, self.NORMED, *shape)
        for name, *shape in FROM_SQUARES:
            self.add(name, self.HIDDEN**2, *shape, squared=True)
        self._prove()
        self.null, self.place = self.plain("null", WIDTH), self.plain("place", 8, 8, DEEP)
        self.sharp = [self.plain(f"attend.{i}.sharp", HEADS)[:, None, None] / UNIT for i in range(2)]

    def _prove(self) -> None:
        """Prove the bounds of what is added up outside the layers: residuals, planes, squares and attention."""
        most, check = self.most, self.arithmetic.check
        tokens = most["ground_out"] + ITEMS * most["pair_out"]
        fine = tokens + most["patch"] + most["split"] + sum(most[f"shift.{i}.down"] for i in _FINE)
        check("tokens", fine)
        coarse = sum(most[f"attend.{i}.out"] + most[f"deep.{i}.down"] for i in _COARSE)
        check("merged tokens", most["merge"] + self.RESIDUAL + coarse)
        # Patches overlap four times, the last convolution adds nine parts; guidance multiplies the difference of two.
        check("image", 2 * GUIDANCE * (4 * most["head"] + 9 * most["refine_out"]))
        check("squares", 4 * WIDTH * self.RESIDUAL**2)
        # A normalized value is at most the root of the number of values (6 units for 32); its scale at most RESIDUAL.
        check("scores", (DEEP // HEADS) * 6 * self.RESIDUAL * 6 * UNIT)
        check("attention", 64 * 2**20 * self.NORMED)

    def prepare(self, conditions: Sequence[Condition | None], rows: int, columns: int) -> Prepared:
        """Return what the layouts of a batch (None: no condition) say to every token."""
        tokens = np.stack([self._tokens(c, rows, columns) for c in conditions])
        inject = self.linear("inject", self.normed(tokens))
        scene = np.zeros((len(conditions), SCENE + 1), self.dtype)
        for row, c in zip(scene, conditions, strict=True):
            if c is None:
                row[-1] = UNIT
            else:
                row[:-1] = c.scene
        return Prepared(tokens, np.split(inject, BEFORE + AFTER, -1), scene)

    def _tokens(self, c: Condition | None, rows: int, columns: int) -> Array:
        """Return one vector for each token (rows, columns, WIDTH)."""
        if c is None:
            return np.broadcast_to(self.null, (rows, columns, WIDTH))
        out = self.linear("ground_out", self.squared("ground_in", c.ground.astype(self.dtype)))
        if len(c.where):
            middle = self.normed(self.linear("pair_mid", self.squared("pair_in", c.pair.astype(self.dtype))))
            np.add.at(out, c.where, self.linear("pair_out", self.square(middle)))
        return out.reshape(rows, columns, WIDTH)

    def __call__(self, x: Array, time: int, p: Prepared) -> Array:
        """Return the predicted clean image; ``time`` in units of 1/65536."""
        batch, height, width, _ = x.shape
        rows, columns = height // 4, width // 4
        low, high = self._modulation(time, p.scene)
        h = self.linear("patch", patches(x)) + p.tokens
        for i in range(BEFORE):
            h += self._shift_block(i, h, low[:, i], p.inject[i])
        h += self._deep(h, high)
        for i in range(BEFORE, BEFORE + AFTER):
            h += self._shift_block(i, h, low[:, i], p.inject[i])
        h = self.linear("head", self.modulated(h, low[:, -1]))
        planes = overlap_add(h.reshape(batch, rows, columns, 8, 8, PLANES))
        return self._refine(planes, x)

    def _modulation(self, time: int, scene: Array) -> tuple[Array, Array]:
        """Return scales and offsets for the fine blocks and for the deep blocks."""
        # Triangular bumps over time: exact, since time · 16 · 4096 is a small integer.
        hats = np.maximum(0, UNIT - np.abs(np.arange(HATS) * UNIT - time * (HATS - 1) * UNIT // TIME))
        g = np.concatenate([np.broadcast_to(hats, (len(scene), HATS)).astype(self.dtype), scene], 1)
        mods = self.linear("time_out", self.squared("time_in", g))
        cut = 2 * WIDTH * (BEFORE + AFTER + 1)
        low = mods[:, :cut].reshape(-1, BEFORE + AFTER + 1, 2, 1, 1, WIDTH)
        return low, mods[:, cut:].reshape(-1, 2, 2, 2, 1, DEEP)

    def _shift_block(self, i: int, h: Array, mod: Array, inject: Array) -> Array:
        """Return what one neighbor-shift block adds to the tokens."""
        y = shifted(self.modulated(h, mod, inject))
        return self.linear(f"shift.{i}.down", self.squared(f"shift.{i}.up", y))

    def _deep(self, h: Array, mods: Array) -> Array:
        """Return what the attention blocks on merged tokens add to the tokens."""
        b, rows, columns, _ = h.shape
        m: Array = h.reshape(b, rows // 2, 2, columns // 2, 2, WIDTH).swapaxes(2, 3)
        m = m.reshape(b, rows // 2, columns // 2, -1)
        m = self.linear("merge", self.normed(m)) + self.place[: rows // 2, : columns // 2]
        m = m.reshape(b, -1, DEEP)
        for i in range(2):
            m += self._attention(i, self.modulated(m, mods[:, i, 0]))
            m += self.linear(f"deep.{i}.down", self.squared(f"deep.{i}.up", self.modulated(m, mods[:, i, 1])))
        m = self.linear("split", self.normed(m))
        return m.reshape(b, rows // 2, columns // 2, 2, 2, WIDTH).swapaxes(2, 3).reshape(b, rows, columns, WIDTH)

    def _attention(self, i: int, m: Array) -> Array:
        """Return one attention layer's output for tokens (batch, n, DEEP)."""
        b, n, _ = m.shape
        q, k, v = self.linear(f"attend.{i}.qkv", m).reshape(b, n, 3, HEADS, DEEP // HEADS).transpose(2, 0, 3, 1, 4)
        q = self.arithmetic.rounded(self.normed(q) * self.sharp[i])
        scores = self.arithmetic.rounded((q @ self.normed(k).swapaxes(-1, -2)) / UNIT)
        y = self.arithmetic.attention(scores, self.limited(v, self.NORMED))
        return self.linear(f"attend.{i}.out", y.transpose(0, 2, 1, 3).reshape(b, n, DEEP))

    def _refine(self, planes: Array, x: Array) -> Array:
        """Return the image: the first three planes, corrected by two 3×3 convolutions over planes and input."""
        b, height, width, _ = x.shape
        both = self.limited(np.concatenate([planes, x], -1), self.NORMED)
        wide = np.pad(both, ((0, 0), (1, 1), (1, 1), (0, 0)))
        near = np.concatenate([wide[:, :, d : d + width] for d in range(3)], -1)
        z = self.square(self.bands("refine_in", near, height))
        parts = self.linear("refine_out", z).reshape(b, height, width, 3, 3, 3)
        out = np.pad(planes[..., :3], ((0, 0), (1, 1), (1, 1), (0, 0)))
        for dy in range(3):
            for dx in range(3):
                out[:, 2 - dy : 2 - dy + height, 2 - dx : 2 - dx + width] += parts[..., dy, dx, :]
        return out[:, 1:-1, 1:-1]
