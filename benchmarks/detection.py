"""How often each metric finds a drift, and how often it cries wolf, on pictures of four kinds.

``python -m benchmarks.pictures``, then ``python -m benchmarks.detection`` writes ``reports/benchmarks/detection.md`` in
a few minutes. Scales of the score are chosen on every second picture of one set (``--choose`` prints them), and judged
on its other half; then, as they are shipped, on a second set of pictures that nothing was chosen on. For limits of each
case a limit is frozen on benign renditions of the picture, and the rates are counted on other renditions.
"""

import argparse
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from benchmarks.intervals import wilson
from benchmarks.perturbations import EIGHT_BENIGN, TWENTY_DRIFTS, pixels
from benchmarks.pictures import CACHE, KINDS, LICENSES, OTHERS, OURS, Picture, opened
from harness.comparison import compare, kernel_name, metrics
from harness.judge import EARLIER_SCALES, SCALES
from harness.records import Comparison
from harness.vocabulary import EMBEDDING

RESULTS = Path(__file__).parents[1] / "reports" / "benchmarks" / "detection.md"
MEASURED = tuple(name for name in metrics() if name not in ("bytes_equal", "pixels_equal"))
SHIPPED = {name: scale for name, scale in SCALES.items() if name != EMBEDDING}
BEFORE = {name: scale for name, scale in EARLIER_SCALES.items() if name != EMBEDDING}
SIMPLE = {"delta_e": 2.5, "delta_e_block_max": 1.5}
"""The limits of the examples."""
FACTOR = 1.25
MOST = 0.01
"""False alarms that are allowed while limits are chosen: half of what is promised."""
SEEDS = {"calibration": 1000, "benign": 2000, "drift": 3000}

Row = dict[str, float]


@dataclass(frozen=True)
class Rendition:
    """One change of one picture, and the distance of each metric."""

    picture: Picture
    role: str
    change: str
    row: Row


def distances(comparison: Comparison) -> Row:
    """Return each metric as a distance: 0 for equal images, larger for less alike; what is absent counts as nothing."""
    found = {}
    for name in MEASURED:
        value = comparison.measurements[name].value
        if value is None:
            found[name] = 0.0
        elif name == "psnr":
            found[name] = 255 * 10 ** (-value / 20)
        else:
            found[name] = 1 - value if metrics()[name].better == "higher" else float(value)
    return found


def renditions(picture: Picture) -> list[Rendition]:
    """Return what is measured of one picture: two renditions of each change, one of large pictures."""
    image = opened(picture)
    base, found = pixels(image), []
    for role, seed in SEEDS.items():
        changes = TWENTY_DRIFTS if role == "drift" else EIGHT_BENIGN
        for number, (name, change) in enumerate(changes.items()):
            for index in range(2 if picture.side <= 512 else 1):
                new = pixels(change(image, np.random.default_rng([seed + number, index])))
                # Less saturation leaves a grey picture as it was: that is no drift, and nothing could find it.
                if role != "drift" or (new != base).any():
                    found.append(Rendition(picture, role, name, distances(compare(base, new))))
    return found


def measured(pictures: Sequence[Picture]) -> list[Rendition]:
    with Pool(2) as pool:
        return [one for found in pool.imap(renditions, pictures) for one in found]


def over(limits: Row) -> Callable[[Rendition], bool]:
    """Return whether any metric of a rendition is over its limit."""
    return lambda one: any(one.row[name] > limit for name, limit in limits.items())


def frozen(found: Iterable[Rendition], names: Iterable[str], scales: Row) -> Callable[[Rendition], bool]:
    """Return whether the largest of some metrics, each divided by its scale, is over the limit of the picture: 1.25 ×
    the largest of its benign renditions."""
    names = tuple(names)

    def folded(row: Row) -> float:
        return max(row[name] / scales.get(name, 1.0) for name in names)

    limits: dict[Picture, float] = {}
    for one in found:
        if one.role == "calibration":
            limits[one.picture] = max(limits.get(one.picture, 0.0), FACTOR * folded(one.row))
    return lambda one: folded(one.row) > limits[one.picture]


def share(found: Iterable[bool]) -> str:
    """Return a share and its 95% interval (Wilson)."""
    hits = list(found)
    return wilson(sum(hits), len(hits))


def rates(found: Iterable[Rendition], alarms: Callable[[Rendition], bool]) -> str:
    """Return detection and false alarms as two columns."""
    found = list(found)
    return " | ".join(share(alarms(one) for one in found if one.role == role) for role in ("drift", "benign"))


def halves(found: list[Rendition]) -> tuple[list[Rendition], list[Rendition]]:
    """Return the renditions of every second picture, and those of the others."""
    first = set(OURS[::2])
    return [one for one in found if one.picture in first], [one for one in found if one.picture not in first]


def chosen(found: list[Rendition]) -> Row:
    """One limit of each metric of the score that together find most at MOST false alarms: from the .98 quantile of
    benign renditions to twice their largest, one metric after the other until nothing improves."""
    names = tuple(SHIPPED)
    rows = {role: np.array([[one.row[name] for name in names] for one in found if one.role == role]) for role in SEEDS}
    benign = np.concatenate([rows["calibration"], rows["benign"]])
    quantiles = np.quantile(benign, [0.98, 0.988, 0.99, 0.992, 0.994, 0.996, 0.998, 1], axis=0)
    grid = np.concatenate([quantiles, quantiles[-1:] * np.array([[1.1], [1.25], [1.5], [2.0]])])
    limits = quantiles[-1].copy()
    for _ in range(5):
        for at in range(len(names)):
            tried = []
            for value in grid[:, at]:
                limits[at] = value
                if (benign > limits).any(axis=1).mean() <= MOST:
                    tried.append(((rows["drift"] > limits).any(axis=1).mean(), value))
            limits[at] = max(tried)[1]
    return dict(zip(names, limits.tolist(), strict=True))


