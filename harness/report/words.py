"""How the report says things: order, signs and numbers, the same in every form of it."""

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import printable
from harness.records import Attempt, Limit, TrialKey
from harness.vocabulary import FINE, KEY_METRICS, Code, Status, Verdict

if TYPE_CHECKING:
    from harness.records import RunRecord, TrialResult

ORDER = (
    Verdict.BROKEN,
    Verdict.DRIFT,
    Verdict.INCOMPARABLE,
    Verdict.INCONCLUSIVE,
    Verdict.NEW,
    Verdict.FAILED,
    Verdict.REFUSED,
    Verdict.BENIGN,
    Verdict.IDENTICAL,
)
"""Verdicts as they are shown: what needs a look first."""

SIGNS: Mapping[str, str] = {
    Verdict.IDENTICAL: "=",
    Verdict.BENIGN: "≈",
    Verdict.DRIFT: "≠",
    Verdict.BROKEN: "×",
    Verdict.REFUSED: "⊘",
    Verdict.FAILED: "!",
    Verdict.NEW: "+",
    Verdict.INCOMPARABLE: "∥",
    Verdict.INCONCLUSIVE: "?",
}
"""One sign a verdict, so that no meaning hangs on color alone."""

ASCII_SIGNS: Mapping[str, str] = {
    **SIGNS,
    Verdict.BENIGN: "~",
    Verdict.DRIFT: "#",
    Verdict.BROKEN: "x",
    Verdict.REFUSED: "o",
    Verdict.INCOMPARABLE: "|",
}
"""The signs for a terminal that cannot print the others."""

REASONS = {"accept": "reviewed: as intended", "reject": "reviewed: not as intended"}
"""The reason in a command that is proposed: what pasting it after a look decides."""


def one_line(text: str) -> str:
    """Return a text that stays on its line and moves no cursor: control characters and the like become U+FFFD."""
    return printable(" ".join(text.split()))


def sign(result: "TrialResult", signs: Mapping[str, str] = SIGNS) -> str:
    """Return the sign of a trial: of its verdict, or ``✗`` where the image is fine and something else is not."""
    verdict = result.outcome.verdict
    if verdict in FINE and result.outcome.status == Status.FINDING:
        return "✗" if signs is SIGNS else "X"
    return signs.get(verdict, "?")


def order_of(result: "TrialResult") -> tuple[int, str, str, str, int, Attempt]:
    """Return what sorts results as they are shown: what needs a look first, then by name, whatever finished first."""
    key = result.key
    seed = -1 if key.seed is None else key.seed
    return ORDER.index(result.outcome.verdict), key.suite, key.case, key.variant, seed, result.attempt


def is_fine(result: "TrialResult") -> bool:
    """Return whether no person has to look: proven fine, or ignored on purpose."""
    return result.outcome.status in (Status.OK, Status.IGNORED)


def trial_name(result: "TrialResult") -> str:
    """``suite/case/variant-s0``, and ``#2`` behind it for the second repeat and later; of a pair its file's name."""
    if result.recipe.subject.kind == "compare":
        return one_line(result.key.case)
    name = one_line(str(result.key))
    return f"{name}#{result.attempt.index + 1}" if result.attempt.index else name


def key_name(key: TrialKey) -> str:
    """Return the last part of a key: variant and seed."""
    return str(key).rsplit("/", 1)[-1]


@lru_cache(maxsize=1024, typed=True)  # of most trials they are the same
def show_value(name: str, value: float | bool) -> str:
    """Return a measured value for a person. Never rounds a difference away: 0.99999 is ``0.9999``, 0.0000001 ``< 0.01
    %``.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not math.isfinite(value):
        return "∞" if value > 0 else str(value)
    if name.startswith("ssim"):
        return f"{math.floor(value * 10_000 + 1e-9) / 10_000:.4f}"
    if name == "changed":
        percent = value * 100
        return "< 0.01 %" if 0 < percent < 0.01 else f"{_toward_difference(percent, 100.0):.2f} %"
    if name == "psnr":
        return f"{value:.1f} dB"
    if name in ("delta_e", "delta_e_block_max", "mae", "score"):
        return "< 0.01" if 0 < value < 0.01 else f"{value:.2f}"
    if float(value).is_integer():
        return str(int(value))
    return f"{value:.4g}"


def _toward_difference(value: float, end: float) -> float:
    """``value`` to two places, not rounded up to ``end``."""
    return math.floor(value * 100) / 100 if value < end <= round(value, 2) else value


def show_limit(limit: Limit) -> str:
    """``≥ 0.98``, ``≤ 4`` or ``0.98 … 0.999``."""
    if limit.min is not None and limit.max is not None:
        return f"{limit.min:g} … {limit.max:g}" if limit.min != limit.max else f"= {limit.min:g}"
    if limit.min is not None:
        return f"≥ {limit.min:g}"
    return f"≤ {limit.max:g}" if limit.max is not None else "any"


def key_numbers(result: "TrialResult") -> Iterator[tuple[str, str]]:
    """Yield the key metrics of a trial that were made: short name and value."""
    measurements = result.comparison.measurements if result.comparison else {}
    for name, short in KEY_METRICS.items():
        measurement = measurements.get(name)
        if measurement is not None and measurement.value is not None:
            yield short, show_value(name, measurement.value)


def unmet_words(result: "TrialResult") -> Iterator[tuple[str, str]]:
    """Yield what was asked of the provider and not done: ``("does not honor", "background")``, ``("changes",
    "steps")``.
    """
    from harness.judge import unmet

    for note in unmet(result.environment, result.recipe.subject.provider):
        if note.code == Code.LEFT_OUT:
            yield from (("does not honor", one_line(name)) for name in note.data["names"])
        else:
            yield "changes", one_line(note.data["name"])


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 trial``, ``1,000 trials``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def shown_path(path: Path) -> str:
    """Return a path as one would type it: relative to where we stand when it lies below, else absolute."""
    full = path.absolute()
    here = Path.cwd()
    return full.relative_to(here).as_posix() if full.is_relative_to(here) else str(full)


def run_title(run: "RunRecord") -> str:
    """Return the names of the suites of a run, or the two sides of a comparison."""
    pair = compared(run)
    if pair:
        return one_line(f"{pair[0]} ↔ {pair[1]}")
    return one_line(", ".join(Path(suite).stem or suite for suite in run.suites) or run.run)


def noun_of(run: "RunRecord") -> str:
    """Return what the trials of a run are called: a comparison without a suite has pairs."""
    return "pair" if compared(run) else "trial"


def compared(run: "RunRecord") -> tuple[str, str] | None:
    """Return the two sides of a comparison without a suite (``arguments: {"compare": [A, B]}``), or None."""
    sides = run.arguments.get("compare")
    if isinstance(sides, (list, tuple)) and len(sides) == 2:
        return str(sides[0]), str(sides[1])
    return None
