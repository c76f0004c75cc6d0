"""How often statistical verdicts raise a false alarm, and what they find, where the truth is known because it is made.

``python -m benchmarks.simulated`` writes ``reports/benchmarks/simulated.md``; about five minutes. The limit of
``drift: calibrated`` is tried on random numbers and on photographs whose repeats differ by several kinds of benign
change; the questions of ``drift: set`` on scenes that are drawn by a few lines of code.
"""

import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy.stats import binomtest

from benchmarks.perturbations import BENIGN, DRIFT, PHOTOS, photo, pixels
from harness.comparison import compare, features, hashes, thumbnail
from harness.judge import CONFIRMATIONS, RATE, Arm, Noise, SetEvidence, judge_set, noise_of, score, set_test

RESULTS = Path(__file__).parents[1] / "reports" / "benchmarks" / "simulated.md"
SUITES, CASES, REPEATS = 2000, 26, 12
RENDITIONS = 60
"""Unchanged renditions of each photograph, of which the repeats and generations of a suite are taken."""
GENERATIONS = 1 + CONFIRMATIONS
SETS, SAMPLES, FALSE_SETS = 20, 10, 200
SIDE = 64

Random = np.random.Generator


def of(hits: int, whole: int) -> str:
    """Return a share with its exact interval."""
    interval = binomtest(hits, whole).proportion_ci()
    return f"{hits} of {whole} = {hits / whole:.1%} ({interval.low:.1%} to {interval.high:.1%})"


def single(noise: Noise, alpha: float) -> float:
    """Return the limit that one generation exceeds at the rate, as if nothing confirmed it."""
    return noise.floor(alpha, 0).limit or np.inf


def of_all(noise: Noise, alpha: float) -> float:
    """Return the limit that a generation and its confirmations all exceed at the rate."""
    return noise.floor(alpha).limit or np.inf


LIMITS = {"of one generation": single, "of the rule": of_all}
SPREADS: dict[str, Callable[[Random, int], np.ndarray]] = {
    "one spread": lambda random, n: 0.4 * random.standard_normal((CASES, n)),
    "a spread of each case's own, 0.2 to 0.6": lambda random, n: (
        np.linspace(0.2, 0.6, CASES)[:, None] * random.standard_normal((CASES, n))
    ),
    "a mixture of three levels": lambda random, n: (
        random.choice([-0.5, 0.0, 0.5], (CASES, n)) + 0.2 * random.standard_normal((CASES, n))
    ),
}


def false_suites() -> Iterator[str]:
    yield "| log-scores | limit | trials called drift, stated 0.19 % | suites called drift, stated 5 % |"
    yield "|---|---|---|---|"
    alpha = RATE / CASES
    for name, spread in SPREADS.items():
        trials, suites = dict.fromkeys(LIMITS, 0), dict.fromkeys(LIMITS, 0)
        for number in range(SUITES):
            rows = np.exp(spread(np.random.default_rng([1, number]), REPEATS + GENERATIONS))
            noises = noise_of(dict(enumerate(rows[:, :REPEATS].tolist())))
            least = rows[:, REPEATS:].min(axis=1)
            for limit, of_noise in LIMITS.items():
                found = sum(least[case] > of_noise(noise, alpha) for case, noise in noises.items())
                trials[limit] += found
                suites[limit] += found > 0
        for limit in LIMITS:
            yield f"| {name} | {limit} | {of(trials[limit], SUITES * CASES)} | {of(suites[limit], SUITES)} |"