def shown(limits: Row) -> str:
    return ", ".join(
        f"{name} {'≥' if name.startswith('ssim') else '≤'} {1 - limit if name.startswith('ssim') else limit:.3g}"
        for name, limit in limits.items()
    )


def table(head: str, rows: Iterable[str]) -> Iterator[str]:
    yield ""
    yield f"| {head} |"
    yield "|" + "---|" * (head.count("|") + 1)
    yield from rows


def report(ours: list[Rendition], others: list[Rendition]) -> Iterator[str]:
    first, second = halves(ours)
    counts = {role: sum(one.role == role for one in others) for role in SEEDS}
    yield "# Detection and false alarms"
    yield ""
    yield (
        f"Made by `python -m benchmarks.detection` on {datetime.now(UTC):%Y-%m-%d} ({platform.machine()}, Python "
        f"{platform.python_version()}, kernel {kernel_name().split()[0]}). {len(OTHERS)} pictures with distinct "
        f"content, {min(p.side for p in OTHERS)}² to {max(p.side for p in OTHERS)}², that no scale or limit was "
        f"chosen on; {len(EIGHT_BENIGN)} benign kinds of change ({counts['benign']} renditions), "
        f"{len(TWENTY_DRIFTS)} kinds of drift ({counts['drift']} renditions; those that change no pixel are left out). "
        "Shares with their 95% "
        "interval (Wilson); renditions of one picture are not independent, so the intervals are somewhat too narrow. A "
        "drift counts as found, and a benign change as a false alarm, when a metric is over its limit."
    )
    yield ""
    yield "## The same limits for every picture"
    limits = {
        "the default: the score at most 1": SHIPPED,
        "the limits of the examples": SIMPLE,
        "without the two metrics, as before": BEFORE,
    }
    yield from table(
        "limits | detection | false alarms",
        (f"| {name} ({shown(which)}) | {rates(others, over(which))} |" for name, which in limits.items()),
    )
    for title, which in limits.items():
        yield from table(
            f"{title.split(':')[0]}, by kind of picture | detection | false alarms",
            (
                f"| {kind} ({len({one.picture for one in part})}) | {rates(part, over(which))} |"
                for kind in KINDS
                for part in [[one for one in others if one.picture.kind == kind]]
            ),
        )
    yield ""
    yield "### How the default was chosen"
    picked = chosen(first)
    yield ""
    yield (
        f"On every second of {len(OURS)} other pictures (photographs, illustrations, screenshots, the "
        f"painter): the limits that find most with at most {MOST:.0%} false alarms. They are {shown(picked)}. Shipped "
        f"are those times {FACTOR}, rounded; of block SSIM a stricter one, since it finds nothing there that the "
        "others miss. "
        "The limits of the examples are those of two metrics alone."
    )
    yield from table(
        "limits | judged on | detection | false alarms",
        (
            f"| {name} | {where} | {rates(part, over(which))} |"
            for name, which in (("as they were chosen", picked), ("as they are shipped", SHIPPED), ("examples", SIMPLE))
            for where, part in (("the half they were chosen on", first), ("the other half", second))
        ),
    )
    yield ""
    yield "## Limits for each case"
    yield ""
    yield (
        f"Limit = {FACTOR} × the largest distance over benign renditions of that picture (all {len(EIGHT_BENIGN)} "
        "kinds), frozen before the rates are counted on others. The score is what `drift: calibrated` judges by."
    )
    folds = [("the score", SHIPPED, SHIPPED), ("the score without the two metrics, as before", BEFORE, BEFORE)]
    folds += [(name, {name: 1.0}, {}) for name in MEASURED]
    yield from table(
        "metric | detection | false alarms",
        (f"| {name} | {rates(others, frozen(others, names, scales))} |" for name, names, scales in folds),
    )
    yield ""
    yield "## By kind of change"
    cases = frozen(others, SHIPPED, SHIPPED)
    for role, kinds in (("drift", TWENTY_DRIFTS), ("benign", EIGHT_BENIGN)):
        yield from table(
            f"{role} | default | limits of the examples | before | the score, limits for each case",
            (
                f"| {kind} | "
                + " | ".join(share(map(alarms, part)) for alarms in (*map(over, limits.values()), cases))
                + " |"
                for kind in kinds
                for part in [[one for one in others if one.role == role and one.change == kind]]
            ),
        )
    yield ""
    yield "## The pictures"
    yield ""
    yield "Fetched and rendered by `python -m benchmarks.pictures`; files of packages are checked by their digests."
    yield from table(
        "source | license | pictures",
        (
            f"| {source} | {LICENSES[source]} | {', '.join(files)} |"
            for source in dict.fromkeys(p.source for p in OTHERS)
            for files in [[f"`{p.file}` ({p.side}²)" for p in OTHERS if p.source == source]]
        ),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--choose", action="store_true", help="only print the scales that half of our pictures choose")
    options = parser.parse_args()
    if not CACHE.is_dir():
        sys.exit("there are no pictures: run python -m benchmarks.pictures first")
    ours = measured(OURS)
    if options.choose:
        print(shown(chosen(halves(ours)[0])))
        return 0
    RESULTS.write_text("\n".join(report(ours, measured(OTHERS))) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
