"""False alarms of a monitor over its life, and nights until it finds a change, beside CUSUM and nightly p-values.

``python -m benchmarks.monitor`` writes ``reports/benchmarks/monitor.md``. The embedded painter generates draft images
of six prompts with many seeds; nights are resampled from them, and after a change from the same images changed. The
monitor is that of ``harness.judge`` with its streams of appearance and features; refusals, checks, latency and cost
have no values here, so their part of the rate is unused. Distances are whitened once, over images and changed ones
together, not anew at each image.
"""

import math
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from benchmarks.intervals import wilson
from benchmarks.painted import PROMPTS
from harness.comparison import FEATURES, features
from harness.judge import APPEARANCE, FEATURE_STREAMS, epoch_alpha, log_wealth
from harness.judge.energy import pair_distances, whitened
from harness.judge.monitor import stream_weights
from harness.painter import Options, Painter
from harness.prompt import interpret

SEEDS, SIDE, A_NIGHT, REFERENCE, CHANGE = 90, (64, 64), 6, 8, 40
NULL_MONITORS, NULL_NIGHTS, MONITORS, NIGHTS = 1000, 365, 100, 100
LIMIT_H, DRIFT_K = 5.0, 0.5
CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "weak: saturation ×0.97": lambda image: ImageEnhance.Color(image).enhance(0.97),
    "weak: lightness ×1.01": lambda image: ImageEnhance.Brightness(image).enhance(1.01),
    "middle: saturation ×0.9": lambda image: ImageEnhance.Color(image).enhance(0.9),
    "middle: blur of 0.3 pixels": lambda image: image.filter(ImageFilter.GaussianBlur(0.3)),
    "strong: blur of 0.7 pixels": lambda image: image.filter(ImageFilter.GaussianBlur(0.7)),
    "strong: saturation ×0.6": lambda image: ImageEnhance.Color(image).enhance(0.6),
}


def images() -> list[list[Image.Image]]:
    """Return the images of each prompt."""
    painter = Painter("painter@2", "float32")
    options = Options(quality="draft", size=SIDE)

    def one(prompt: str, seed: int) -> Image.Image:
        return Image.fromarray(painter.generate(interpret(prompt, seed=seed), seed, options).pixels)

    return [[one(prompt, seed) for seed in range(SEEDS)] for prompt in PROMPTS]


def vectors(rows: list[Image.Image]) -> np.ndarray:
    """Return the features of images, n × d."""
    return np.array([features(np.asarray(image.convert("RGB"))) for image in rows])


def simulate(
    pools: list[np.ndarray], count: int, nights: int, change: float, seed: int
) -> tuple[dict[tuple[str, int], np.ndarray], np.ndarray]:
    """Return the p-values of ``count`` monitors: by stream and prompt (−1: all), monitors × images; and the mean score
    of each night against the fixed references, in standard errors, monitors × nights.

    ``pools``: by prompt, the vectors of its images and then, from row SEEDS on, of the same images changed; ``change``
    is the first night of the changed ones.
    """
    random = np.random.default_rng(seed)
    size, streams = len(pools[0]), [APPEARANCE, *FEATURE_STREAMS]
    places = [FEATURES.index(name) for name in FEATURE_STREAMS]
    distances = [pair_distances(whitened(pool)) for pool in pools]
    everyone = np.arange(count)
    counts = [np.zeros((count, size), np.float32) for _ in pools]
    sums = [np.zeros((count, size)) for _ in pools]
    fixed, center, spread = [], [], []
    for index in range(len(pools)):
        chosen = random.integers(0, SEEDS, (REFERENCE, count))
        for one in chosen:
            np.add.at(counts[index], (everyone, one), 1)
            sums[index] += distances[index][one]
        fixed.append(sums[index] / REFERENCE)
        own = np.stack([sums[index][everyone, one] / (REFERENCE - 1) for one in chosen])
        center.append(own.mean(axis=0))
        spread.append(own.std(axis=0, ddof=1))
    ranks: dict[tuple[str, int], list[np.ndarray]] = {(name, -1): [] for name in streams}
    ranks |= {(APPEARANCE, index): [] for index in range(len(pools))}
    nightly = np.zeros((count, nights))
    for night in range(nights):
        for position in range(A_NIGHT):
            index = (night * A_NIGHT + position) % len(pools)
            one = random.integers(0, SEEDS, count) + (SEEDS if night + 1 >= change else 0)
            np.add.at(counts[index], (everyone, one), 1)
            sums[index] += distances[index][one]
            nightly[:, night] += (fixed[index][everyone, one] - center[index]) / spread[index] / math.sqrt(A_NIGHT)
            scores = {APPEARANCE: np.round(sums[index], 9)}
            scores |= {name: pools[index][None, :, place] for name, place in zip(FEATURE_STREAMS, places, strict=True)}
            total = counts[index].sum(axis=1)
            for name, values in scores.items():
                last = values[everyone if len(values) > 1 else 0, one][:, None]
                more = np.einsum("ij,ij->i", counts[index], (values > last).astype(np.float32))
                equal = np.einsum("ij,ij->i", counts[index], (values == last).astype(np.float32))
                p = (more + random.random(count) * equal) / total
                ranks[name, -1].append(p)
                if name == APPEARANCE:
                    ranks[name, index].append(p)
    return {name: np.stack(values, axis=1) for name, values in ranks.items()}, nightly