def photographs() -> Iterator[str]:
    kinds = list(BENIGN.values())
    alpha = RATE / len(PHOTOS)
    found, drifts = dict.fromkeys(LIMITS, 0), 0
    scores: dict[str, tuple[list[float], list[list[float]]]] = {}
    for index, name in enumerate(PHOTOS):
        image = photo(name)
        base, random = pixels(image), np.random.default_rng([2, index])

        def distance(shown: Image.Image, base: np.ndarray = base, random: Random = random) -> float:
            return score(compare(base, pixels(kinds[random.integers(len(kinds))](shown, random)))) or 0.0

        repeats = [distance(image) for _ in range(RENDITIONS)]
        drifting = []
        for change in DRIFT.values():
            changed = change(image, random)
            if not np.array_equal(base, pixels(changed)):
                drifting.append([distance(changed) for _ in range(GENERATIONS)])
        scores[name] = repeats, drifting
    noises = noise_of({name: repeats[:REPEATS] for name, (repeats, _) in scores.items()})
    for name, (_, drifting) in scores.items():
        drifts += len(drifting)
        for limit, of_noise in LIMITS.items():
            bound = of_noise(noises[name], alpha)
            found[limit] += sum(min(row) > bound for row in drifting)
    suites = dict.fromkeys(LIMITS, 0)
    for number in range(SUITES):
        random = np.random.default_rng([4, number])
        rows = {name: random.permutation(repeats)[: REPEATS + GENERATIONS] for name, (repeats, _) in scores.items()}
        noises = noise_of({name: row[:REPEATS].tolist() for name, row in rows.items()})
        for limit, of_noise in LIMITS.items():
            suites[limit] += any(row[REPEATS:].min() > of_noise(noises[name], alpha) for name, row in rows.items())
    yield "| limit | drifts found | suites called drift though nothing changed, stated 5 % |"
    yield "|---|---|---|"
    for limit in LIMITS:
        yield f"| {limit} | {of(found[limit], drifts)} | {of(suites[limit], SUITES)} |"


@dataclass(frozen=True)
class Scene:
    """A subject on a background; each image of a set has it a little elsewhere, larger, otherwise colored."""

    color: tuple[int, int, int] = (200, 70, 60)
    place: float = 0.3
    size: float = 0.16
    count: int = 1
    tilt: float = 0.0
    flat: bool = False
    brightness: int = 0
    blur: float = 0.0
    mirrored: bool = False

    def image(self, random: Random) -> np.ndarray:
        ground = np.linspace(140, 200, SIDE)[:, None, None] * np.array([0.8, 0.95, 1.0]) * random.uniform(0.95, 1.05)
        image = Image.fromarray(np.broadcast_to(ground, (SIDE, SIDE, 3)).clip(0, 255).astype(np.uint8))
        pen = ImageDraw.Draw(image)
        for index in range(self.count):
            middle = SIDE * np.array([self.place + 0.3 * index, 0.6]) + random.normal(0, 3, 2)
            radius = SIDE * self.size * random.uniform(0.85, 1.15)
            color = tuple(int(c) for c in np.clip(np.array(self.color) + random.normal(0, 8, 3), 0, 255))
            angles = np.radians(self.tilt) + random.normal(0, 0.08) + np.array([0.25, 0.75, 1.25, 1.75]) * np.pi
            corners = middle + radius * np.stack([1.6 * np.cos(angles), np.sin(angles)], axis=1)
            pen.polygon([tuple(corner) for corner in corners], fill=color)
            pen.ellipse([*(middle - radius * 0.4 - [0, radius]), *(middle + radius * 0.4 - [0, radius])], fill=color)
        if self.blur:
            image = image.filter(ImageFilter.GaussianBlur(self.blur))
        if self.mirrored:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        made = np.asarray(image, np.float64) + self.brightness + random.normal(0, 3, (SIDE, SIDE, 3))
        made = np.round(made / 32) * 32 if self.flat else made
        return np.clip(made, 0, 255).astype(np.uint8)


PLAIN = Scene()
SHIFTS = {
    "color + 8": replace(PLAIN, color=(208, 78, 60)),
    "color + 16": replace(PLAIN, color=(216, 86, 60)),
    "brightness + 6": replace(PLAIN, brightness=6),
    "blur σ 0.7": replace(PLAIN, blur=0.7),
    "30 % larger": replace(PLAIN, size=PLAIN.size * 1.3),
    "two of them": replace(PLAIN, count=2),
    "moved from left to right": replace(PLAIN, place=0.7),
    "mirrored": replace(PLAIN, mirrored=True),
    "tilted 30°": replace(PLAIN, tilt=30.0),
    "style: few tones": replace(PLAIN, flat=True),
}


