"""The network in torch: the same layers as ``harness.painter.network``, for training only.

An image is cut into overlapping 8×8 patches, one token every 4 pixels. Neighbor-shift blocks work on these tokens;
two attention blocks on tokens merged 2×2. The layout enters as one vector a token (see ``harness.painter.condition``).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.painter.condition import GROUND, ONE, PAIR, SCENE

WIDTH = 96
DEEP = 192
HEADS = 6
BEFORE, AFTER = 2, 3
HATS = 17
PLANES = 8
REFINE = 16
SPLAT = 192


def norm(x: Tensor) -> Tensor:
    """Return x divided by its root mean square over the last axis."""
    return x * torch.rsqrt(x.float().square().mean(-1, keepdim=True) + 1e-5).to(x.dtype)


def relu2(x: Tensor) -> Tensor:
    """Return the squared ReLU."""
    return F.relu(x).square()


def shift(x: Tensor) -> Tensor:
    """Move four sixths of the channels by one token up, down, left and right; what enters is zero."""
    q = x.shape[-1] // 6
    out = torch.zeros_like(x)
    out[:, 1:, :, :q] = x[:, :-1, :, :q]
    out[:, :-1, :, q : 2 * q] = x[:, 1:, :, q : 2 * q]
    out[:, :, 1:, 2 * q : 3 * q] = x[:, :, :-1, 2 * q : 3 * q]
    out[:, :, :-1, 3 * q : 4 * q] = x[:, :, 1:, 3 * q : 4 * q]
    out[..., 4 * q :] = x[..., 4 * q :]
    return out


class MLP(nn.Module):
    """Two linear layers with a squared ReLU between them; the second starts at zero."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, hidden)
        self.down = nn.Linear(hidden, width, bias=False)
        nn.init.zeros_(self.down.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(relu2(self.up(x)))


class Attention(nn.Module):
    """Self-attention over all tokens with normalized queries and keys."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.sharp = nn.Parameter(torch.full((HEADS,), 1.5))
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor) -> Tensor:
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, HEADS, d // HEADS).permute(2, 0, 3, 1, 4)
        q = norm(q) * self.sharp.to(q.dtype)[:, None, None]
        scores = q @ norm(k).transpose(-1, -2) * (d // HEADS) ** -0.5
        y = scores.float().softmax(-1).to(v.dtype) @ v
        return self.out(y.transpose(1, 2).reshape(b, n, d))


class Net(nn.Module):
    """Predicts the clean image from a noisy one, its time t in [0, 1] (1: clean) and a condition."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Linear(192, WIDTH)
        self.pair_in = nn.Linear(PAIR, SPLAT)
        self.pair_mid = nn.Linear(SPLAT, SPLAT)
        self.pair_out = nn.Linear(SPLAT, WIDTH)
        self.ground_in = nn.Linear(GROUND, 128)
        self.ground_out = nn.Linear(128, WIDTH)
        self.null = nn.Parameter(torch.zeros(WIDTH))
        self.inject = nn.Linear(WIDTH, WIDTH * (BEFORE + AFTER), bias=False)
        self.time_in = nn.Linear(HATS + SCENE + 1, WIDTH)
        self.time_out = nn.Linear(WIDTH, 2 * WIDTH * (BEFORE + AFTER + 1) + 8 * DEEP)
        self.shift = nn.ModuleList(MLP(WIDTH, 4 * WIDTH) for _ in range(BEFORE + AFTER))
        self.merge = nn.Linear(4 * WIDTH, DEEP)
        self.place = nn.Parameter(torch.randn(8, 8, DEEP) * 0.02)
        self.attend = nn.ModuleList(Attention(DEEP) for _ in range(2))
        self.deep = nn.ModuleList(MLP(DEEP, 4 * DEEP) for _ in range(2))
        self.split = nn.Linear(DEEP, 4 * WIDTH, bias=False)
        self.head = nn.Linear(WIDTH, 64 * PLANES)
        self.refine_in = nn.Conv2d(PLANES + 3, REFINE, 3, padding=1)
        self.refine_out = nn.Conv2d(REFINE, 3, 3, padding=1, bias=False)
        for layer in (self.inject, self.time_out, self.split, self.head):
            nn.init.zeros_(layer.weight)
        for layer in (self.time_out, self.head):
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.refine_out.weight)

    def embed(self, pair: Tensor, where: Tensor, ground: Tensor, drop: Tensor) -> Tensor:
        """Return one vector a token (batch, rows, columns, WIDTH); ``where`` may name one token too many."""
        b, rows, columns, _ = ground.shape
        c = self.ground_out(relu2(self.ground_in(ground))).reshape(-1, WIDTH)
        h = relu2(norm(self.pair_mid(relu2(self.pair_in(pair)))))
        c = F.pad(c.float(), (0, 0, 0, 1)).index_add(0, where, self.pair_out(h).float())[:-1]
        c = c.view(b, rows, columns, WIDTH)
        return torch.where(drop[:, None, None, None], self.null, c)

    def forward(
        self, x: Tensor, t: Tensor, pair: Tensor, where: Tensor, ground: Tensor, scene: Tensor, drop: Tensor
    ) -> Tensor:
        """Return the predicted image (batch, 3, height, width); ``drop`` says which conditions are left out."""
        b, _, height, width = x.shape
        rows, columns = height // 4, width // 4
        c = self.embed(pair, where, ground, drop)
        inject = self.inject(norm(c.to(torch.bfloat16) if torch.is_autocast_enabled("cpu") else c)).chunk(
            BEFORE + AFTER, -1
        )
        hats = F.relu(1 - (t[:, None] * (HATS - 1) - torch.arange(HATS)).abs())
        keep = (~drop).float()[:, None]
        g = torch.cat([hats, scene * keep, 1 - keep], 1)
        mods = self.time_out(relu2(self.time_in(g)))
        low, high = mods.split([2 * WIDTH * (BEFORE + AFTER + 1), 8 * DEEP], 1)
        low = low.view(b, BEFORE + AFTER + 1, 2, 1, 1, WIDTH)
        high = high.view(b, 2, 2, 2, 1, DEEP)
        patches = F.unfold(x, 8, padding=2, stride=4).transpose(1, 2)
        h = self.patch(patches).view(b, rows, columns, WIDTH) + c.to(
            torch.bfloat16 if torch.is_autocast_enabled("cpu") else c.dtype
        )
        for i in range(BEFORE):
            h = h + self.shift[i](shift(norm(h) * (1 + low[:, i, 0]) + low[:, i, 1] + inject[i]))
        m = (
            h.view(b, rows // 2, 2, columns // 2, 2, WIDTH)
            .transpose(2, 3)
            .reshape(b, rows // 2, columns // 2, 4 * WIDTH)
        )
        m = self.merge(norm(m))
        m = (m + self.place[: rows // 2, : columns // 2].to(m.dtype)).view(b, -1, DEEP)
        for i in range(2):
            m = m + self.attend[i](norm(m) * (1 + high[:, i, 0, 0]) + high[:, i, 0, 1])
            m = m + self.deep[i](norm(m) * (1 + high[:, i, 1, 0]) + high[:, i, 1, 1])
        m = self.split(norm(m)).view(b, rows // 2, columns // 2, 2, 2, WIDTH).transpose(2, 3)
        h = h + m.reshape(b, rows, columns, WIDTH)
        for i in range(BEFORE, BEFORE + AFTER):
            h = h + self.shift[i](shift(norm(h) * (1 + low[:, i, 0]) + low[:, i, 1] + inject[i]))
        h = self.head(norm(h) * (1 + low[:, -1, 0]) + low[:, -1, 1])
        y = F.fold(
            h.float().view(b, rows * columns, 64 * PLANES).transpose(1, 2), (height, width), 8, padding=2, stride=4
        )
        z = relu2(self.refine_in(torch.cat([y, x], 1)))
        return y[:, :3] + self.refine_out(z).float()


def features(array: Tensor) -> Tensor:
    """Return integer features (on the grid of 1/4096) as floats."""
    return array.float() / ONE
