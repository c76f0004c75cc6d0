"""Train the painter's network: ``python -m training.train --minutes 90``; an interrupted run goes on by itself.

Rectified flow with prediction of the clean image and the loss of the velocity, Muon for matrices and AdamW for the
rest, a learning rate that falls to zero over the wall-clock budget (so that a busy machine cannot break the decay),
an exponential moving average of the weights, and some conditions left out for guidance. Afterwards
``python -m training.export FOLDER/final.pt OUT.npz`` makes the weights file.
"""

import argparse
import copy
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.data import Batch, start
from training.muon import Muon
from training.net import Net, features

MATRICES = ("shift", "attend", "deep", "merge", "split", "pair_mid", "pair_out", "ground_out", "inject")
OBJECT_WEIGHT = 1.5
"""What a pixel of an object counts more than one of the background; three times as much inside another object."""

DROP = 0.08
WARMUP = 300


def loss_of(net: Net, batch: Batch) -> Tensor:
    """Return the weighted loss of the velocity on one batch."""
    x = torch.from_numpy(batch.image).permute(0, 3, 1, 2).float() / 127.5 - 1
    b, _, h, w = x.shape
    t = torch.sigmoid(torch.randn(b) * 1.0 - 0.6)
    clean, at = x, t.view(-1, 1, 1, 1)
    noisy = at * clean + (1 - at) * torch.randn_like(clean)
    ground = features(torch.from_numpy(batch.ground)).view(b, h // 4, w // 4, -1)
    pair, scene = features(torch.from_numpy(batch.pair)), features(torch.from_numpy(batch.scene))
    with torch.autocast("cpu", torch.bfloat16):
        out = net(noisy, t, pair, torch.from_numpy(batch.where), ground, scene, torch.rand(b) < DROP)
    error = (out.float() - clean).square().mean(1) / (1 - at[:, 0]).clamp_min(0.05).square()
    weight = 1 + OBJECT_WEIGHT * torch.from_numpy(batch.weight).float()
    return (error * weight).sum() / weight.sum()


def optimizers(net: Net, rate: float) -> list[torch.optim.Optimizer]:
    """Return Muon for the hidden matrices and AdamW for everything else."""
    named = list(net.named_parameters())
    hidden = [p for n, p in named if p.ndim == 2 and n.split(".")[0] in MATRICES]
    ids = {id(p) for p in hidden}
    rest = [p for _, p in named if id(p) not in ids]
    return [Muon(hidden, rate), torch.optim.AdamW(rest, rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)]


def train(folder: Path, minutes: float, rate: float, batch: int, seed: int, early: float, most: int) -> None:
    """Train for a number of minutes in all, resuming from ``folder`` when it holds a checkpoint."""
    torch.manual_seed(seed)
    net = Net()
    ema = copy.deepcopy(net)
    opts = optimizers(net, rate)
    state: dict[str, Any] = {"step": 0, "samples": 0, "seconds": 0.0}
    folder.mkdir(parents=True, exist_ok=True)
    latest = folder / "latest.pt"
    if latest.exists():
        saved = torch.load(latest, weights_only=True)
        net.load_state_dict(saved["net"])
        ema.load_state_dict(saved["ema"])
        for o, s in zip(opts, saved["opts"], strict=True):
            o.load_state_dict(s)
        state = saved["state"]
    queue = start(seed + state["step"], batch)
    begun, before = time.monotonic(), float(state["seconds"])
    last_save = last_log = begun
    running, weights = 0.0, list(zip(ema.parameters(), net.parameters(), strict=True))
    threads = Threads(most)
    early_done = (folder / "early.pt").exists()
    while True:
        now = time.monotonic()
        state["seconds"] = before + now - begun
        progress = float(state["seconds"]) / (minutes * 60)
        if progress >= 1:
            break
        scale = min(1.0, (state["step"] + 1) / WARMUP) * (1 - progress)
        for o in opts:
            for group in o.param_groups:
                group["lr"] = rate * scale
        loss = loss_of(net, queue.get())
        for o in opts:
            o.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        for o in opts:
            o.step()
        threads.step(time.monotonic() - now)
        state["step"] += 1
        state["samples"] += batch
        keep = min(0.9992, 1 - 1 / (state["step"] + 1) ** 0.8)
        with torch.no_grad():
            torch._foreach_lerp_([e for e, _ in weights], [p for _, p in weights], 1 - keep)
        running += 0.01 * (float(loss.detach()) - running) if state["step"] > 1 else float(loss.detach())
        if now - last_log > 30:
            last_log = now
            speed = state["samples"] / max(1.0, float(state["seconds"]))
            counters = f"step {state['step']}  samples {state['samples']}  loss {running:.4f}  {speed:.0f}/s"
            counters += f"  {threads.counts[threads.now]} threads"
            print(f"{state['seconds']:.0f} s  {counters}", flush=True)
        if progress >= early and not early_done:
            early_done = True
            torch.save({"ema": ema.state_dict(), "state": state}, folder / "early.pt")
        if now - last_save > 120:
            last_save = now
            _save(latest, net, ema, opts, state)
    _save(latest, net, ema, opts, state)
    torch.save({"ema": ema.state_dict(), "state": state}, folder / "final.pt")


class Threads:
    """Uses as many threads as are worth it: on a busy machine two that wait for each other are slower than one."""

    PROBE = 45.0
    """Seconds between trials of the other number of threads."""

    def __init__(self, most: int) -> None:
        self.counts, self.now = (most, 1), 0
        self.last, self.pace, self.trial = time.monotonic(), 0.0, 0
        torch.set_num_threads(most)

    def step(self, seconds: float) -> None:
        """Note how long a step took; now and then try the other number for two steps, and keep the faster."""
        if self.counts[0] == 1:
            return
        if self.trial:
            self.trial -= 1
            if self.trial == 0:
                if seconds > self.pace:
                    self._switch()
                self.last, self.pace = time.monotonic(), seconds
        elif time.monotonic() - self.last > self.PROBE or (self.pace and seconds > 4 * self.pace):
            self.trial = 2
            self._switch()
        else:
            self.pace = seconds if self.pace == 0 else 0.8 * self.pace + 0.2 * seconds

    def _switch(self) -> None:
        self.now = 1 - self.now
        torch.set_num_threads(self.counts[self.now])


def _save(path: Path, net: Net, ema: Net, opts: list[torch.optim.Optimizer], state: dict[str, Any]) -> None:
    """Write a checkpoint in one step, so that a kill leaves the previous one whole."""
    part = path.with_suffix(".part")
    saved = {"net": net.state_dict(), "ema": ema.state_dict(), "opts": [o.state_dict() for o in opts], "state": state}
    torch.save(saved, part)
    part.replace(path)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("build/train"), help="where checkpoints are kept")
    parser.add_argument("--minutes", type=float, default=90, help="wall-clock budget of the whole run")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--early", type=float, default=0.4, help="part of the budget after which an early checkpoint is kept"
    )
    parser.add_argument("--threads", type=int, default=2, help="most threads; fewer are used when the machine is busy")
    a = parser.parse_args()
    train(a.folder, a.minutes, a.rate, a.batch, a.seed, a.early, a.threads)


if __name__ == "__main__":
    main()