def bits(image: np.ndarray) -> np.ndarray:
    """Return the bits of its pHash."""
    return np.array([int(bit) for bit in f"{int(hashes(image)['phash'], 16):064b}"], np.float64)


WAYS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "colors and edges": features,
    "8 × 8 thumbnails": thumbnail,
    "pHash bits": bits,
}


def sides(scene: Scene, number: int) -> dict[str, np.ndarray]:
    """Return each description of the images of one set."""
    random = np.random.default_rng([3, number])
    images = [scene.image(random) for _ in range(SAMPLES)]
    return {name: np.stack([way(image) for image in images]) for name, way in WAYS.items()}


def drifts(old: dict[str, np.ndarray], new: dict[str, np.ndarray]) -> list[bool]:
    """Return whether each single test at RATE, and the rule of a run with both questions, calls a drift."""
    p = [set_test([(old[name], new[name])], permutations=199).p for name in WAYS]
    plain, layout = "colors and edges", "8 × 8 thumbnails"
    arms = [Arm(side[plain], thumbnails=side[layout]) for side in (old, new)]
    ruling, _ = judge_set(SetEvidence(*arms, alpha=RATE))
    return [*(value is not None and value <= RATE for value in p), ruling.verdict == "drift"]


def sets() -> Iterator[str]:
    yield f"| change | {' | '.join(WAYS)} | **both questions of a run** |"
    yield "|---|" + "---|" * (len(WAYS) + 1)
    number = 0
    for name, scene, rounds in [("none", PLAIN, FALSE_SETS), *((n, s, SETS) for n, s in SHIFTS.items())]:
        hits = np.zeros(len(WAYS) + 1, int)
        for _ in range(rounds):
            hits += drifts(sides(PLAIN, number), sides(scene, number + 1))
            number += 2
        shown = [of(int(hit), rounds) if name == "none" else f"{hit} of {rounds}" for hit in hits]
        yield f"| {name} | {' | '.join(shown)} |"
        print(name, *hits, file=sys.stderr, flush=True)


def main() -> int:
    lines = [
        "# Verdicts where the truth is known",
        "",
        f"Made by `python -m benchmarks.simulated` on {datetime.now(UTC):%Y-%m-%d} ({platform.machine()}, Python "
        f"{platform.python_version()}). Rates with their exact 95 % interval (Clopper–Pearson).",
        "",
        "## The limit of `drift: calibrated`",
        "",
        f"A drift is called when the first generation and {CONFIRMATIONS} confirmations exceed the limit. {SUITES:,} "
        f"suites of {CASES} cases, {REPEATS} repeats each, nothing changed, 5 % a suite. The limit *of one generation* "
        "is the one that a single generation exceeds at that rate; *of the rule* is the one in use.",
        "",
        *false_suites(),
        "",
        f"{len(PHOTOS)} photographs of scikit-image, {REPEATS} repeats each, every one by a benign change taken at "
        f"random from {len(BENIGN)} kinds; {len(DRIFT)} kinds of drift, each followed by a benign change. Of "
        f"{RENDITIONS} unchanged renditions of each, {SUITES:,} suites are dealt at random: repeats, then generations.",
        "",
        *photographs(),
        "",
        "## The questions of `drift: set`",
        "",
        f"Sets of {SAMPLES} images against {SAMPLES}, {SIDE} × {SIDE}, at 5 % a set: each energy test by itself, and "
        "the verdict of a run, which asks about colors and edges and about layout, corrected by Holm.",
        "",
        *sets(),
        "",
    ]
    RESULTS.write_text("\n".join(lines), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
