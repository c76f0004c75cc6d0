"""How often each metric finds a drift, and how often it cries wolf.

``python -m benchmarks.detection`` writes ``reports/benchmarks/detection.md``. Photographs that ship in scikit-image
are perturbed; for each photograph ("case") and metric a limit is frozen on one set of benign renditions, and the rates
are counted on other renditions of them and on drifting ones. The uncalibrated limits are those of the determinism level
``perceptual``, the same for every image; a second pair is chosen on half of the photographs and judged on the others.
"""

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.perturbations import BENIGN, DRIFT, PHOTOS, photo, pixels
from harness.comparison import compare, kernel_name, metrics
from harness.judge.determinism import BLOCK_SSIM, DELTA_E
from harness.records import Comparison

MEASURED = tuple(name for name in metrics() if name not in ("bytes_equal", "pixels_equal"))
PAIR = ("ssim_block_min", "delta_e")
FACTOR = 1.25
CALIBRATION, HELD_OUT, DRIFTS = 12, 12, 3
RESULTS = Path(__file__).parents[1] / "reports" / "benchmarks" / "detection.md"

Row = dict[str, float]


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


def measured(name: str) -> tuple[list[Row], list[Row], dict[str, list[Row]]]:
    """Distances of one photograph: calibration renditions and held-out renditions of each benign change, renditions of
    each drift."""
    image = photo(name)
    base = pixels(image)

    def renditions(change: object, seed: int, count: int) -> list[Row]:
        return [
            distances(compare(base, pixels(change(image, np.random.default_rng([seed, index])))))  # type: ignore[operator]
            for index in range(count)
        ]

    calibration, held_out = [], []
    for number, change in enumerate(BENIGN.values()):
        calibration += renditions(change, 1000 + number, CALIBRATION // 4)
        held_out += renditions(change, 2000 + number, HELD_OUT)
    drifts = {
        # Less saturation leaves a grey photograph as it was: that is no drift, and nothing could find it.
        kind: [row for row in renditions(change, 3000 + number, DRIFTS) if row["max_abs"] > 0]
        for number, (kind, change) in enumerate(DRIFT.items())
    }
    return calibration, held_out, drifts


def wilson(hits: int, of: int) -> str:
    """Return a share and its 95% interval (Wilson)."""
    if not of:
        return "–"
    z, p = 1.959964, hits / of
    middle, half = p + z * z / (2 * of), z * np.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low, high = (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)
    return f"{p:.3f} ({max(0.0, low):.3f} to {min(1.0, high):.3f})"


def rates(cases: dict[str, tuple], limits: dict[str, Row], names: tuple[str, ...]) -> tuple[str, str]:
    """Return detection and false alarms when any of ``names`` is over the case's limit."""

    def over(row: Row, limit: Row) -> bool:
        return any(row[name] > limit[name] for name in names)

    drifting = [
        over(row, limits[case]) for case, (_, _, drifts) in cases.items() for rows in drifts.values() for row in rows
    ]
    benign = [over(row, limits[case]) for case, (_, held_out, _) in cases.items() for row in held_out]
    return wilson(sum(drifting), len(drifting)), wilson(sum(benign), len(benign))


def frozen(cases: dict[str, tuple]) -> dict[str, Row]:
    """Return the limits of each case: 1.25 × the largest distance of its calibration renditions."""
    return {
        case: {name: FACTOR * max(row[name] for row in calibration) for name in MEASURED}
        for case, (calibration, _, _) in cases.items()
    }


def chosen(cases: dict[str, tuple]) -> Row:
    """One pair of limits for all: the .99 quantile of all calibration renditions of these cases, × 1.25."""
    rows = [row for calibration, _, _ in cases.values() for row in calibration]
    return {name: FACTOR * float(np.quantile([row[name] for row in rows], 0.99)) for name in MEASURED}


def main() -> int:
    cases = {name: measured(name) for name in PHOTOS}
    half = dict(list(cases.items())[::2])
    others = {name: case for name, case in cases.items() if name not in half}
    limits = frozen(cases)
    benign = sum(len(held_out) for _, held_out, _ in cases.values())
    drifting = sum(len(rows) for _, _, drifts in cases.values() for rows in drifts.values())
    lines = [
        "# Detection and false alarms",
        "",
        f"Made by `python -m benchmarks.detection` on {datetime.now(UTC):%Y-%m-%d} ({platform.machine()}, Python "
        f"{platform.python_version()}, kernel {kernel_name().split()[0]}). {len(PHOTOS)} photographs of 256 × 256 "
        f"that ship in scikit-image; {len(BENIGN)} benign kinds of change ({benign} held-out renditions), {len(DRIFT)} "
        f"drifting kinds ({drifting} renditions; those that change no pixel are left out). Shares with their "
        "95% interval (Wilson). A drift counts as found, and a benign one as a false alarm, when a metric is over "
        "its limit.",
        "",
        "## Limits for each case",
        "",
        f"Limit = {FACTOR} × the largest distance over {len(BENIGN) * (CALIBRATION // 4)} benign renditions of that "
        "photograph, frozen before the rates are counted on other renditions.",
        "",
        "| metric | detection | false alarms |",
        "|---|---|---|",
    ]
    rows = [("ssim_block_min or delta_e", PAIR), *((name, (name,)) for name in MEASURED)]
    for title, names in rows:
        lines.append("| {} | {} | {} |".format(title, *rates(cases, limits, names)))
    default = dict.fromkeys(MEASURED, np.inf) | {"ssim_block_min": 1 - BLOCK_SSIM, "delta_e": DELTA_E}
    picked = chosen(half)
    lines += [
        "",
        "## The same limits for every image",
        "",
        "| limits | judged on | detection | false alarms |",
        "|---|---|---|---|",
        f"| uncalibrated default: ssim_block_min ≥ {BLOCK_SSIM}, delta_e ≤ {DELTA_E} | all photographs | "
        + " | ".join(rates(cases, dict.fromkeys(cases, default), PAIR))
        + " |",
        f"| chosen on half of the photographs: ssim_block_min ≥ {1 - picked['ssim_block_min']:.3f}, delta_e ≤ "
        f"{picked['delta_e']:.2f} | the other half | "
        + " | ".join(rates(others, dict.fromkeys(others, picked), PAIR))
        + " |",
        "",
        "## What the pair misses",
        "",
        "| drift | limits for each case | uncalibrated default |",
        "|---|---|---|",
    ]
    for kind in DRIFT:
        alone = {case: (calibration, held, {kind: drifts[kind]}) for case, (calibration, held, drifts) in cases.items()}
        found = [rates(alone, which, PAIR)[0] for which in (limits, dict.fromkeys(cases, default))]
        lines.append(f"| {kind} | {found[0]} | {found[1]} |")
    lines += ["", "| benign | limits for each case | uncalibrated default |", "|---|---|---|"]
    for number, kind in enumerate(BENIGN):
        part = slice(number * HELD_OUT, (number + 1) * HELD_OUT)
        alone = {case: (calibration, held[part], {}) for case, (calibration, held, _) in cases.items()}
        found = [rates(alone, which, PAIR)[1] for which in (limits, dict.fromkeys(cases, default))]
        lines.append(f"| {kind} | {found[0]} | {found[1]} |")
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
