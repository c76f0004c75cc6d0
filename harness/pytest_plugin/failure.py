"""What a failing test says: the verdict, the numbers and the paths."""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import terminal_text
from harness.records import FIRST, METRICS, TrialResult


def failures_text(results: Sequence[TrialResult], images: int, folder: Path, baselines: Path) -> str:
    """Return the lines of every image of a call that is not fine, after their number where there were several."""
    texts = [failure_text(result, folder, baselines) for result in results]
    return "\n".join(texts if images == 1 else [f"{len(results)} of {images} images are not fine", *texts])


def failure_text(result: TrialResult, folder: Path, baselines: Path) -> str:
    """Several lines: verdict and reason, the trial, every measured value, baseline, candidate, heat map, hint."""
    from harness.report import because, chance_lines, hint_of, repeat_shown

    outcome = result.outcome
    lines = [f"{outcome.verdict}: {because(outcome.reasons)}" if outcome.reasons else str(outcome.verdict)]
    lines.append(f"  {'trial':<10} {result.key}" + ("" if result.attempt == FIRST else f" {result.attempt}"))
    measured = measured_line(result)
    if measured and result.set is None:
        lines.append(f"  {measured}")
    lines += [f"  {line}" for line in (*chance_lines(result), repeat_shown(result)) if line]
    comparison = result.comparison
    baseline = baselines / result.baseline.file if result.baseline else None
    paths = [
        ("baseline" if result.set is None else "nearest", baseline),
        ("candidate", folder / result.image.file if result.image else None),
        ("heat map", folder / comparison.heat_map if comparison and comparison.heat_map else None),
    ]
    lines += [f"  {name:<10} {shown(path)}" for name, path in paths if path is not None]
    if hint := hint_of(result):
        lines.append(f"  → {hint}")
    return terminal_text("\n".join(lines))


def measured_line(result: TrialResult) -> str:
    """``ssim 0.98  delta_e 3.1 …``: the values of the panel that are numbers, in its order."""
    if result.comparison is None:
        return ""
    measurements = result.comparison.measurements
    names = [*METRICS, *(name for name in measurements if name not in METRICS)]
    parts = []
    for name in names:
        value = measurements[name].value if name in measurements else None
        if value is not None and not isinstance(value, bool):
            parts.append(f"{name} {round(value, 4):g}")
    return "  ".join(parts)


def shown(path: Path) -> str:
    """Return a path as a person types it: relative to the working folder where it is below it."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)