def first_alarms(curves: dict[tuple[str, int], np.ndarray], alpha: float) -> np.ndarray:
    """Return the night of the first alarm of each monitor (infinite: none) by the log evidence of its streams."""
    weights = stream_weights([str(index) for index in range(len(PROMPTS))])
    found = np.full(len(next(iter(curves.values()))), np.inf)
    for (name, index), curve in curves.items():
        limit = math.log(1 / (epoch_alpha(alpha, 1) * weights[name, "" if index < 0 else str(index)]))
        over = curve >= limit
        a_night = A_NIGHT if index < 0 else A_NIGHT // len(PROMPTS)
        found = np.minimum(found, np.where(over.any(axis=1), over.argmax(axis=1) // a_night + 1, np.inf))
    return found


def others(nightly: np.ndarray) -> dict[str, np.ndarray]:
    """Return the night of the first alarm of the two usual ways."""
    total, cusum = np.zeros(len(nightly)), np.full(len(nightly), np.inf)
    for night, value in enumerate(nightly.T, 1):
        total = np.maximum(0, total + value - DRIFT_K)
        cusum = np.where((total >= LIMIT_H) & np.isinf(cusum), night, cusum)
    over = nightly > 2.326
    daily = np.where(over.any(axis=1), over.argmax(axis=1) + 1, np.inf)
    return {f"CUSUM (k {DRIFT_K}, h {LIMIT_H:g})": cusum, "nightly p < .01": daily}


def main() -> None:
    """Simulate, and write the report."""
    begun = time.monotonic()
    base = images()
    plain = [vectors(rows) for rows in base]
    ranks, nightly = simulate(plain, NULL_MONITORS, NULL_NIGHTS, math.inf, 1)
    curves = {name: log_wealth(p) for name, p in ranks.items()}
    null = {f"monitor, stated {alpha:g}": first_alarms(curves, alpha) for alpha in (0.01, 0.1)} | others(nightly)
    day, where = datetime.now(UTC).date(), f"{platform.machine()}, {platform.system()}"
    lines = [
        "# Monitoring a hosted model",
        "",
        f"Made by `python -m benchmarks.monitor` on {day} ({where}, Python {platform.python_version()}).",
        "",
        *(__doc__ or "").split("\n\n", 1)[1].split("writes ``reports/benchmarks/monitor.md``. ")[1].splitlines(),
        "",
        f"{len(PROMPTS) * SEEDS} images of {SIDE[0]} × {SIDE[1]} pixels, {A_NIGHT} a night, {REFERENCE} references of "
        "each prompt.",
        "",
        "## False alarms",
        "",
        f"{NULL_MONITORS:,} monitors over {NULL_NIGHTS} nights without a change; the share with any alarm, with its "
        "95% interval (Wilson).",
        "",
        "| | share |",
        "|---|---|",
    ]
    for name, nights in null.items():
        wrong = int(np.isfinite(nights).sum())
        lines.append(f"| {name} | {wilson(wrong, NULL_MONITORS)} |")
    lines += [
        "",
        "## Nights until a change is found",
        "",
        f"{MONITORS} monitors, changed from night {CHANGE} on, followed to night {NIGHTS}. Of those without an alarm "
        "before: the share that found it, and the median and 90th percentile of the nights it took (1: in the first). "
        "The rows below the monitor alarm without a change as often as the table above says.",
        "",
        "| change | | found | median | 90th | alarm before |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for name, change in CHANGES.items():
        pools = [np.concatenate([x, vectors([change(i) for i in rows])]) for x, rows in zip(plain, base, strict=True)]
        ranks, nightly = simulate(pools, MONITORS, NIGHTS, CHANGE, 2)
        curves = {stream: log_wealth(p) for stream, p in ranks.items()}
        for way, nights in {"monitor, stated 0.01": first_alarms(curves, 0.01), **others(nightly)}.items():
            later = nights[nights >= CHANGE] - CHANGE + 1
            found = np.isfinite(later).mean() if len(later) else 0.0
            shown = [f"{value:.0f}" if np.isfinite(value) else "–" for value in _percentiles(later)]
            lines.append(f"| {name} | {way} | {found:.2f} | {' | '.join(shown)} | {(nights < CHANGE).mean():.2f} |")
    lines += ["", f"Took {time.monotonic() - begun:.0f} s."]
    path = Path(__file__).resolve().parents[1] / "reports" / "benchmarks" / "monitor.md"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    print(path.read_text("utf-8"))


def _percentiles(nights: np.ndarray) -> list[float]:
    """Return the median and the 90th percentile; a night that never came is later than any other."""
    ordered = np.sort(nights)
    return [
        float(ordered[min(len(ordered) - 1, int(part * len(ordered)))]) if len(ordered) else math.inf
        for part in (0.5, 0.9)
    ]


if __name__ == "__main__":
    main()
