"""A contact sheet of generated images above their true renders: ``python -m training.sheet CHECKPOINT OUT.png``."""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from harness.painter.condition import condition
from harness.painter.layout import Layout
from training.data import object_mask
from training.net import Net, features
from training.render import render
from training.scenes import random_layout


def load(path: Path) -> tuple[Net, dict[str, float]]:
    """Return the averaged network of a checkpoint, and its counters."""
    saved = torch.load(path, weights_only=True)
    net = Net()
    net.load_state_dict(saved["ema"])
    return net.eval(), saved["state"]


@torch.no_grad()
def generate(net: Net, layouts: list[Layout], steps: int, guidance: float, seed: int = 0) -> NDArray[np.uint8]:
    """Generate layouts of one canvas with Euler steps; returns (N, H, W, 3)."""
    cs = [condition(layout) for layout in layouts]
    n, rows, columns = len(cs), cs[0].rows, cs[0].columns
    pair = features(torch.from_numpy(np.concatenate([c.pair for c in cs])))
    where = torch.from_numpy(np.concatenate([c.where + i * rows * columns for i, c in enumerate(cs)]))
    ground = features(torch.from_numpy(np.stack([c.ground for c in cs]))).view(n, rows, columns, -1)
    scene = features(torch.from_numpy(np.stack([c.scene for c in cs])))
    x = torch.randn(n, 3, rows * 4, columns * 4, generator=torch.Generator().manual_seed(seed))
    for k in range(steps):
        t = torch.full((n,), k / steps)
        clean = net(x, t, pair, where, ground, scene, torch.zeros(n, dtype=torch.bool))
        if guidance != 1:
            bare = net(x, t, pair, where, ground, scene, torch.ones(n, dtype=torch.bool))
            clean = bare + guidance * (clean - bare)
        x = x + (clean.clamp(-1.2, 1.2) - x) / (steps - k)
    return ((x.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()


def main() -> None:
    """Generate held-out scenes, save the sheet and print how far they are from the true renders."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--guidance", type=float, default=1.5)
    parser.add_argument("--threads", type=int, default=1)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    net, state = load(a.checkpoint)
    layouts = [random_layout(10**9 + i)[1] for i in range(48)]
    generated = generate(net, layouts, a.steps, a.guidance)
    true = np.stack([np.clip(np.rint(render(layout, None)), 0, 255).astype(np.uint8) for layout in layouts])
    masks = np.stack([object_mask(layout) for layout in layouts]) > 0
    error = np.abs(generated.astype(int) - true).max(-1)
    print(state, f"pixels of objects off by more than 48 levels: {(error[masks] > 48).mean():.4f}")
    both = np.concatenate([generated.reshape(4, 12, 64, 64, 3), true.reshape(4, 12, 64, 64, 3)], 2)
    sheet = both.transpose(0, 2, 1, 3, 4).reshape(4 * 128, 12 * 64, 3)
    Image.fromarray(sheet).resize((12 * 128, 4 * 256), Image.Resampling.NEAREST).save(a.out)


if __name__ == "__main__":
    main()
